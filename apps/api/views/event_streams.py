"""R/event-streams: the record on its way to SIEMs (contract/extensions.md §7)."""

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from apps.api import etags
from apps.api.bodies import nothing, wrapped
from apps.api.endpoint import RealmEndpoint, done
from apps.api.event_filters import refuse_others
from apps.api.operations import operation
from apps.api.paging import listed, listed_newest_first
from apps.api.schemas import event_streams as schema
from apps.api.schemas.kinds import NOTHING
from apps.api.schemas.parameters import PAGE
from apps.streams import selectors as streams
from apps.streams import services as verbs
from apps.streams import trials
from apps.streams.contract import (
    delivery_json,
    event_stream_json,
    health_json,
    parse_event_stream,
    parse_event_stream_changes,
    test_json,
)


class EventStreams(RealmEndpoint):
    @operation(
        "CreateEventStream",
        "event-streams:create",
        takes=schema.NEW_EVENT_STREAM,
        answers=schema.EVENT_STREAM,
        refuses={
            422: "The realm has as many as it may.",
            503: "More than 10,000 events wait for their place in the log, where it would begin; see Retry-After.",
        },
    )
    def post(self, request: Request, **path: str) -> Response:
        """It tells of what happens from now on. A webhook's `secret` that was left out is made, and stands in this answer
        and in no other."""
        given = parse_event_stream(wrapped(request, "event_stream"))
        return _answer(verbs.create_event_stream(self.ctx, self.realm, **given))

    @operation("ListEventStreams", "event-streams:read", query=PAGE, answers=schema.EVENT_STREAMS)
    def get(self, request: Request, **path: str) -> Response:
        rows = streams.event_streams_in(self.realm)
        health = streams.health_of(*rows)
        return listed(
            request,
            "event_streams",
            rows,
            lambda stream: {**event_stream_json(stream), "health": health_json(health[stream.pk])},
        )


class EventStream(RealmEndpoint):
    @operation("GetEventStream", "event-streams:read", answers=schema.EVENT_STREAM)
    def get(self, request: Request, stream_id: str, **path: str) -> Response:
        """The ETag is that of what is configured: how the stream fares is no part of it."""
        return _answer(verbs.WithSecret(streams.get_event_stream(self.realm, stream_id), {}))

    @operation(
        "UpdateEventStream",
        "event-streams:update",
        takes=schema.EVENT_STREAM_CHANGES,
        answers=schema.EVENT_STREAM,
    )
    def patch(self, request: Request, stream_id: str, **path: str) -> Response:
        """`settings` changes those that it names; null puts one back to what it was at first. `enabled: false` pauses: the
        stream keeps its place. A secret that is sent must be given again when it would go to another server."""
        stream = streams.get_event_stream(self.realm, stream_id)
        given = parse_event_stream_changes(wrapped(request, "event_stream"), stream)
        seen_at = etags.seen_at(request, stream.updated_at, event_stream_json(stream))
        verbs.update_event_stream(self.ctx, stream, seen_at=seen_at, **given)
        return _answer(verbs.WithSecret(stream, {}))

    @operation("DeleteEventStream", "event-streams:delete")
    def delete(self, request: Request, stream_id: str, **path: str) -> Response:
        stream = streams.get_event_stream(self.realm, stream_id)
        seen_at = etags.seen_at(request, stream.updated_at, event_stream_json(stream))
        verbs.delete_event_stream(self.ctx, stream, seen_at=seen_at)
        return done()


class EventStreamTest(RealmEndpoint):
    @operation("TestEventStream", "event-streams:update", takes=NOTHING, answers=schema.TEST)
    def post(self, request: Request, stream_id: str, **path: str) -> Response:
        """Sends one made-up event now, paused or not, and says what came of it: at most five seconds later."""
        nothing(request)
        stream = streams.get_event_stream(self.realm, stream_id)
        return Response(test_json(trials.send_test_event(self.ctx, stream)))


class EventStreamReplay(RealmEndpoint):
    @operation("ReplayEventStream", "event-streams:update", takes=NOTHING, answers=schema.REPLAY)
    def post(self, request: Request, stream_id: str, **path: str) -> Response:
        """Sends every dead batch again, oldest first, before whatever else is waiting."""
        nothing(request)
        stream = streams.get_event_stream(self.realm, stream_id)
        return Response({"replayed_deliveries": verbs.replay_dead_letters(self.ctx, stream)})


class EventStreamSecretRotation(RealmEndpoint):
    @operation(
        "RotateEventStreamSecret",
        "event-streams:update",
        takes=NOTHING,
        answers=schema.EVENT_STREAM,
        if_match=True,
        refuses={422: "The secret is made where the stream leads to; change it with an update."},
    )
    def post(self, request: Request, stream_id: str, **path: str) -> Response:
        """Of a webhook: the new secret stands in this answer and in no other. The one before signs for a day more."""
        nothing(request)
        stream = streams.get_event_stream(self.realm, stream_id)
        seen_at = etags.seen_at(request, stream.updated_at, event_stream_json(stream))
        return _answer(verbs.rotate_secret(self.ctx, stream, seen_at=seen_at))


class EventStreamDeliveries(RealmEndpoint):
    @operation(
        "ListEventStreamDeliveries",
        "event-streams:read",
        query=(schema.DELIVERY_STATE, *PAGE),
        answers=schema.DELIVERIES,
    )
    def get(self, request: Request, stream_id: str, **path: str) -> Response:
        """Batch by batch, the newest first. The log is kept for 90 days."""
        stream = streams.get_event_stream(self.realm, stream_id)
        refuse_others(request, schema.DELIVERY_STATE.name, *(each.name for each in PAGE))
        rows = streams.deliveries_of(stream, request.query_params.get("state", ""))
        return listed_newest_first(request, "deliveries", rows, delivery_json)


def _answer(made: verbs.WithSecret) -> Response:
    """Never a 304: the health may be another while the version is the same."""
    configured: dict[str, Any] = event_stream_json(made.stream)
    health = health_json(streams.health_of(made.stream)[made.stream.pk])
    shown = {**configured, "settings": {**configured["settings"], **made.made}, "health": health}
    response = Response(shown)
    response["ETag"] = etags.etag_of(configured)
    return response
