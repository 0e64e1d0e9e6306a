"""Searching a realm's record, page by page, in the order of ids: fast whatever is asked, however long the record is.

A search is a few walks (see walks), and its pages are what they find, merged. What no index answers is looked for among the
next so many rows of a walk: then a page may be short, or empty, although there is more behind it, and its `next` says where
to look on. No page costs more than that bound, and nothing is missed.
"""

import uuid
from dataclasses import dataclass

from apps.events.attempt import Place
from apps.events.filtering import EventFilter
from apps.events.models import Event
from apps.events.walks import along_indexes, parts

LOOKED_THROUGH = 5_000
COUNTED = 10_000
_COUNTED_THROUGH = 2_000  # a total is told beside a page, and may not take longer than it
_COUNTED_OF_A_THING = 500  # each is looked up by its id
_LEAST = 500  # of one walk, however many there are


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
    """Events past `beyond`, newest first unless `ascending`."""
    found: dict[uuid.UUID, Event] = {}
    edges: list[uuid.UUID] = []
    for every in parts(realm, wanted)[:: -1 if ascending else 1]:
        bound = max(_LEAST, looked_through // max(1, len(every)))
        for walk in every:
            rows, edge = walk.stretch(beyond=beyond, ascending=ascending, size=size, bound=bound)
            found |= {event.pk: event for event in rows}
            if edge is not None:
                edges.append(edge)
        if edges or len(found) > size:
            break
    return _merged(found, edges, size, ascending)


def _merged(found: dict[uuid.UUID, Event], edges: list[uuid.UUID], size: int, ascending: bool) -> Found:
    """What lies past the nearest edge is left for later: a walk that was cut off there may have rows in between."""
    edge = (min(edges) if ascending else max(edges)) if edges else None
    order = sorted(found, reverse=not ascending)
    if edge is not None:
        order = [pk for pk in order if (pk <= edge if ascending else pk >= edge)]
    if len(order) > size:
        return Found([found[pk] for pk in order[:size]], order[size - 1])
    return Found([found[pk] for pk in order], edge, is_short=edge is not None)


@along_indexes()
def count(realm: Place, wanted: EventFilter) -> Counted:
    """How many there are, no further than COUNTED; of what no index answers, among the newest rows."""
    every = [walk for part in parts(realm, wanted, counting=True) for walk in part]
    bound = max(_LEAST, _COUNTED_THROUGH // max(1, len(every)))
    total, seen, is_capped = 0, set[uuid.UUID](), False
    for walk in every:
        if walk.asked is None:
            rows, edge = walk.ids(walk.first, walk.last)[: COUNTED + 1 - total], None
        else:
            most = min(bound, _COUNTED_OF_A_THING) if walk.is_of_a_thing else bound
            fitting, edge = walk.stretch(beyond=None, ascending=False, size=COUNTED, bound=most)
            rows = fitting.values_list("id", flat=True)
        is_capped = is_capped or edge is not None
        if wanted.text:  # an event may be of two of these walks
            seen.update(rows)
            total = len(seen)
        else:
            total += rows.count()
        if total > COUNTED:
            break
    return Counted(min(total, COUNTED), is_capped or total > COUNTED)
