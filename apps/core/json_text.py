"""JSON as the busiest requests write it: of a token and its event a tenth was the standard library's."""

import json
from typing import Any

import orjson

# Of what JSON has no word for: left to the standard library, which refuses it.
_AS_REFUSED = orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_DATETIME


def json_text(value: Any) -> str:
    """The value as JSON, without spaces. What orjson does not write (a number beyond 64 bits, half a surrogate pair, a name
    that is no text) the standard library writes, or refuses with a TypeError."""
    try:
        return orjson.dumps(value, option=_AS_REFUSED).decode()
    except TypeError:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
