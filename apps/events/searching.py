"""Searching a realm's record, page by page, in the order of ids: fast whatever is asked, however long the record is.

A search is a few walks (see walks), and its pages are what they find, merged. What no index answers is looked for among the
next so many rows of a walk: then a page may be short, or empty, although there is more behind it, and its `next` says where
to look on. No page costs more than that bound, and nothing is missed.
"""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from apps.events.attempt import Place
from apps.events.filtering import EventFilter
from apps.events.looking import Glance, Seen, counted, seen
from apps.events.models import Event
from apps.events.planning import along_indexes
from apps.events.walks import Walk, parts

LOOKED_THROUGH = 5_000
COUNTED = 10_000
_COUNTED_THROUGH = 2_000  # a total is told beside a page, and may not take longer than it
_COUNTED_OF_A_THING = 500  # each is looked up by its id
_LEAST = 500  # of one walk, however many there are


@dataclass(frozen=True, slots=True)
class Found:
    """`next` is where to go on, None at the end; with `is_short` set there may be more behind it although the page is not
    full. `is_of_a_flow`: what is searched for is a flow's id."""

    events: list[Event]
    next: uuid.UUID | None
    is_short: bool = False
    is_of_a_flow: bool = False


@dataclass(frozen=True, slots=True)
class Counted:
    """At least so many, when `is_capped`; all of them otherwise."""

    size: int
    is_capped: bool


@along_indexes()
def search(
    realm: Place,
    wanted: EventFilter,
    *,
    beyond: uuid.UUID | None = None,
    size: int = 50,
    ascending: bool = False,
    looked_through: int = LOOKED_THROUGH,
) -> Found:
    """Events past `beyond`, newest first unless `ascending`. The walks are asked by one statement, the page's events by
    another."""
    in_turn = parts(realm, wanted)[:: -1 if ascending else 1]
    glances = [
        Glance(walk, size, max(_LEAST, looked_through // len(every)), beyond, ascending)
        for every in in_turn
        for walk in every
    ]
    every_seen = seen(glances)
    met, edges = _of_the_first_parts(in_turn, every_seen, size)
    order, next, is_short = _merged(met, edges, size, ascending)
    flow = ("correlation_id", wanted.text.strip())
    is_of_a_flow = any(each.fitting and flow in one.walk.equal for one, each in zip(glances, every_seen, strict=True))
    return Found(_events(realm, order), next, is_short, is_of_a_flow)


def _of_the_first_parts(
    in_turn: list[list[Walk]], every_seen: Iterable[Seen], size: int
) -> tuple[set[uuid.UUID], list[uuid.UUID]]:
    """What fits, and how far the walks looked: of no more parts of the time than fill a page, or than were seen whole."""
    met: set[uuid.UUID] = set()
    edges: list[uuid.UUID] = []
    rest = iter(every_seen)
    for every in in_turn:
        for _walk, each in zip(every, rest, strict=False):
            met.update(each.fitting)
            edges += [each.edge] if each.edge else []
        if edges or len(met) > size:
            break
    return met, edges


def _merged(
    met: set[uuid.UUID], edges: list[uuid.UUID], size: int, ascending: bool
) -> tuple[list[uuid.UUID], uuid.UUID | None, bool]:
    """(a page of ids, where to go on, whether the page is short for having looked no further). What lies past the nearest
    edge is left for later: a walk that was cut off there may have rows in between."""
    edge = (min(edges) if ascending else max(edges)) if edges else None
    order = sorted(met, reverse=not ascending)
    if edge is not None:
        order = [pk for pk in order if (pk <= edge if ascending else pk >= edge)]
    if len(order) > size:
        return order[:size], order[size - 1], False
    return order, edge, edge is not None


def _events(realm: Place, order: list[uuid.UUID]) -> list[Event]:
    if not order:
        return []
    rows = Event.objects.filter(realm_id=str(realm.id), id__in=order, id__gte=min(order), id__lte=max(order))
    found = {event.pk: event for event in rows}
    return [found[pk] for pk in order if pk in found]


@along_indexes()
def count(realm: Place, wanted: EventFilter) -> Counted:
    """How many there are, no further than COUNTED; of what no index answers, among the newest rows."""
    every = [walk for part in parts(realm, wanted, counting=True) for walk in part]
    bound = max(_LEAST, _COUNTED_THROUGH // max(1, len(every)))
    glances = [
        Glance(walk, COUNTED, min(bound, _COUNTED_OF_A_THING) if walk.is_of_a_thing else bound) for walk in every
    ]
    total, is_cut = counted(glances, COUNTED + 1, distinct=bool(wanted.text))  # of a text's an event may be on several
    return Counted(min(total, COUNTED), is_cut or total > COUNTED)
