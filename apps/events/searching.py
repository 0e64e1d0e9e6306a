"""Searching a realm's record, page by page, in the order of ids: fast whatever is asked, however long the record is.

A search is a few walks. Each goes down an index whose first columns are equal for all of its rows (one type, one actor, one
flow …) and whose last is the id, and the pages are what the walks find, merged. What no index answers is looked for among
the next so many rows of a walk: then a page may be short, or empty, although there is more behind it, and its `next` says
where to look on. No page costs more than that bound, and none is missed.
"""

import ipaddress
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Q, QuerySet

from apps.events.attempt import Place
from apps.events.filtering import EventFilter, about, conditions, within
from apps.events.models import Event
from apps.events.outcomes import known

LOOKED_THROUGH = 20_000
_LEAST = 500  # of one walk, however many there are
_MOST_WALKS = 64
COUNTED = 10_000
_UUID = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_ID = re.compile(rf"{_UUID.pattern}|[0-9a-f]{{16}}")
_FLOW = re.compile(r"[A-Za-z0-9_-]{8,64}")


@dataclass(frozen=True, slots=True)
class Found:
    """`next` is where to go on, None at the end; with `is_short` set there may be more behind it although the page is not
    full."""

    events: list[Event]
    next: uuid.UUID | None
    is_short: bool = False


@dataclass(frozen=True, slots=True)
class Counted:
    """At least so many, when `is_capped`; all of them otherwise."""

    size: int
    is_capped: bool


@dataclass(frozen=True, slots=True)
class _Walk:
    """`rows` in the order of one index; of those the ones that `asked` fits, None for all."""

    rows: "QuerySet[Event]"
    asked: Q | None


def search(
    realm: Place,
    wanted: EventFilter,
    *,
    beyond: uuid.UUID | None = None,
    size: int = 50,
    ascending: bool = False,
    looked_through: int = LOOKED_THROUGH,
) -> Found:
    """Events past `beyond`, newest first unless `ascending`."""
    walks = _walks(realm, wanted)
    bound = max(_LEAST, looked_through // max(1, len(walks)))
    sign, past = ("", "gt") if ascending else ("-", "lt")
    found: dict[uuid.UUID, Event] = {}
    edges: list[uuid.UUID] = []
    for walk in walks:
        rows = walk.rows.order_by(f"{sign}id")
        if beyond is not None:
            rows = rows.filter(**{f"id__{past}": beyond})
        if walk.asked is not None:
            if (edge := _edge(rows, bound)) is not None:
                edges.append(edge)
                rows = rows.filter(**{f"id__{'lt' if ascending else 'gt'}e": edge})
            rows = rows.filter(walk.asked)
        found |= {event.pk: event for event in rows[: size + 1]}
    return _merged(found, edges, size, ascending)


def count(realm: Place, wanted: EventFilter, *, looked_through: int = LOOKED_THROUGH) -> Counted:
    """How many there are, no further than COUNTED; of what no index answers, among the newest rows."""
    walks = _walks(realm, wanted)
    bound = max(_LEAST, looked_through // max(1, len(walks)))
    if not wanted.text and all(walk.asked is None for walk in walks):  # no event is of two of them
        total = 0
        for walk in walks:
            total += walk.rows.order_by()[: COUNTED + 1 - total].count()
            if total > COUNTED:
                break
        return Counted(min(total, COUNTED), total > COUNTED)
    seen: set[uuid.UUID] = set()
    is_capped = False
    for walk in walks:
        rows = walk.rows.order_by("-id")
        if walk.asked is not None:
            if (edge := _edge(rows, bound)) is not None:
                is_capped, rows = True, rows.filter(id__gte=edge)
            rows = rows.filter(walk.asked)
        seen.update(rows.values_list("id", flat=True)[: COUNTED + 1])
    return Counted(min(len(seen), COUNTED), is_capped or len(seen) > COUNTED)


def _edge(rows: "QuerySet[Event]", bound: int) -> uuid.UUID | None:
    """The last row that is looked at; None when there are no more than that."""
    return rows.values_list("id", flat=True)[bound : bound + 1].first() if bound else None


def _merged(found: dict[uuid.UUID, Event], edges: list[uuid.UUID], size: int, ascending: bool) -> Found:
    """What lies past the nearest edge is left for later: a walk that was cut off there may have rows in between."""
    edge = (min(edges) if ascending else max(edges)) if edges else None
    order = sorted(found, reverse=not ascending)
    if edge is not None:
        order = [pk for pk in order if (pk <= edge if ascending else pk >= edge)]
    if len(order) > size:
        return Found([found[pk] for pk in order[:size]], order[size - 1])
    return Found([found[pk] for pk in order], edge, is_short=edge is not None)


def _walks(realm: Place, wanted: EventFilter) -> list[_Walk]:
    return [walk for each in _alternatives(wanted) for walk in _walks_of(realm, each)]


def _walks_of(realm: Place, wanted: EventFilter) -> Iterator[_Walk]:
    """Down the index that leaves the fewest rows to look at, what it does not answer asked of each row."""
    rows = within(realm, wanted)
    for name, key in (
        ("event_id", Q(id=wanted.event_id)),
        ("correlation_id", Q(correlation_id=wanted.correlation_id)),
        ("target_id", about(wanted.target_id)),
        ("actor_id", Q(actor_id=wanted.actor_id)),
        ("ip", Q(client_ip=wanted.ip)),
    ):
        if getattr(wanted, name):
            yield _Walk(rows.filter(key), _rest(wanted, name))
            return
    pairs = [(type, outcome) for type in wanted.types or [""] for outcome in wanted.outcomes or [""]]
    if len(pairs) > _MOST_WALKS:
        yield _Walk(rows, conditions(wanted))
        return
    for type, outcome in pairs:
        keys = {name: value for name, value in (("type", type), ("outcome", outcome)) if value}
        yield _Walk(rows.filter(**keys), _rest(wanted, "types", "outcomes"))


def _rest(wanted: EventFilter, *answered: str) -> Q | None:
    left = replace(wanted, **{name: type(getattr(wanted, name))() for name in answered})
    return conditions(left) or None


def _alternatives(wanted: EventFilter) -> Iterator[EventFilter]:
    """What a text may mean: an id, a flow, an address, somebody of the directory, an outcome, each of which an index
    finds; and any other words, which are looked for row by row."""
    text = wanted.text.strip()
    if not text:
        yield replace(wanted, text="", named=())
        return
    plain = replace(wanted, text="", named=())
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
