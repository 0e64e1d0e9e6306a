"""Canonical JSON (RFC 8785): the same bytes for the same value, whoever writes them. Pure.

The kept library is the judge. It is written in Python and costs as much as all the rest of sealing, so what the standard
encoder already writes canonically, which is nearly everything that an event holds, goes through that.
"""

import json
from typing import Any

import rfc8785

_EXACT = 2**53 - 1  # integers that a double holds as they are (RFC 7493 §2.2)
_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"), sort_keys=True).encode


def canonical(value: Any) -> bytes:
    """UTF-8. Integers beyond 2⁵³ are written as the doubles that every reader of JSON would take them for. Raises ValueError
    for what is no JSON (NaN, lone surrogates)."""
    text = _encode(value).encode() if _is_plain(value) else None
    return rfc8785.dumps(_as_doubles(value)) if text is None else text


def _is_plain(value: Any) -> bool:
    """No doubles and no huge integers, whose spelling differs; no key that UTF-16 could order otherwise than code points."""
    kind = type(value)
    if kind is str or kind is bool or value is None:
        return True
    if kind is int:
        return -_EXACT <= value <= _EXACT
    if kind is dict:
        return all(type(key) is str and key.isascii() and _is_plain(each) for key, each in value.items())
    return kind is list and all(map(_is_plain, value))


def _as_doubles(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _as_doubles(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_as_doubles(each) for each in value]
    is_huge = type(value) is int and not -_EXACT <= value <= _EXACT
    return float(value) if is_huge else value
