"""Delivering batches: whose turn it is, one sender at a time for each stream, and what follows from how it went.

A stream is claimed by a lease, so a sender that dies gives it up by itself, and every step it takes renews it. Each stream
has a lane of its own for as long as it has something to send: one that does not answer keeps nobody else waiting.
"""

import logging
import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import timedelta
from uuid import UUID, uuid4

from django.db import DatabaseError, close_old_connections, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from apps.core.context import Context, system_context
from apps.events.attempt import attempt
from apps.events.contract import event_json
from apps.events.types import EventType
from apps.streams import batches, configuration, record, targets
from apps.streams.batches import Cut
from apps.streams.kinds import KINDS
from apps.streams.kinds.kind import Batch
from apps.streams.models import OPEN, Delivery, DeliveryState, EventStream
from apps.streams.targets import Told

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=15)  # three times what a try may take
LONGEST_PAUSE_SECONDS = 3600.0
GIVE_UP_AFTER = timedelta(hours=24)
LOG_KEPT = timedelta(days=90)
_AT_ONCE = 200
_LANE_SECONDS = 5.0  # then the next sweep goes on: nobody who stops the worker waits for long
_AFTER_A_BUG = timedelta(minutes=1)
_GONE = "its events are no longer kept"

_LANES = ThreadPoolExecutor(16, thread_name_prefix="stream")
_busy: set[UUID] = set()
_busy_lock = threading.Lock()


def drain(*, wait_seconds: float = 0.2) -> int:
    """Opens a lane for every stream that has something to send and none yet in this process. Returns how many; does not
    wait for the slow ones."""
    opened = [_LANES.submit(_serve, stream_id) for stream_id in waiting_streams() if _enter(stream_id)]
    wait(opened, wait_seconds)
    return len(opened)


def waiting_streams() -> list[UUID]:
    """Those whose turn it is and who have something to send, the longest waiting first."""
    has_open = Exists(Delivery.objects.filter(stream=OuterRef("pk"), state__in=OPEN))
    due = _due(system_context()).annotate(newest=record.newest_in(OuterRef("realm_id")))
    busy = due.filter(Q(has_open) | Q(newest__gt=F("position")))
    return list(busy.order_by("next_try_at", "id").values_list("pk", flat=True)[:_AT_ONCE])


def deliver(stream_id: UUID, *, seconds: float = _LANE_SECONDS) -> int:
    """Batch after batch, for a while. Returns how many were taken; 0 also when somebody else is at it."""
    lease_id, delivered, until = uuid4(), 0, time.monotonic() + seconds
    stream = _claim(stream_id, lease_id)
    if stream is None:
        return 0
    try:
        while _renew(stream, lease_id) and (cut := batches.next_of(system_context(), stream, lease_id)):
            if not _try(stream, lease_id, cut):
                break
            delivered += 1
            if time.monotonic() > until:
                break
    finally:
        EventStream.objects.filter(pk=stream.pk, lease_id=lease_id).update(lease_id=None, lease_until=None)
    return delivered


def forget() -> int:
    """Clears the log of what was delivered or given up long ago. Returns how many lines."""
    over = Delivery.objects.filter(created_at__lt=system_context().now - LOG_KEPT).exclude(state__in=OPEN)
    forgotten, _ = over.delete()
    return forgotten


def _due(ctx: Context) -> "QuerySet[EventStream]":
    free = Q(lease_until=None) | Q(lease_until__lte=ctx.now)
    return EventStream.objects.filter(free, enabled=True, next_try_at__lte=ctx.now)


def _claim(stream_id: UUID, lease_id: UUID) -> EventStream | None:
    ctx = system_context()
    if _due(ctx).filter(pk=stream_id).update(lease_id=lease_id, lease_until=ctx.now + LEASE) != 1:
        return None
    return EventStream.objects.select_related("realm").filter(pk=stream_id, lease_id=lease_id).first()


def _renew(stream: EventStream, lease_id: UUID) -> bool:
    """Before each batch. Not for a stream that was paused or changed meanwhile: it is read anew at its next turn."""
    ctx = system_context()
    mine = EventStream.objects.filter(pk=stream.pk, lease_id=lease_id, enabled=True, updated_at=stream.updated_at)
    return mine.update(lease_until=ctx.now + LEASE) == 1


def _try(stream: EventStream, lease_id: UUID, cut: Cut) -> bool:
    """Sends once and writes down what came of it; whoever lost the lease meanwhile writes nothing."""
    if not cut.events:
        return _settle(stream, lease_id, cut.delivery, Told(_GONE, None, 0))
    kind = KINDS[stream.type]
    try:
        secrets = configuration.unseal(stream)
    except ValueError as problem:
        return _settle(stream, lease_id, cut.delivery, Told(str(problem)[:300], None, 0))
    events = [event_json(each.event) for each in cut.events]
    told = targets.send(kind, Batch(str(cut.delivery.pk), time.time(), events, stream.settings, secrets))
    return _settle(stream, lease_id, cut.delivery, told)


def _settle(stream: EventStream, lease_id: UUID, delivery: Delivery, told: Told) -> bool:
    """Whether the stream may go on to its next batch."""
    ctx = system_context()
    delivery.tries += 1
    delivery.status_code, delivery.latency_ms, delivery.problem = told.status_code, told.latency_ms, told.problem
    delivery.first_tried_at = delivery.first_tried_at or ctx.now
    delivery.last_tried_at = delivery.updated_at = ctx.now
    mine = EventStream.objects.filter(pk=stream.pk, lease_id=lease_id)
    if not told.problem:
        delivery.state, delivery.delivered_at = DeliveryState.DELIVERED, ctx.now
        stream.failures, stream.failing_since = 0, None
        well = {"failures": 0, "failing_since": None, "problem": "", "last_delivered_at": ctx.now}
        well["next_try_at"] = ctx.now  # behind whoever waits for a lane
        with transaction.atomic():
            return mine.update(**well) == 1 and _write(delivery)
    if told.problem == _GONE or ctx.now - delivery.first_tried_at >= GIVE_UP_AFTER:
        _give_up(ctx, stream, lease_id, delivery)
        return told.problem == _GONE
    delivery.state = DeliveryState.FAILED
    with transaction.atomic():
        if _failed(ctx, stream, lease_id, told.problem):
            _write(delivery)
    return False


def _give_up(ctx: Context, stream: EventStream, lease_id: UUID, delivery: Delivery) -> None:
    """The stream goes on with what comes after it; the batch waits to be replayed."""
    delivery.state = DeliveryState.DEAD
    with attempt(ctx, EventType.EVENT_STREAM_CHANGE, stream.realm, action="DEAD_LETTER") as event:
        event.target(stream)
        event.outcome = "FAILED_TO_SEND"
        event.data |= {"delivery_id": str(delivery.pk), "events": delivery.event_count, "problem": delivery.problem}
        if delivery.problem == _GONE or _failed(ctx, stream, lease_id, delivery.problem):
            _write(delivery)


def _failed(ctx: Context, stream: EventStream, lease_id: UUID, problem: str) -> bool:
    pause = timedelta(seconds=pause_seconds(stream.failures + 1))
    changed = EventStream.objects.filter(pk=stream.pk, lease_id=lease_id).update(
        failures=F("failures") + 1,
        failing_since=stream.failing_since or ctx.now,
        problem=problem,
        next_try_at=ctx.now + pause,
    )
    return changed == 1


def pause_seconds(failures: int) -> float:
    """After so many in a row: 1 s, 2 s, 4 s … 1 h, each a fifth more or less, so that streams to one target spread out."""
    longest = min(LONGEST_PAUSE_SECONDS, 2.0 ** min(failures - 1, 12))
    return min(LONGEST_PAUSE_SECONDS, max(1.0, longest * random.uniform(0.8, 1.2)))  # noqa: S311 - spreads, hides nothing


def _write(delivery: Delivery) -> bool:
    delivery.save(force_update=True)
    return True


def _enter(stream_id: UUID) -> bool:
    with _busy_lock:
        free = stream_id not in _busy
        _busy.add(stream_id)
        return free


def _serve(stream_id: UUID) -> None:
    try:
        deliver(stream_id)
    except DatabaseError:
        logger.warning("the database is not answering; events are delivered later")
    except Exception:
        logger.exception("an event stream could not be served")
        later = system_context().now + _AFTER_A_BUG
        EventStream.objects.filter(pk=stream_id).update(next_try_at=later)
    finally:
        close_old_connections()
        with _busy_lock:
            _busy.discard(stream_id)
