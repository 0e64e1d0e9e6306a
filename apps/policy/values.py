"""Values of a condition: checking what was written, and comparing it with a fact. Pure.

`check` returns why a value is wrong, or "". `holds` is only called with a fact that is known.
"""

import ipaddress
import math
import re
from collections.abc import Callable, Mapping
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from apps.policy.attributes import Attribute, Kind

_LIST_OPERATORS = frozenset({"in", "not_in", "contains_any", "contains_all", "contains_none", "in_cidr", "not_in_cidr"})
_LIST_LENGTH = 500
_TEXT_LENGTH = 512
_CLOCK = re.compile(r"[0-9]{2}:[0-9]{2}")
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def check(attribute: Attribute, operator: str, value: Any) -> str:
    if operator in _LIST_OPERATORS:
        if not isinstance(value, list) or not value:
            return "must be a list with at least one element"
        if len(value) > _LIST_LENGTH:
            return f"array exceeds {_LIST_LENGTH} elements"
        return next(filter(None, (_check_one(attribute, item) for item in value)), "")
    return _check_one(attribute, value)


def prepare(operator: str, value: Any) -> Any:
    """A checked value in the form `holds` wants: a look-up in a long list must not cost its length."""
    if operator in ("in_cidr", "not_in_cidr"):
        return tuple(ipaddress.ip_network(network, strict=False) for network in value)
    return frozenset(map(_known, value)) if operator in _LIST_OPERATORS else value


def holds(attribute: Attribute, operator: str, value: Any, fact: Any) -> bool:
    """`value` is a prepared one. Raises ValueError, TypeError or AttributeError for a fact of the wrong shape."""
    return _COMPARISONS[operator](value, fact) if attribute.kind != Kind.VERSION else _version(operator, value, fact)


def _check_one(attribute: Attribute, value: Any) -> str:
    match attribute.kind:
        case Kind.BOOLEAN:
            return "" if isinstance(value, bool) else "must be true or false"
        case Kind.INTEGER:
            return "" if _is_integer(value) else "must be a whole number"
        case Kind.NUMBER:
            return "" if _is_integer(value) or _is_finite(value) else "must be a number"
        case Kind.IP:
            return _check_network(value)
        case Kind.TIME:
            return _check_window(value)
        case Kind.VERSION:
            return "" if _is_version(value) else 'must be a version such as "17.4"'
    if attribute.integers:
        return "" if _is_integer(value) else "must be a whole number"
    if not isinstance(value, str) or not 0 < len(value) <= _TEXT_LENGTH:
        return "must be a string that is not empty"
    if not is_storable(value):
        return "holds a NUL or half a surrogate pair"
    if attribute.values and value not in attribute.values:
        return f"must be one of {', '.join(sorted(attribute.values))}"
    return ""


def _is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**12


def _is_finite(value: Any) -> bool:
    return isinstance(value, float) and math.isfinite(value)


def is_storable(text: str) -> bool:
    """A database's JSON column takes neither a NUL nor half a surrogate pair."""
    return "\x00" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


def _check_network(value: Any) -> str:
    try:
        ipaddress.ip_network(value if isinstance(value, str) else "", strict=False)
    except ValueError:
        return "must be an address or network such as 203.0.113.0/24"
    return ""


def _check_window(value: Any) -> str:
    if not isinstance(value, Mapping) or set(value) != {"start", "end", "weekdays", "zone"}:
        return "must have start, end, weekdays and zone"
    days = value["weekdays"]
    if not isinstance(days, list) or not days or any(day not in WEEKDAYS for day in days):
        return f"weekdays must be some of {', '.join(WEEKDAYS)}"
    try:
        _clock(value["start"]), _clock(value["end"])
        ZoneInfo(value["zone"])
    except (ValueError, TypeError, KeyError, OSError):
        return "start and end are HH:MM, zone is an IANA name such as Europe/Berlin"
    return ""


def _clock(text: Any) -> time:
    if not isinstance(text, str) or not _CLOCK.fullmatch(text):
        raise ValueError
    return time.fromisoformat(text)


def _is_version(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= 64 and bool(_parts(value))


def _parts(version: str) -> tuple[int, ...]:
    pieces = version.split(".")
    if not all(piece.isascii() and piece.isdigit() and len(piece) <= 9 for piece in pieces):
        return ()
    numbers = [int(piece) for piece in pieces]
    while len(numbers) > 1 and numbers[-1] == 0:
        numbers.pop()  # 17.0 is 17
    return tuple(numbers)


def _version(operator: str, value: str, fact: Any) -> bool:
    actual = _parts(fact) if isinstance(fact, str) else ()
    if not actual:
        raise ValueError("not a version")
    return _ORDER[operator](actual, _parts(value))


def _in_networks(networks: tuple[Network, ...], fact: str) -> bool:
    address = ipaddress.ip_address(fact)
    mapped = getattr(address, "ipv4_mapped", None)
    return any((mapped or address) in network for network in networks)


def _within(window: Mapping[str, Any], fact: datetime) -> bool:
    """A window whose end comes before its start runs over midnight and belongs to the day it began on."""
    local = fact.astimezone(ZoneInfo(window["zone"]))
    start, end, now = _clock(window["start"]), _clock(window["end"]), local.time()
    today, yesterday = WEEKDAYS[local.weekday()], WEEKDAYS[local.weekday() - 1]
    if start <= end:
        return today in window["weekdays"] and start <= now < end
    return (now >= start and today in window["weekdays"]) or (now < end and yesterday in window["weekdays"])


def _folded(text: str) -> str:
    return text.casefold()


_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda a, b: a == b,
    "lt": lambda a, b: a < b,
    "lte": lambda a, b: a <= b,
    "gt": lambda a, b: a > b,
    "gte": lambda a, b: a >= b,
}


def _ordered(order: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    return lambda value, fact: order(fact, value)


_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "is": lambda value, fact: fact is value,
    "equals": lambda value, fact: _folded(fact) == _folded(value),
    "starts_with": lambda value, fact: _folded(fact).startswith(_folded(value)),
    "ends_with": lambda value, fact: _folded(fact).endswith(_folded(value)),
    "in": lambda value, fact: _known(fact) in value,
    "not_in": lambda value, fact: _known(fact) not in value,
    "contains_any": lambda value, fact: not value.isdisjoint(map(_known, fact)),
    "contains_all": lambda value, fact: value.issubset(map(_known, fact)),
    "contains_none": lambda value, fact: value.isdisjoint(map(_known, fact)),
    "in_cidr": _in_networks,
    "not_in_cidr": lambda value, fact: not _in_networks(value, fact),
    "within": _within,
    **{name: _ordered(order) for name, order in _ORDER.items()},
}


def _known(item: Any) -> Any:
    return item.casefold() if isinstance(item, str) else item
