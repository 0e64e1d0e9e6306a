"""The realm's record as streams walk it: by a position that only ever grows.

An event's id is made before its attempt commits, so a later id may be there first, and whoever kept the last id seen would
pass over the one that was late. The position is therefore given after the commit, and whatever has a greater one was
committed later or is not there yet.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection

from apps.events.models import Event


@dataclass(frozen=True, slots=True)
class Placed:
    position: int
    event: Event


def events_after(realm_id: str, position: int, limit: int) -> list[Placed]:
    """The next of a realm's events, in order."""
    return _walk(realm_id, "rowid > %s", [position], limit)


def events_between(realm_id: str, first: int, last: int) -> list[Placed]:
    """Those from `first` to `last`, both included; what retention took is not among them."""
    return _walk(realm_id, "rowid BETWEEN %s AND %s", [first, last], last - first + 1)


def newest_position(realm_id: str) -> int:
    """-1 where nothing has happened yet."""
    return newest_positions([realm_id]).get(realm_id, -1)


def newest_positions(realm_ids: Iterable[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    if connection.vendor != "sqlite":
        return found  # there is no such position there yet
    with connection.cursor() as cursor:
        for realm_id in realm_ids:
            cursor.execute("SELECT MAX(rowid) FROM events_event WHERE realm_id = %s", [realm_id])
            (newest,) = cursor.fetchone()
            if newest is not None:
                found[realm_id] = newest
    return found


def _walk(realm_id: str, condition: str, values: list[int], limit: int) -> list[Placed]:
    rows = Event.objects.extra(  # noqa: S610
        select={"position": "rowid"}, where=["realm_id = %s", condition], params=[realm_id, *values]
    )
    return [Placed(event.position, event) for event in rows.order_by("position")[:limit]]
