"""Walks through a realm's record: each goes along an index whose first columns are equal for all of its rows (one type, one
actor, one thing, one flow …) and whose last is the id. What a search asks beyond that is asked of each row on the way, and
of no more rows than the walk may look at."""

import ipaddress
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Q, QuerySet

from apps.events.attempt import Place
from apps.events.filtering import EventFilter, conditions, id_range, within
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
    """`keys` are rows with the ids that the walk meets, in the column `key`: events themselves, or what a thing was the
    target of. `rows` are the events that count, `asked` what is asked of each of them, None for nothing."""

    keys: "QuerySet[Any]"
    key: str
    rows: "QuerySet[Event]"
    asked: Q | None

    def stretch(
        self, *, beyond: uuid.UUID | None, ascending: bool, size: int, bound: int
    ) -> tuple["QuerySet[Event]", uuid.UUID | None]:
        """What fits of the next rows past `beyond`, and the last row looked at, None when there are no more than that."""
        sign, past, up_to = ("", "gt", "lte") if ascending else ("-", "lt", "gte")
        keys = self.keys if beyond is None else self.keys.filter(**{f"{self.key}__{past}": beyond})
        edge = None
        if self.asked is not None:
            bound = min(bound, _OF_A_THING) if self.is_of_a_thing else bound
            edge = keys.order_by(f"{sign}{self.key}").values_list(self.key, flat=True)[bound : bound + 1].first()
            if edge is not None:
                keys = keys.filter(**{f"{self.key}__{up_to}": edge})
            if not self.is_of_a_thing:
                return keys.filter(self.asked).order_by(f"{sign}id")[: size + 1], edge
        if not self.is_of_a_thing:
            return keys.order_by(f"{sign}id")[: size + 1], None
        most = size if self.asked is None else bound
        met = keys.order_by(f"{sign}{self.key}").values(self.key)[: most + 1]
        rows = self.rows.filter(id__in=met).order_by(f"{sign}id")
        return (rows if self.asked is None else rows.filter(self.asked))[: size + 1], edge

    @property
    def is_of_a_thing(self) -> bool:
        return self.key != "id"


def walks(realm: Place, wanted: EventFilter) -> list[Walk]:
    return [walk for each in _alternatives(wanted) for walk in _walks_of(realm, each)]


def whole(realm: Place, wanted: EventFilter) -> Walk:
    """One walk along all of the realm's events of that time, everything asked on the way."""
    rows = within(realm, wanted)
    return Walk(rows, "id", rows, conditions(wanted) or None)


def _walks_of(realm: Place, wanted: EventFilter) -> Iterator[Walk]:
    """Along the index that leaves the fewest rows to look at."""
    rows = within(realm, wanted)
    if wanted.target_id and not (wanted.event_id or wanted.correlation_id):
        yield _of_a_thing(realm, wanted, rows)
        return
    for name, column in (
        ("event_id", "id"),
        ("correlation_id", "correlation_id"),
        ("actor_id", "actor_id"),
        ("ip", "client_ip"),
    ):
        if value := getattr(wanted, name):
            keyed = rows.filter(**{column: value})
            yield Walk(keyed, "id", keyed, _rest(wanted, name))
            return
    pairs = [(type, outcome) for type in wanted.types or [""] for outcome in wanted.outcomes or [""]]
    if len(pairs) > _MOST_WALKS:
        yield whole(realm, wanted)
        return
    for type, outcome in pairs:
        by_type = bool(type) and (not outcome or outcome in _COMMON)
        keyed = rows.filter(**({"type": type} if by_type else {"outcome": outcome} if outcome else {}))
        rest = replace(
            wanted,
            types=(type,) if type and not by_type else (),
            outcomes=(outcome,) if outcome and by_type else (),
        )
        yield Walk(keyed, "id", keyed, conditions(rest) or None)


def _of_a_thing(realm: Place, wanted: EventFilter, rows: "QuerySet[Event]") -> Walk:
    keys = EventTarget.objects.filter(realm_id=str(realm.id), target_id=wanted.target_id)
    first, last = id_range(wanted)
    if first is not None:
        keys, rows = keys.filter(event_id__gte=first), rows.filter(id__gte=first)
    if last is not None:
        keys, rows = keys.filter(event_id__lt=last), rows.filter(id__lt=last)
    is_timed = wanted.start is not None or wanted.end is not None  # the exact moment is asked of the event itself
    return Walk(keys, "event_id", rows, _rest(wanted, "target_id") or (Q(realm_id=str(realm.id)) if is_timed else None))


def _rest(wanted: EventFilter, answered: str) -> Q | None:
    cleared: dict[str, Any] = {answered: ""}
    return conditions(replace(wanted, **cleared)) or None


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
