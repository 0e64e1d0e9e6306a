"""Canonical JSON (RFC 8785): the same bytes for the same value, whoever writes them. Pure.

The kept library is the judge. It is written in Python and costs as much as all the rest of sealing, so what the standard
encoder already writes canonically, which is nearly everything that an event holds, goes through that.
"""

import json
from typing import Any

import rfc8785

_EXACT = 2**53 - 1  # integers that a double holds as they are (RFC 7493 §2.2)
_BEYOND_DOUBLES = 2**1023
_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"), sort_keys=True).encode


def canonical(value: Any) -> bytes:
    """UTF-8. Whatever the record holds must have a hash: integers beyond 2⁵³ are written as the doubles that every reader of
    JSON would take them for, and lone surrogates, which no UTF-8 has, as question marks."""
    if _is_plain(value):
        return _encode(value).encode("utf-8", "replace")
    return rfc8785.dumps(_exchangeable(value))


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


def _exchangeable(value: Any) -> Any:
    """What I-JSON has of it (RFC 7493)."""
    if isinstance(value, dict):
        return {_exchangeable(key): _exchangeable(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_exchangeable(each) for each in value]
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if type(value) is int and not -_EXACT <= value <= _EXACT:
        return float(value) if abs(value) < _BEYOND_DOUBLES else str(value)
    return value
