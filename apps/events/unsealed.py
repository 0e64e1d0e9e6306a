"""Finding the events that are committed and have no place in a log yet: every one, once.

Ids do not tell: of two transactions the one that made its id first may commit last. So on PostgreSQL each row says which
transaction wrote it (`txid`), and the sealer remembers not an id but a snapshot: what was visible in it is `done`. New are
the rows of transactions that began after it, and of those that were still going on in it; both are ranges of one index.
That neither misses a late commit nor waits for a slow one. What the sealer's own transaction wrote commits with its seals.
A batch that is not the last of its snapshot leaves off at (`last_txid`, `last_id`).

Numbers of transactions belong to one cluster. In another, where a dump was restored, and in a new one, all rows are gone
through once by their ids, whatever batch the dump was made in. What already has its seal is passed over in any case.

SQLite has one writer and so commits in the order of inserting: a trigger notes it in `events_unsealed`.
"""

import uuid

from django.db import connection

from apps.events.models import Event, Position

_UNSEALED = "NOT EXISTS (SELECT FROM events_seal s WHERE s.event_id = e.id)"
_BY_ID = f"SELECT 0, e.id FROM events_event e WHERE e.id > %s AND {_UNSEALED} ORDER BY e.id LIMIT %s"  # noqa: S608
# A snapshot does not list the transaction that takes it: its own events may be found twice, hence the last UNION.
_FOUND = f"""
SELECT found.txid::text::bigint, found.id FROM (
  (SELECT e.txid, e.id FROM events_event e WHERE e.txid >= pg_snapshot_xmax(%(done)s::pg_snapshot)
    AND e.txid < pg_snapshot_xmax(%(doing)s::pg_snapshot)
    AND (e.txid, e.id) > (%(txid)s::text::xid8, %(id)s)
    AND pg_visible_in_snapshot(e.txid, %(doing)s::pg_snapshot) AND {_UNSEALED} {{of_each}})
  UNION ALL
  (SELECT e.txid, e.id FROM events_event e
  WHERE e.txid = ANY (ARRAY(SELECT pg_snapshot_xip(%(done)s::pg_snapshot)))
    AND (e.txid, e.id) > (%(txid)s::text::xid8, %(id)s)
    AND pg_visible_in_snapshot(e.txid, %(doing)s::pg_snapshot) AND {_UNSEALED} {{of_each}})
  UNION
  (SELECT e.txid, e.id FROM events_event e
  WHERE e.txid = pg_current_xact_id_if_assigned() AND (e.txid, e.id) > (%(txid)s::text::xid8, %(id)s) AND {_UNSEALED}
    {{of_each}})
) AS found ORDER BY found.txid, found.id LIMIT %(limit)s
"""  # noqa: S608 - texts of our own
_NEW = _FOUND.format(of_each="")
_FIRST = _FOUND.format(of_each="ORDER BY e.txid, e.id LIMIT 1")  # as quick, however many wait
_NOTED = "SELECT arrival, event_id FROM events_unsealed ORDER BY arrival LIMIT %s"
_NO_ID = uuid.UUID(int=0)


def take(position: Position, limit: int) -> list[Event]:
    """The next ones, at most `limit`, oldest commit first, with `position` moved past them; the caller holds its row."""
    ids = _take_noted(limit) if connection.vendor == "sqlite" else _take_visible(position, limit)
    if not ids:
        return []
    events = {event.pk: event for event in Event.objects.filter(id__in=ids, id__gte=min(ids), id__lte=max(ids))}
    return [events[event_id] for event_id in ids if event_id in events]


def first(position: Position) -> Event | None:
    """The one that `take` would begin with. Nothing is moved, but for `position`, which is not to be saved."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(_NOTED, [1])
            ids = [uuid.UUID(event_id) for _, event_id in cursor.fetchall()]
    else:
        ids = _take_visible(position, 1, _FIRST)
    return Event.objects.filter(id__in=ids).first() if ids else None


def _take_visible(position: Position, limit: int, statement: str = _NEW) -> list[uuid.UUID]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT system_identifier::text, pg_current_snapshot()::text FROM pg_control_system()")
        cluster, now = cursor.fetchone()
        walking = f"{cluster} by id"
        if position.cluster not in (cluster, walking):  # where it left off was elsewhere, too
            position.cluster, position.doing, position.last_txid, position.last_id = walking, "", 0, None
        position.doing = position.doing or now
        last_id = position.last_id or _NO_ID
        if position.cluster == walking:
            cursor.execute(_BY_ID, [last_id, limit])
        else:
            given = {"done": position.done, "doing": position.doing, "txid": str(position.last_txid)}
            cursor.execute(statement, {**given, "id": last_id, "limit": limit})
        found = cursor.fetchall()
    if len(found) == limit:
        position.last_txid, position.last_id = found[-1]
    else:
        position.cluster, position.done, position.doing = cluster, position.doing, ""
        position.last_txid, position.last_id = 0, None
    return [event_id for _, event_id in found]


def _take_noted(limit: int) -> list[uuid.UUID]:
    with connection.cursor() as cursor:
        cursor.execute(_NOTED, [limit])
        found = cursor.fetchall()
        if found:
            cursor.execute("DELETE FROM events_unsealed WHERE arrival <= %s", [found[-1][0]])
    return [uuid.UUID(event_id) for _, event_id in found]
