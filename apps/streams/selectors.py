"""Reading streams and what became of their batches."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet

from apps.core import ids
from apps.core.errors import Invalid, NotFound, Violation
from apps.core.rows import Page, walk
from apps.realms.models import Realm
from apps.streams.models import OPEN, Delivery, DeliveryState, EventStream

DELIVERY_STATES: tuple[str, ...] = tuple(DeliveryState.values)


def event_streams_in(realm: Realm) -> "QuerySet[EventStream]":
    return EventStream.objects.filter(realm=realm)


def page_of_event_streams(realm: Realm, *, text: str = "", before: str = "", after: str = "", size: int = 50) -> Page:
    """Oldest first; `text` stands somewhere in the name. A cursor is a stream's id."""
    rows = event_streams_in(realm)
    found = rows.filter(display_name__icontains=text) if text else rows
    before, after = (str(ids.parse_uuid(cursor)) if cursor else "" for cursor in (before, after))
    return walk(rows, found, "id", before, after, size)


def failing_in(realm: Realm) -> "QuerySet[EventStream]":
    """Those that are on and whose last tries failed, longest first."""
    return event_streams_in(realm).filter(enabled=True, failing_since__isnull=False).order_by("failing_since", "pk")


def get_event_stream(realm: Realm, stream_id: Any) -> EventStream:
    found = (
        EventStream.objects.select_related("realm__tenant").filter(realm=realm, pk=ids.parse_uuid(stream_id)).first()
    )
    if found is None:
        raise NotFound("EventStream", str(stream_id))
    return found


def deliveries_of(stream: EventStream, state: str = "") -> "QuerySet[Delivery]":
    """Raises Invalid for a state that there is none of."""
    rows = Delivery.objects.filter(stream=stream)
    if not state:
        return rows
    if state not in DeliveryState.values:
        raise Invalid(Violation("state", f"must be one of {', '.join(DeliveryState.values)}"))
    return rows.filter(state=state)


def open_batches() -> tuple[int, int]:
    """(not tried yet, tried in vain), of all streams there are."""
    counted = Delivery.objects.filter(state__in=OPEN).order_by().values_list("state").annotate(Count("pk"))
    numbers: dict[str, int] = dict(counted)
    return numbers.get(DeliveryState.PENDING, 0), numbers.get(DeliveryState.FAILED, 0)


@dataclass(frozen=True, slots=True)
class Health:
    """`state`: PAUSED, FAILING, HEALTHY, or WAITING for the first event."""

    state: str
    failing_since: datetime | None
    last_delivered_at: datetime | None
    problem: str
    waiting: int
    dead: int


def health_of(*streams: EventStream) -> dict[Any, Health]:
    """By the stream's key. One question for all of them."""
    counted = (
        Delivery.objects.filter(stream__in=streams, state__in=(*OPEN, DeliveryState.DEAD))
        .values("stream_id")
        .annotate(waiting=Count("pk", filter=Q(state__in=OPEN)), dead=Count("pk", filter=Q(state=DeliveryState.DEAD)))
    )
    numbers: dict[Any, dict[str, Any]] = {row["stream_id"]: dict(row) for row in counted}
    return {each.pk: _health(each, numbers.get(each.pk, {})) for each in streams}


def _health(stream: EventStream, counted: dict[str, Any]) -> Health:
    if not stream.enabled:
        state = "PAUSED"
    elif stream.failing_since:
        state = "FAILING"
    else:
        state = "HEALTHY" if stream.last_delivered_at else "WAITING"
    return Health(
        state,
        stream.failing_since,
        stream.last_delivered_at,
        stream.problem,
        counted.get("waiting", 0),
        counted.get("dead", 0),
    )
