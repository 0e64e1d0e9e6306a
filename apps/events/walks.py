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
from apps.events.filtering import EventFilter, at_that_time, conditions, id_range
from apps.events.models import Event, EventTarget
from apps.events.outcomes import known

_MOST_WALKS = 64
_OF_A_THING = 4_000  # each is looked up by its id
_COMMON = frozenset({"SUCCESS", "ALLOW", "START", "ACCEPTED"})  # any other outcome is rarer than its type
_UUID = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_ID = re.compile(rf"{_UUID.pattern}|[0-9a-f]{{16}}")
_FLOW = re.compile(r"[A-Za-z0-9_-]{8,64}")


@dataclass(frozen=True, slots=True)
class Walk:
    """`keys` are rows with the ids that the walk meets, in the column `key`, those whose columns have the values of `equal`:
    events themselves, or what a thing was the target of. `rows` are the events that count, `asked` what is asked of each of
    them, None for nothing. `first` and `last` bound the ids, both of them met."""

    keys: "QuerySet[Any]"
    equal: tuple[tuple[str, str], ...]
    key: str
    rows: "QuerySet[Event]"
    asked: Q | None
    first: int
    last: int

    def stretch(
        self, *, beyond: uuid.UUID | None, ascending: bool, size: int, bound: int
    ) -> tuple["QuerySet[Event]", uuid.UUID | None]:
        """What fits of the next rows past `beyond`, and the last row looked at, None when there are no more than that."""
        first = self.first if beyond is None or not ascending else max(self.first, beyond.int + 1)
        last = self.last if beyond is None or ascending else min(self.last, beyond.int - 1)
        edge = None
        if self.asked is not None:
            bound = min(bound, _OF_A_THING) if self.is_of_a_thing else bound
            met = self.part(first, last, ascending).values_list(self.key, flat=True)
            edge = next(iter(met[bound : bound + 1]), None)
            if edge is not None:
                first, last = (first, edge.int) if ascending else (edge.int, last)
        part = self.part(first, last, ascending)
        if not self.is_of_a_thing:
            return (part if self.asked is None else part.filter(self.asked))[: size + 1], edge
        most = size if self.asked is None else bound
        rows = self.rows.filter(id__in=part.values(self.key)[: most + 1]).order_by("id" if ascending else "-id")
        return (rows if self.asked is None else rows.filter(self.asked))[: size + 1], edge

    def part(self, first: int, last: int, ascending: bool = False) -> "QuerySet[Any]":
        """The rows from one id to another, in the order of the index.

        On PostgreSQL they are asked for as a range of whole rows of the index, `(realm_id, type, id) >= (…)`, and in its
        order. For `realm_id = … AND type = … ORDER BY id` a plan made for any realm and any type may take another index,
        of the ids alone, and read past the rows of everybody else.
        """
        sign = "" if ascending else "-"
        low, high = uuid.UUID(int=max(0, first)), uuid.UUID(int=max(0, last))
        rows = self.keys.filter(**{f"{self.key}__gte": low, f"{self.key}__lte": high})  # for partitions to be left out
        if connection.vendor != "postgresql":
            return rows.filter(**dict(self.equal)).order_by(f"{sign}{self.key}")
        columns, values = [*dict(self.equal), self.key], [*dict(self.equal).values()]
        rows = rows.filter(_Compared(columns, ">=", [*values, low]), _Compared(columns, "<=", [*values, high]))
        return rows.order_by(*(f"{sign}{column}" for column in columns))

    @property
    def is_of_a_thing(self) -> bool:
        return self.key != "id"


class _Compared(Func):
    """Whole rows, column by column (SQL:1999, row value constructors)."""

    output_field = BooleanField()

    def __init__(self, columns: list[str], operator: str, values: list[Any]) -> None:
        texts, key = values[:-1], values[-1]
        given = [Value(text, output_field=CharField()) for text in texts]
        super().__init__(*map(F, columns), *given, Value(key, output_field=UUIDField()))
        self.operator = operator

    def as_sql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        compiled = [compiler.compile(each) for each in self.source_expressions]
        half = len(compiled) // 2
        left, right = (", ".join(sql for sql, _ in part) for part in (compiled[:half], compiled[half:]))
        return f"({left}) {self.operator} ({right})", [value for _, values in compiled for value in values]


def walks(realm: Place, wanted: EventFilter) -> list[Walk]:
    return [walk for each in _alternatives(wanted) for walk in _walks_of(realm, each)]


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
    rows = Event.objects.filter(at_that_time(wanted))
    return Walk(
        rows, (("realm_id", str(realm.id)), *equal.items()), "id", rows, conditions(rest) or None, *_bounds(wanted)
    )


def _of_a_thing(realm: Place, wanted: EventFilter) -> Walk:
    first, last = _bounds(wanted)
    of_time = at_that_time(wanted)  # the moment itself is asked of the event
    rows = Event.objects.filter(realm_id=str(realm.id), id__gte=uuid.UUID(int=first), id__lte=uuid.UUID(int=last))
    asked = conditions(_without(wanted, "target_id")) & of_time
    equal = (("realm_id", str(realm.id)), ("target_id", wanted.target_id))
    return Walk(EventTarget.objects.all(), equal, "event_id", rows, asked or None, first, last)


def _bounds(wanted: EventFilter) -> tuple[int, int]:
    first, beyond = id_range(wanted)
    return first.int if first else 0, beyond.int - 1 if beyond else 2**128 - 1


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
