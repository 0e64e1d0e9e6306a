"""From a stream's place in the record to the next batch it sends.

A batch is a row before it is sent, and its events are behind the stream's place from then on: whatever dies after that, the
batch is found again and sent again, and nothing can come before it.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from apps.core.context import Context
from apps.events.contract import event_json
from apps.events.models import Event
from apps.events.types import EventType
from apps.streams import record
from apps.streams.models import OPEN, Delivery, EventStream
from apps.streams.record import Placed

EVENTS = 500
BYTES = 1_048_576
_WRAPPING_BYTES = 256  # that a kind puts around each event, about
_LOOKED_AT = 1000  # events at a time, for those that a stream chooses
_ROUNDS = 20  # of looking before somebody else has a turn


@dataclass(frozen=True, slots=True)
class Cut:
    """A batch and its events. There are none left when retention was quicker."""

    delivery: Delivery
    events: list[Placed]


def next_of(ctx: Context, stream: EventStream, lease_id: UUID) -> Cut | None:
    """The oldest batch that is still open, else a new one; None when there is nothing to send, or the lease is lost."""
    waiting = Delivery.objects.filter(stream=stream, state__in=OPEN).order_by("first_position").first()
    if waiting is not None:
        found = record.events_between(stream.realm_id, waiting.first_position, waiting.last_position)
        return Cut(waiting, _chosen(found, waiting))
    for _ in range(_ROUNDS):
        stretch = record.events_after(stream.realm_id, stream.position, _LOOKED_AT)
        if stretch.end == stream.position:
            return None
        fitting, last = _fitting(_chosen(stretch.events, stream), stretch.end)
        if fitting:
            return _cut(ctx, stream, lease_id, fitting, last)
        if not _move(stream, lease_id, last):
            return None
    return None


def _chosen(events: Sequence[Placed], by: EventStream | Delivery) -> list[Placed]:
    return [each for each in events if _wants(by, each.event)]


def _wants(by: EventStream | Delivery, event: Event) -> bool:
    if (by.types and event.type not in by.types) or (by.outcomes and event.outcome not in by.outcomes):
        return False
    return not by.alerts_only or is_alert(event)


def is_alert(event: Event) -> bool:
    """A policy rule that alerts matched (contract/extensions.md §6)."""
    return event.type == EventType.POLICY_EVALUATION and bool(event.data.get("alert"))


def _fitting(chosen: Sequence[Placed], looked_up_to: int) -> tuple[list[Placed], int]:
    """As many as go into one batch, and how far that takes the stream. One event goes alone, however large."""
    size = 0
    for number, each in enumerate(chosen):
        size += len(json.dumps(event_json(each.event))) + _WRAPPING_BYTES
        if number and (number == EVENTS or size > BYTES):
            return list(chosen[:number]), chosen[number - 1].position
    return list(chosen), looked_up_to


def _cut(ctx: Context, stream: EventStream, lease_id: UUID, events: list[Placed], last: int) -> Cut | None:
    delivery = Delivery(
        tenant_id=stream.tenant_id,
        realm_id=stream.realm_id,
        stream=stream,
        first_position=events[0].position,
        last_position=last,
        first_event_id=events[0].event.pk,
        last_event_id=events[-1].event.pk,
        event_count=len(events),
        types=stream.types,
        outcomes=stream.outcomes,
        alerts_only=stream.alerts_only,
        created_at=ctx.now,
        updated_at=ctx.now,
    )
    with transaction.atomic():
        if not _move(stream, lease_id, last):
            return None
        delivery.save(force_insert=True)
    return Cut(delivery, events)


def _move(stream: EventStream, lease_id: UUID, position: int) -> bool:
    """False when somebody else has the lease by now, or the stream was paused or is gone."""
    mine = EventStream.objects.filter(pk=stream.pk, lease_id=lease_id, position=stream.position, enabled=True)
    if mine.update(position=position) != 1:
        return False
    stream.position = position
    return True
