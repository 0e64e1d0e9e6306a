"""R/events: the record page by page and one by one, as a file, and as it grows (contract/extensions.md §7, §10).

What streams answers no JSON, but its refusals do; so whatever a client accepts, they find their way."""

import hashlib
import uuid
from collections.abc import Iterator
from functools import partial
from typing import Any

from django.core import signing
from django.http import StreamingHttpResponse
from rest_framework.request import Request
from rest_framework.response import Response

from apps.api import etags, event_filters, event_source
from apps.api.endpoint import RealmEndpoint
from apps.api.operations import operation
from apps.api.paging import TOKEN_LIFE, page_size
from apps.api.schemas import events as schema
from apps.core.errors import Invalid, Violation
from apps.events import exporting, sealing, searching
from apps.events import selectors as events
from apps.events.contract import event_json
from apps.events.filtering import EventFilter
from apps.inquiries import exports
from apps.web.held_threads import EXPORTS, STREAMS, Held

_DEFAULT_SIZE, _LARGEST_SIZE = 100, 1000
_SALT = "apps.api.events"
_ORDERINGS = {"": False, "desc": False, "asc": True}


_FORMATS: dict[str, tuple[str, Any]] = {
    "ndjson": ("application/x-ndjson", exporting.ndjson),
    "csv": ("text/csv; charset=utf-8", exporting.csv_table),
}
_BUSY_SECONDS = 10


class Events(RealmEndpoint):
    @operation("ListEvents", "events:read", query=(*schema.FILTER, *schema.PAGE), answers=schema.EVENTS)
    def get(self, request: Request, **path: str) -> Response:
        """Everything that happened in the realm. `total_size` is counted with the first page and stops at 10,000."""
        violations: list[Violation] = []
        size = page_size(request, violations)
        ordering = request.query_params.get("ordering", "")
        if ordering not in _ORDERINGS or request.query_params.get("ordering") == "":
            violations.append(Violation("ordering", "must be asc or desc"))
        try:
            wanted = event_filters.read_filter(request, beside=("ordering", "page_size", "page_token"))
        except Invalid as wrong:
            raise Invalid([*wrong.violations, *violations]) from None
        binding = _binding(request, wanted, ordering)
        token = _read_token(request.query_params.get("page_token", ""), binding, violations)
        if violations:
            raise Invalid(violations)
        wanted = event_filters.with_names(self.realm, wanted)
        size = min(size or token.get("size", _DEFAULT_SIZE), _LARGEST_SIZE)
        beyond = uuid.UUID(token["after"]) if token else None
        found = searching.search(self.realm, wanted, beyond=beyond, size=size, ascending=_ORDERINGS[ordering])
        total = token.get("total") or _counted(searching.count(self.realm, wanted))
        body: dict[str, Any] = {"events": [event_json(event) for event in found.events], **total}
        if found.next is not None:
            token = {"of": binding, "after": str(found.next), "size": size, "total": total}
            body["next_page_token"] = signing.dumps(token, salt=_SALT)
        return Response(body)


class Event(RealmEndpoint):
    @operation("GetEvent", "events:read", answers=schema.EVENT)
    def get(self, request: Request, event_id: str, **path: str) -> Response:
        return etags.answer(request, event_json(events.get_event(self.realm, event_id)))


class _Streamed(RealmEndpoint):
    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        renderer = self.get_renderers()[0]
        return renderer, renderer.media_type

    def streamed(self, chunks: Iterator[bytes], content_type: str, headers: dict[str, str]) -> StreamingHttpResponse:
        response = StreamingHttpResponse(chunks, content_type=content_type, headers=headers)
        response["X-Accel-Buffering"] = "no"
        return response


class EventExport(_Streamed):
    @operation(
        "ExportEvents",
        "events:read",
        query=(schema.FORMAT, *schema.FILTER),
        answers_as={"application/x-ndjson": schema.LINES, "text/csv": schema.TABLE},
        refuses={
            429: "Your tenant is exporting already, or as many others as there is room for.",
            503: "`ndjson`, while more than 10,000 events wait for their place in the log; Retry-After says for how long.",
        },
    )
    def get(self, request: Request, **path: str) -> StreamingHttpResponse:
        """Streamed, whatever its size. `ndjson` holds a line `{"record","disclosures"}` for each event in the order of the
        log, then a line `{"checkpoint"}` for each size that was signed: `manage.py verify_events` checks it offline. `csv`
        is for spreadsheets; what would be a formula begins with an apostrophe. Who took what is on record before the first
        byte: `REALM_CHANGE` with `action` `EXPORT_EVENTS`."""
        form = request.query_params.get("format", "ndjson")
        wrong = [] if form in _FORMATS else [Violation("format", "must be ndjson or csv")]
        try:
            wanted = event_filters.read_filter(request, beside=("format",))
        except Invalid as problem:
            wrong = [*problem.violations, *wrong]
        if wrong:
            raise Invalid(wrong)
        wanted = event_filters.with_names(self.realm, wanted)
        if form == "ndjson":  # its lines are proven; before the first byte, while it can still be refused
            sealing.for_a_request()
        EXPORTS.require(self.bearer.tenant_id, _BUSY_SECONDS)
        content_type, lines = _FORMATS[form]
        held = Held(lines(self.realm, wanted), partial(EXPORTS.leave, self.bearer.tenant_id))
        try:
            if request.method == "GET":  # whoever looks at the headers takes nothing
                exports.tell_export(self.ctx, self.realm, form=form, told=event_filters.as_asked(request))
        except BaseException:
            held.close()
            raise
        name = f"events-{self.realm.pk}-{self.ctx.now:%Y%m%dT%H%M%SZ}.{form}"
        return self.streamed(held, content_type, {"Content-Disposition": f'attachment; filename="{name}"'})


class EventSource(_Streamed):
    @operation(
        "StreamEvents", "events:read", query=schema.FOLLOWED, answers_as={"text/event-stream": schema.SERVER_SENT}
    )
    def get(self, request: Request, **path: str) -> StreamingHttpResponse:
        """Server-sent events, each with an event as its `data`, from now on or from the one that `Last-Event-ID` names. An
        answer ends within seconds and says when to come back, as every EventSource does by itself; nothing is lost between
        two answers."""
        last_id = _last_id(request)
        wanted = event_filters.with_names(
            self.realm, event_filters.read_filter(request, without=("start_time", "end_time"))
        )
        tenant_id = self.bearer.tenant_id
        is_held = request.method == "GET" and STREAMS.take(tenant_id)
        blocks = event_source.written(self.realm, wanted, last_id, is_held=is_held)
        held = Held(blocks, partial(STREAMS.leave, tenant_id) if is_held else _nothing)
        return self.streamed(held, "text/event-stream", {"Cache-Control": "no-store"})


def _counted(found: searching.Counted) -> dict[str, Any]:
    return {"total_size": found.size, "total_is_capped": found.is_capped}


def _binding(request: Request, wanted: EventFilter, ordering: str) -> str:
    """What a token belongs to: the path, with tenant and realm in it, and whatever chooses and orders the rows."""
    return hashlib.sha256(repr((request.path, wanted, _ORDERINGS.get(ordering))).encode()).hexdigest()[:22]


def _read_token(text: str, binding: str, violations: list[Violation]) -> dict[str, Any]:
    if not text:
        return {}
    try:
        token: dict[str, Any] = signing.loads(text, salt=_SALT, max_age=TOKEN_LIFE)
    except signing.BadSignature:
        token = {}
    if token.get("of") != binding:
        violations.append(Violation("page_token", "invalid page token"))
        return {}
    return token


def _last_id(request: Request) -> uuid.UUID | None:
    """Raises Invalid for what no answer of ours ever named."""
    given = request.headers.get("Last-Event-ID", "")
    try:
        return uuid.UUID(given) if given else None
    except ValueError:
        raise Invalid(Violation("Last-Event-ID", "is no event's id")) from None


def _nothing() -> None: ...
