"""Reading streams and what became of their batches."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import BigIntegerField, Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from apps.core import ids
from apps.core.errors import Invalid, NotFound, Violation, told
from apps.core.rows import BY_ID, Key, Page, Sorts, walk
from apps.realms.models import Realm
from apps.streams import record
from apps.streams.models import OPEN, Delivery, DeliveryState, EventStream

HEALTHS = ("HEALTHY", "FAILING", "PAUSED", "WAITING")
STREAM_SORTS = Sorts(
    "made",
    name=Key("display_name", folded=True),
    kind=Key("type"),
    delivered=Key("last_delivered_at", descending=True, or_never=True),
    made=BY_ID,
)
DELIVERY_STATES: tuple[str, ...] = tuple(DeliveryState.values)


def event_streams_in(realm: Realm) -> "QuerySet[EventStream]":
    return EventStream.objects.filter(realm=realm)


def page_of_event_streams(
    realm: Realm, *, text: str = "", sort: str = "", before: str = "", after: str = "", size: int = 50
) -> Page:
    """`text` stands somewhere in the name. A cursor is a stream's id."""
    rows = event_streams_in(realm)
    found = rows.filter(display_name__icontains=text) if text else rows
    return walk(rows, found, STREAM_SORTS.key(sort), before, after, size)


def failing_in(realm: Realm) -> "QuerySet[EventStream]":
    """Those that are on and whose last tries failed, longest first."""
    return event_streams_in(realm).filter(enabled=True, failing_since__isnull=False).order_by("failing_since", "pk")


def names_of_alert_streams(realm: Realm) -> list[str]:
    """Of those that are on and take alerts alone; a realm has few."""
    rows = event_streams_in(realm).filter(enabled=True, alerts_only=True).order_by("pk")
    return list(rows.values_list("display_name", flat=True))


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
        raise Invalid(Violation("state", told("must be one of %(names)s", names=", ".join(DeliveryState.values))))
    return rows.filter(state=state)


@dataclass(frozen=True, slots=True)
class Totals:
    """Of all streams there are. `streams` by the state of their health, `batches` by their own, those delivered not among
    them; `events_behind`: sealed, and in no batch yet, of the enabled stream that has most of them; `failing_since`: of the
    one that fails longest."""

    streams: dict[str, int]
    batches: dict[str, int]
    events_behind: int
    failing_since: datetime | None


def totals() -> Totals:
    """A few small questions: what was delivered, which is nearly all there is, is never looked at."""
    batches = dict(Delivery.objects.filter(state__in=OPEN).order_by().values_list("state").annotate(Count("pk")))
    given_up = Delivery.objects.filter(stream=OuterRef("pk"), state=DeliveryState.DEAD).order_by().values("stream")
    rows = EventStream.objects.annotate(
        dead=Coalesce(Subquery(given_up.annotate(size=Count("pk")).values("size")), 0),
        newest=Coalesce(record.newest_in(OuterRef("realm_id")), "position", output_field=BigIntegerField()),
    )
    healths, behind, since = Counter[str](), 0, set[datetime]()
    for stream in rows:
        healths[_state_of(stream)] += 1
        batches[DeliveryState.DEAD] = batches.get(DeliveryState.DEAD, 0) + stream.dead
        if stream.enabled:
            behind = max(behind, stream.newest - stream.position)
            since.update(filter(None, [stream.failing_since]))
    return Totals({each: healths[each] for each in HEALTHS}, batches, behind, min(since, default=None))


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


def _state_of(stream: EventStream) -> str:
    if not stream.enabled:
        return "PAUSED"
    if stream.failing_since:
        return "FAILING"
    return "HEALTHY" if stream.last_delivered_at else "WAITING"


def _health(stream: EventStream, counted: dict[str, Any]) -> Health:
    return Health(
        _state_of(stream),
        stream.failing_since,
        stream.last_delivered_at,
        stream.problem,
        counted.get("waiting", 0),
        counted.get("dead", 0),
    )
