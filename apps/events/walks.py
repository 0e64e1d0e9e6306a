"""Walks through a realm's record: each goes along an index whose first columns are equal for all of its rows (one type, one
actor, one thing, one flow …) and whose last is the id. What a search asks beyond that is asked of each row on the way, and
of no more rows than the walk may look at."""

import ipaddress
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from django.db import connection
from django.db.models import BooleanField, CharField, F, Func, Q, QuerySet, UUIDField, Value

from apps.events.attempt import Place
from apps.events.filtering import EventFilter, at_that_time, conditions, id_range, inner_ids
from apps.events.models import Event, EventTarget
from apps.events.outcomes import known

_MOST_WALKS = 64
_LAST = 2**128 - 1
_COMMON = frozenset({"SUCCESS", "ALLOW", "START", "ACCEPTED"})  # any other outcome is rarer than its type
_UUID = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_ID = re.compile(rf"{_UUID.pattern}|[0-9a-f]{{16}}")
_FLOW = re.compile(r"[A-Za-z0-9_-]{8,64}")


@dataclass(frozen=True, slots=True)
class Walk:
    """`keys` is the table whose rows the walk meets, those with the values of `equal`: events themselves, or what a thing
    was the target of; `key` is the column of the ids. `rows` are the events that count, `asked` what is asked of each,
    None for nothing. `first` and `last` bound the ids, both of them met."""

    keys: "QuerySet[Any]"
    equal: tuple[tuple[str, str], ...]
    key: str
    rows: "QuerySet[Event]"
    asked: Q | None
    first: int
    last: int

    def within(self, first: int, last: int) -> "Walk | None":
        """No further than from one id to another; None where that leaves nothing."""
        first, last = max(self.first, first), min(self.last, last)
        return replace(self, first=first, last=last) if first <= last else None

    def span(self, beyond: uuid.UUID | None, ascending: bool) -> tuple[int, int]:
        """The first and the last id past `beyond`; the first after the last where there are none."""
        first = self.first if beyond is None or not ascending else max(self.first, beyond.int + 1)
        last = self.last if beyond is None or ascending else min(self.last, beyond.int - 1)
        return first, last

    def ahead(self, beyond: uuid.UUID | None, ascending: bool) -> "QuerySet[Any, uuid.UUID]":
        """The ids past `beyond`."""
        return self.ids(*self.span(beyond, ascending), ascending)

    def ids(self, first: int, last: int, ascending: bool = False) -> "QuerySet[Any, uuid.UUID]":
        """Those that the walk meets from one id to another: the index alone answers, so no plan takes another one."""
        low, high = _id(first), _id(last)
        rows = self.keys.filter(**dict(self.equal), **{f"{self.key}__gte": low, f"{self.key}__lte": high})
        return rows.order_by(self.key if ascending else f"-{self.key}").values_list(self.key, flat=True)

    def part(self, first: int, last: int, ascending: bool = False) -> "QuerySet[Any]":
        """The same as rows, in the order of the index.

        On PostgreSQL the last column before the id is compared as a range, `(type, id) <= (…) AND type >= …`, and ordered
        by. For `type = … ORDER BY id` a plan made for any realm and any type may take another index, of the ids alone,
        and read past the rows of everybody else. A row value is where the scan begins and a plain value where it ends:
        PostgreSQL ends no scan by the second column of a row value. Along the realm alone there is nothing to mistake.
        """
        sign, low, high = "" if ascending else "-", _id(first), _id(last)
        rows = self.keys.filter(**{f"{self.key}__gte": low, f"{self.key}__lte": high})  # for partitions to be left out
        if connection.vendor != "postgresql" or len(self.equal) == 1:
            return rows.filter(**dict(self.equal)).order_by(f"{sign}{self.key}")
        *before, (column, value) = self.equal
        start = _Compared((column, self.key), ">=" if ascending else "<=", (value, low if ascending else high))
        end = {f"{column}__lte" if ascending else f"{column}__gte": value}
        return rows.filter(start, **dict(before), **end).order_by(f"{sign}{column}", f"{sign}{self.key}")

    @property
    def is_of_a_thing(self) -> bool:
        return self.key != "id"


def _id(number: int) -> uuid.UUID:
    return uuid.UUID(int=min(max(0, number), _LAST))


class _Compared(Func):
    """A row value of two columns (SQL:1999), compared with two values."""

    output_field = BooleanField()

    def __init__(self, columns: tuple[str, str], operator: str, values: tuple[str, uuid.UUID]) -> None:
        text, key = values
        given = (Value(text, output_field=CharField()), Value(key, output_field=UUIDField()))
        super().__init__(*map(F, columns), *given)
        self.operator = operator

    def as_sql(self, compiler: Any, connection: Any, *given: Any, **context: Any) -> Any:
        compiled = [compiler.compile(each) for each in self.source_expressions]
        left, right = (", ".join(sql for sql, _ in part) for part in (compiled[:2], compiled[2:]))
        return f"({left}) {self.operator} ({right})", [value for _, values in compiled for value in values]


def walks(realm: Place, wanted: EventFilter) -> list[Walk]:
    return [walk for each in _alternatives(wanted) for walk in _walks_of(realm, each)]


def parts(realm: Place, wanted: EventFilter, *, counting: bool = False) -> list[list[Walk]]:
    """The same, those of a time cut in up to three, the newest first: the later edge, what lies between, where nothing need
    be asked, for whatever is written then also happened then, and the earlier edge. No part has an id that another has; at
    the edges the event's own moment says. Uncut where something else is asked of each row anyway, unless for `counting`:
    then what an index knows is counted there, and no row is fetched for its time."""
    every = walks(realm, wanted)
    first, last = inner_ids(wanted)
    if (wanted.start is None and wanted.end is None) or first > last:
        return [every]
    inside = walks(realm, replace(wanted, start=None, end=None))
    if not counting and any(walk.asked is not None for walk in inside):
        return [every]
    cut = ((every, last + 1, _LAST), (inside, first, last), (every, 0, first - 1))
    return [[part for walk in each if (part := walk.within(low, high))] for each, low, high in cut]


def whole(realm: Place, wanted: EventFilter) -> Walk:
    """One walk along all of the realm's events of that time, everything asked on the way."""
    return _of_events(realm, wanted, {}, wanted)


def _walks_of(realm: Place, wanted: EventFilter) -> Iterator[Walk]:
    """Along the index that leaves the fewest rows to look at."""
    if wanted.target_id and not (wanted.event_id or wanted.correlation_id):
        yield _of_a_thing(realm, wanted)
        return
    if wanted.event_id:
        only = uuid.UUID(wanted.event_id).int
        yield replace(_of_events(realm, wanted, {}, replace(wanted, event_id="")), first=only, last=only)
        return
    for name, column in (("correlation_id", "correlation_id"), ("actor_id", "actor_id"), ("ip", "client_ip")):
        if value := getattr(wanted, name):
            yield _of_events(realm, wanted, {column: value}, _without(wanted, name))
            return
    pairs = [(type, outcome) for type in wanted.types or [""] for outcome in wanted.outcomes or [""]]
    if len(pairs) > _MOST_WALKS:
        yield whole(realm, wanted)
        return
    for type, outcome in pairs:
        by_type = bool(type) and (not outcome or outcome in _COMMON)
        rest = replace(
            wanted,
            types=(type,) if type and not by_type else (),
            outcomes=(outcome,) if outcome and by_type else (),
        )
        yield _of_events(realm, wanted, {"type": type} if by_type else {"outcome": outcome} if outcome else {}, rest)


def _of_events(realm: Place, wanted: EventFilter, equal: dict[str, str], rest: EventFilter) -> Walk:
    asked = conditions(rest) & at_that_time(wanted)  # the moment itself is asked of the event; ids are near it
    keys = Event.objects.all()
    return Walk(keys, (("realm_id", str(realm.id)), *equal.items()), "id", keys, asked or None, *_bounds(wanted))


def _of_a_thing(realm: Place, wanted: EventFilter) -> Walk:
    first, last = _bounds(wanted)
    rows = Event.objects.filter(realm_id=str(realm.id))
    asked = conditions(_without(wanted, "target_id")) & at_that_time(wanted)
    equal = (("realm_id", str(realm.id)), ("target_id", wanted.target_id))
    return Walk(EventTarget.objects.all(), equal, "event_id", rows, asked or None, first, last)


def _bounds(wanted: EventFilter) -> tuple[int, int]:
    first, beyond = id_range(wanted)
    return first.int if first else 0, beyond.int - 1 if beyond else _LAST


def _without(wanted: EventFilter, answered: str) -> EventFilter:
    cleared: dict[str, Any] = {answered: ""}
    return replace(wanted, **cleared)


def _alternatives(wanted: EventFilter) -> Iterator[EventFilter]:
    """What a text may mean: an id, a flow, an address, somebody of the directory, an outcome, each of which an index
    finds; and any other words, which are looked for row by row."""
    text = wanted.text.strip()
    plain = replace(wanted, text="", named=())
    if not text:
        yield plain
        return
    for name, value in _meanings(text, wanted.named):
        given = getattr(plain, name)
        if not given or given == value or (name == "outcomes" and set(value) <= set(given)):
            yield replace(plain, **{name: value})
    if not is_exact(text):
        yield replace(plain, text=text)


def _meanings(text: str, named: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    """(field of the filter, value) of each."""
    for each in dict.fromkeys((*named, *([text.lower()] if _ID.fullmatch(text) else ()))):
        yield "actor_id", each
        yield "target_id", each
    if _FLOW.fullmatch(text):
        yield "correlation_id", text
    if _UUID.fullmatch(text):
        yield "event_id", text
    if is_address(text):
        yield "ip", str(ipaddress.ip_address(text))
    if (outcome := text.upper().replace(" ", "_")) in known():
        yield "outcomes", (outcome,)


def is_exact(text: str) -> bool:
    """An id or an address, which an index finds and which is no word of a name."""
    return bool(_ID.fullmatch(text)) or is_address(text)


def is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
