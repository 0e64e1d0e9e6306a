"""How long events are kept (contract/extensions.md §7), and what remains of those that were.

Tiles and checkpoints outlive the events, so whatever proof was once given still holds, and what is left can still be proven.
A tombstone in the realm's own log says which places are empty, so that nobody can take an event out and call it retention.
"""

import uuid
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta

from django.db import transaction
from django.db.models import Max

from apps.core.context import Context
from apps.core.times import rfc3339
from apps.events import permitted, sealing
from apps.events.attempt import record
from apps.events.models import Event, Log, Seal
from apps.events.types import EventType
from apps.events.verification import TOMBSTONE

DEFAULT_DAYS, LEAST_DAYS, MOST_DAYS = 90, 1, 3650
_WEEKS_AHEAD = 5


def purge(ctx: Context, days_of: Mapping[str, int]) -> int:
    """Removes what is past its time; realms not named, those that were deleted, have the default. Seals first: what has no
    place in a log yet stays. Returns how many events went."""
    sealing.seal_all()
    edges = {
        log.realm_id: edge_at(ctx.now - timedelta(days=days_of.get(log.realm_id, DEFAULT_DAYS))) for log in _logs()
    }
    gone = _drop_weeks(ctx, min(edges.values())) if edges else 0
    return gone + sum(_purge_realm(ctx, realm_id, edge) for realm_id, edge in edges.items())


def keep_ahead(ctx: Context) -> int:
    """Partitions for the weeks to come. Returns how many tables were made."""
    return permitted.keep_ahead(ctx.now.date(), _WEEKS_AHEAD)


def edge_at(moment: datetime) -> uuid.UUID:
    """The smallest id of that millisecond (RFC 9562 §5.7)."""
    return uuid.UUID(int=max(0, int(moment.timestamp() * 1000)) << 80)


def _logs(*, for_update: bool = False) -> list[Log]:
    rows = Log.objects.order_by("realm_id")
    return list(rows.select_for_update() if for_update else rows)


def _purge_realm(ctx: Context, realm_id: str, edge: uuid.UUID) -> int:
    if not Event.objects.filter(realm_id=realm_id, id__lt=edge).exists():
        return 0
    with transaction.atomic():
        log = Log.objects.select_for_update().get(realm_id=realm_id)
        end = _end_before(realm_id, edge)
        gone = permitted.purge(realm_id, edge)
        if gone:
            _tell(ctx, log, edge, gone, end)
    return gone


def _drop_weeks(ctx: Context, edge: uuid.UUID) -> int:
    """The weeks that are over in every realm go as whole partitions, which costs nothing, however many events they hold."""
    total = 0
    for monday in permitted.weeks():
        first, end = (_midnight(monday + timedelta(days=days)) for days in (0, 7))
        if end <= edge:
            with transaction.atomic():
                total += sum(_told_of_week(ctx, log, first, end) for log in _logs(for_update=True))
                permitted.drop_week(monday)
    return total


def _told_of_week(ctx: Context, log: Log, first: uuid.UUID, end: uuid.UUID) -> int:
    going = Seal.objects.filter(realm_id=log.realm_id, event_id__gte=first, event_id__lt=end)
    count = going.count()
    if count:
        _tell(ctx, log, end, count, _end_before(log.realm_id, end))
    return count


def _midnight(day: date) -> uuid.UUID:
    return edge_at(datetime(day.year, day.month, day.day, tzinfo=UTC))


def _end_before(realm_id: str, edge: uuid.UUID) -> int:
    """One past the last place in the log of what is about to go."""
    last = Seal.objects.filter(realm_id=realm_id, event_id__lt=edge).aggregate(last=Max("sequence"))["last"]
    return 0 if last is None else last + 1


def _tell(ctx: Context, log: Log, edge: uuid.UUID, count: int, end: int) -> None:
    """`kept`: places before the end that are not empty, [first, end) each; what was committed late stands out of order."""
    kept = Seal.objects.filter(realm_id=log.realm_id, sequence__lt=end, event_id__gte=edge).order_by("sequence")
    place = _Place(log.tenant_id, log.realm_id)
    record(
        ctx,
        EventType.REALM_CHANGE,
        place,
        action=TOMBSTONE,
        before=rfc3339(datetime.fromtimestamp((edge.int >> 80) / 1000, tz=UTC)),
        count=count,
        sequence_end=end,
        kept=_runs(kept.values_list("sequence", flat=True).iterator()),
    )


def _runs(numbers: Iterable[int]) -> list[list[int]]:
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][1] == number:
            runs[-1][1] += 1
        else:
            runs.append([number, number + 1])
    return runs


class _Place:
    def __init__(self, tenant_id: str, realm_id: str) -> None:
        self.tenant_id, self.id = tenant_id, realm_id
