"""Values of a condition and the facts they are compared with. Pure.

`fault` says where and why a value is wrong. `prepare` brings a checked value, and `read` a fact, into the form in which they
are compared; facts come from Python (a datetime, a set) or back from an event's JSON (a text, a list).
"""

import ipaddress
import math
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, time
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from apps.core import addresses
from apps.core.errors import told
from apps.policy.attributes import Attribute, Kind

_LIST_OPERATORS = frozenset({"in", "not_in", "contains_any", "contains_all", "contains_none", "in_cidr", "not_in_cidr"})
LIST_LENGTH = 500
_TEXT_LENGTH = 512
_CLOCK = re.compile(r"[0-9]{2}:[0-9]{2}")
_COUNTRY = re.compile(r"[A-Za-z]{2}")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Address = tuple[int, int]  # (IP version, number)


# --- what a rule says ----------------------------------------------------------------------------------------------------


def check(attribute: Attribute, operator: str, value: Any) -> str:
    return fault(attribute, operator, value)[1]


def fault(attribute: Attribute, operator: str, value: Any) -> tuple[str, str]:
    """(where below the value, such as ".1" or ".zone"; why) of the first thing that is wrong; both "" if nothing is."""
    if operator in _LIST_OPERATORS:
        if not isinstance(value, list) or not value:
            return "", "must be a list with at least one element"
        if len(value) > LIST_LENGTH:
            return "", told("array exceeds %(count)s elements", count=LIST_LENGTH)
        return next(((f".{i}", why) for i, item in enumerate(value) if (why := _check_one(attribute, item))), ("", ""))
    return _fault_of_window(value) if attribute.kind == Kind.TIME else ("", _check_one(attribute, value))


def prepare(attribute: Attribute, operator: str, value: Any) -> Any:
    """Of a checked value. A look-up in a long list must not cost its length."""
    if operator in ("in_cidr", "not_in_cidr"):
        return Networks(value)
    if operator in _LIST_OPERATORS:
        return frozenset(_folded(item) for item in value)
    if attribute.kind == Kind.TIME:
        return Window(value)
    return _parts(value) if attribute.kind == Kind.VERSION else _folded(value)


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
        case Kind.VERSION:
            return "" if is_version(value) else 'must be a version such as "17.4"'
    if attribute.integers:
        return "" if _is_integer(value) else "must be a whole number"
    return _check_text(attribute, value)


def _check_text(attribute: Attribute, value: Any) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= _TEXT_LENGTH:
        return "must be a string that is not empty"
    if not is_storable(value):
        return "holds a NUL or half a surrogate pair"
    if attribute.values and value not in attribute.values:
        return told("must be one of %(names)s", names=", ".join(sorted(attribute.values)))
    if attribute.kind == Kind.CODE and not _COUNTRY.fullmatch(value):
        return "must be a country of two letters such as DE (ISO 3166-1)"
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


def _fault_of_window(value: Any) -> tuple[str, str]:
    if not isinstance(value, Mapping) or set(value) != {"start", "end", "weekdays", "zone"}:
        return "", "must have start, end, weekdays and zone"
    days = value["weekdays"]
    if not isinstance(days, list) or not days:
        return ".weekdays", "must be a list with at least one element"
    for i, day in enumerate(days):
        if day not in WEEKDAYS:
            return f".weekdays.{i}", told("must be one of %(names)s", names=", ".join(WEEKDAYS))
    for name, read_one, why in _OF_WINDOW:
        try:
            read_one(value[name])
        except (ValueError, TypeError, KeyError, OSError):
            return f".{name}", why
    return "", ""


def _clock(text: Any) -> time:
    if not isinstance(text, str) or not _CLOCK.fullmatch(text):
        raise ValueError
    return time.fromisoformat(text)


_OF_WINDOW: tuple[tuple[str, Callable[[Any], object], str], ...] = (
    ("start", _clock, "must be HH:MM"),
    ("end", _clock, "must be HH:MM"),
    ("zone", ZoneInfo, "must be an IANA name such as Europe/Berlin"),
)


def is_version(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= 64 and bool(_parts(value))


def _parts(version: str) -> tuple[int, ...]:
    pieces = version.split(".")
    if not all(piece.isascii() and piece.isdigit() and len(piece) <= 9 for piece in pieces):
        return ()
    numbers = [int(piece) for piece in pieces]
    while len(numbers) > 1 and numbers[-1] == 0:
        numbers.pop()  # 17.0 is 17
    return tuple(numbers)


def _folded(item: Any) -> Any:
    return item.casefold() if isinstance(item, str) else item


class Networks:
    """Whether an address is in one of them: a look-up for each length of prefix, not for each network."""

    def __init__(self, networks: Iterable[str]) -> None:
        held: dict[tuple[int, int], set[int]] = defaultdict(set)
        for text in networks:
            network = ipaddress.ip_network(text, strict=False)
            shift = network.max_prefixlen - network.prefixlen
            held[network.version, shift].add(int(network.network_address) >> shift)
        self._held = tuple((version, shift, frozenset(starts)) for (version, shift), starts in held.items())

    def __contains__(self, address: Address) -> bool:
        version, number = address
        for of, shift, starts in self._held:  # noqa: SIM110 - asked for every leaf: a generator costs as much again
            if version == of and number >> shift in starts:
                return True
        return False


@dataclass(frozen=True, slots=True, init=False)
class Window:
    """A time of day on some weekdays in an IANA zone. One whose end comes before its start runs over midnight and belongs to
    the day it began on."""

    start: time
    end: time
    weekdays: frozenset[int]
    zone: ZoneInfo

    def __init__(self, said: Mapping[str, Any]) -> None:
        object.__setattr__(self, "start", _clock(said["start"]))
        object.__setattr__(self, "end", _clock(said["end"]))
        object.__setattr__(self, "weekdays", frozenset(WEEKDAYS.index(day) for day in said["weekdays"]))
        object.__setattr__(self, "zone", ZoneInfo(said["zone"]))

    def holds(self, moment: datetime) -> bool:
        local = moment.astimezone(self.zone)
        now, today = local.time(), local.weekday()
        if self.start <= self.end:
            return today in self.weekdays and self.start <= now < self.end
        return (now >= self.start and today in self.weekdays) or (now < self.end and (today - 1) % 7 in self.weekdays)


# --- what is known -------------------------------------------------------------------------------------------------------


def read(attribute: Attribute, fact: Any) -> Any:
    """A fact in the form in which it is compared; None when it is not of the attribute's kind. Never raises."""
    try:
        return _read(attribute, fact)
    except (ValueError, TypeError, OverflowError):
        return None


def _read(attribute: Attribute, fact: Any) -> Any:
    match attribute.kind:
        case Kind.BOOLEAN:
            return fact if isinstance(fact, bool) else None
        case Kind.INTEGER | Kind.NUMBER:
            return fact if _is_integer(fact) or _is_finite(fact) else None
        case Kind.IP:
            return _address(fact)
        case Kind.TIME:
            return _moment(fact)
        case Kind.VERSION:
            return (_parts(fact) or None) if is_version(fact) else None
        case Kind.IDS:
            return _ids(fact)
    if attribute.integers:
        return fact if _is_integer(fact) else None
    return fact.casefold() if isinstance(fact, str) else None


def _ids(fact: Any) -> frozenset[str] | None:
    if isinstance(fact, (str, Mapping)) or not all(isinstance(item, str) for item in fact):
        return None
    return frozenset(item.casefold() for item in fact)


def _address(fact: Any) -> Address | None:
    return _address_of(fact) if isinstance(fact, str) else None


@lru_cache(maxsize=4096)
def _address_of(text: str) -> Address:
    """Kept, for a replay meets the same addresses again and again. Raises ValueError, and keeps none of those."""
    if len(text) > addresses.LENGTH:
        raise ipaddress.AddressValueError(text[: addresses.LENGTH])
    address = ipaddress.ip_address(text)
    address = getattr(address, "ipv4_mapped", None) or address
    return address.version, int(address)


def _moment(fact: Any) -> datetime | None:
    moment = datetime.fromisoformat(fact) if isinstance(fact, str) else fact
    return moment if isinstance(moment, datetime) and moment.tzinfo is not None else None


def storable(fact: Any) -> Any:
    """As it stands in an event's JSON; `read` reads it back as the same."""
    if isinstance(fact, datetime):
        return fact.isoformat()
    return sorted(fact) if isinstance(fact, (set, frozenset)) else fact
