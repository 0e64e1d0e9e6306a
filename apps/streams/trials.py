"""Trying a stream: one made-up event, sent now."""

from typing import Any

from django.utils import timezone

from apps.core import ids
from apps.core.context import Context
from apps.events.attempt import attempt
from apps.events.contract import event_json
from apps.events.models import Event
from apps.events.types import EventType
from apps.streams import configuration, targets
from apps.streams.kinds import KINDS
from apps.streams.kinds.kind import Batch
from apps.streams.models import EventStream
from apps.streams.targets import Told


def send_test_event(ctx: Context, stream: EventStream) -> Told:
    """One made-up event, now, paused or not. It is not part of the stream; that it was sent is."""
    with attempt(ctx, EventType.EVENT_STREAM_CHANGE, stream.realm, action="TEST", reading=True) as event:
        event.target(stream)
        batch = Batch(
            str(ids.uuid7()),
            ctx.now.timestamp(),
            [_made_up(ctx, stream)],
            stream.settings,
            configuration.unseal(stream),
        )
        told = targets.send(KINDS[stream.type], batch)
        event.data |= {"status_code": told.status_code, "latency_ms": told.latency_ms}
        if told.problem:
            event.outcome = "FAILED_TO_SEND"
            event.data["problem"] = told.problem
    return told


def _made_up(ctx: Context, stream: EventStream) -> dict[str, Any]:
    target = {"type": "event_stream", "id": str(stream.pk), "display_name": stream.display_name}
    return event_json(
        Event(
            tenant_id=stream.tenant_id,
            realm_id=stream.realm_id,
            type=EventType.EVENT_STREAM_CHANGE,
            occurred_at=ctx.now,
            recorded_at=timezone.now(),
            correlation_id=ctx.correlation_id,
            outcome="SUCCESS",
            actor_type=ctx.actor.type,
            actor_id=ctx.actor.id,
            actor_display_name=ctx.actor.display_name,
            targets=[target],
            data={"action": "TEST"},
        )
    )
