"""The realm's record as streams walk it: by a position that only ever grows.

An event's id is made before its attempt commits, so a later id may be there first, and whoever kept the last id seen would
pass over the one that was late. The position is therefore the event's place in the realm's sealed log: it is given after the
commit, without a gap, so whatever has none yet will get a greater one.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Subquery

from apps.events import sealed, sealing
from apps.events.models import Event, Log


@dataclass(frozen=True, slots=True)
class Placed:
    position: int
    event: Event


@dataclass(frozen=True, slots=True)
class Stretch:
    """`events` in order, without those that retention took; all there ever were up to `end` have been looked at."""

    events: list[Placed]
    end: int


def events_after(realm_id: str, position: int, limit: int) -> Stretch:
    """The next of a realm's events. `end` is `position` again where there are none.

    How far the log is, is read first: what is sealed in between is then past `newest`, and nobody passes over it."""
    newest = newest_positions([realm_id]).get(realm_id, position)
    found = [Placed(*each) for each in sealed.events_after(realm_id, position, limit)]
    if found:
        return Stretch(found, found[-1].position)
    return Stretch([], max(position, min(position + limit, newest)))


def events_between(realm_id: str, first: int, last: int) -> list[Placed]:
    """Those from `first` to `last`, both included."""
    return [Placed(position, event) for position, event in sealed.walk(realm_id, first, last + 1)]


def position_now(realm_id: str) -> int:
    """Everything that is committed stands at it or before; -1 where nothing has happened yet. Raises NotSealedYet when more
    waits than a request has the time to seal: a stream from further back would tell of all of it."""
    sealing.for_a_request()
    return newest_positions([realm_id]).get(realm_id, -1)


def newest_in(realm_id: Any) -> Any:
    """Of a realm named by an expression, for a query; NULL where nothing was sealed."""
    return Subquery(Log.objects.filter(realm_id=realm_id, size__gt=0).values(newest=F("size") - 1)[:1])


def newest_positions(realm_ids: Iterable[str]) -> dict[str, int]:
    """Of those realms in which anything was sealed."""
    sizes = Log.objects.filter(realm_id__in=realm_ids, size__gt=0).values_list("realm_id", "size")
    return {realm_id: size - 1 for realm_id, size in sizes}
