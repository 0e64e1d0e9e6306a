"""One strict JSON parser for every face (contract/extensions.md §3).

Refuses nesting deeper than 32, duplicate keys, NUL, lone surrogates, NaN, infinity and what is not UTF-8. Never recurses
with the input: depth is counted before the text is parsed.
"""

import json
import math
import re
from typing import Any

DEPTH_LIMIT = 32
# Possessive, and content with a string that never ends: neither ever goes back over what it has read.
_STRING = re.compile(r'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
_NO_BRACKET = re.compile(r"[^\[\]{}]++")
_HALF_OF_A_PAIR = re.compile("[\ud800-\udfff]")


class BadJSON(ValueError):
    """Says what is wrong, in words fit for an error body."""


def parse(body: bytes) -> Any:
    """Raises BadJSON."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        raise BadJSON("not UTF-8") from None
    _refuse_depth(text)
    try:
        value = json.loads(text, object_pairs_hook=_object, parse_constant=_refuse_constant, parse_float=_finite)
    except BadJSON:
        raise
    except (ValueError, RecursionError):
        raise BadJSON("not JSON") from None
    _refuse_characters(value)
    return value


def _refuse_depth(text: str) -> None:
    """Counts brackets outside strings."""
    depth = 0
    for character in _NO_BRACKET.sub("", _STRING.sub("", text)):
        depth += 1 if character in "[{" else -1
        if depth > DEPTH_LIMIT:
            raise BadJSON(f"nested deeper than {DEPTH_LIMIT}")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise BadJSON("a key is given twice")
    return found


def _refuse_constant(name: str) -> None:
    raise BadJSON(f"{name} is not JSON")


def _finite(digits: str) -> float:
    """1e400 is well-formed JSON that Python reads as infinity, which no database's JSON can hold."""
    number = float(digits)
    if not math.isfinite(number):
        raise BadJSON("a number is out of range")
    return number


def _refuse_characters(value: Any) -> None:
    """Walks at most 32 levels: depth was checked above."""
    if isinstance(value, str):
        if "\x00" in value or (not value.isascii() and _HALF_OF_A_PAIR.search(value)):
            raise BadJSON("a string holds a NUL or half a surrogate pair")
    elif isinstance(value, dict):
        for key, item in value.items():
            _refuse_characters(key)
            _refuse_characters(item)
    elif isinstance(value, list):
        for item in value:
            _refuse_characters(item)
