"""What is refused before any verb begins: a body that cannot be read, a field that nobody knows, a form that is not filled
in, a scope that is missing. No attempt tells of it, so it is told here, once for all faces: a request that would change
something, is refused, and has left no event of its own, leaves API_REQUEST_DENIED (contract/extensions.md §7).

Of a caller who is known every refusal is written, as everything else they do. What nobody in particular sends is written in
the realm that the path names, so many a minute and no more: garbage must not fill a record that cannot be emptied.
"""

import logging
from collections.abc import Callable
from typing import Any

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve

from apps.core.context import Context
from apps.core.errors import Invalid, NotFound, Refusal
from apps.events import tally
from apps.events.attempt import Place, record
from apps.events.types import EventType
from apps.realms import selectors as realms
from apps.web import limits
from apps.web.context import context_of, subscriber_of
from apps.web.errors import CODES
from apps.web.limits import Limit

Answer = Callable[[HttpRequest], HttpResponse]
Known = tuple[Context, Place]

OF_ONE_ADDRESS = Limit("refusals-of-an-address", 10, 60)
IN_ONE_REALM = Limit("refusals-in-a-realm", 60, 60)
OF_ONE_LIMITED = Limit("refusals-of-a-limit", 1, 60)
_SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
_NO_ROUTE = frozenset({405})
_TOO_MANY = 429
_VIOLATIONS, _LENGTH = 10, 200

_log = logging.getLogger(__name__)
_recognisers: list[Callable[[HttpRequest], Known | None]] = []


def recognise_by(find: Callable[[HttpRequest], Known | None]) -> None:
    """For a face whose callers carry a session, and so can be told even when no view of theirs was reached."""
    _recognisers.append(find)


def caller(request: HttpRequest, ctx: Context, place: Place, operation: str = "") -> None:
    """A face has found out who calls, and where they are at work."""
    request.known_caller = (ctx, place)  # type: ignore[attr-defined]
    request.known_operation = operation or getattr(request, "known_operation", "")  # type: ignore[attr-defined]


def note(request: HttpRequest, refusal: Refusal) -> None:
    """A face's mapper is about to answer with this refusal, by whatever status."""
    request.refusal = refusal  # type: ignore[attr-defined]


class Refusals:
    """A middleware, around everything that may refuse."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method in _SAFE:
            return self.get_response(request)
        before = tally.written()
        response = self.get_response(request)
        status = response.status_code
        refused = hasattr(request, "refusal") or (400 <= status < 500 and status not in _NO_ROUTE)
        is_new = "Idempotent-Replayed" not in response  # else it was told when it was answered first
        if refused and is_new and tally.written() == before:
            try:
                _tell(request, status)
            except DatabaseError:  # nothing was done, and the answer says so already
                _log.exception("a refusal could not be recorded")
        return response


def _tell(request: HttpRequest, status: int) -> None:
    path = _parameters(request)
    if path is None:
        return
    known = getattr(request, "known_caller", None) or _recognised(request)
    if known is None:
        known = _of_nobody(request, path)
    elif status == _TOO_MANY and limits.count(OF_ONE_LIMITED, known[0].actor.id).used != 1:
        return
    if known is not None:
        ctx, place = known
        record(ctx, EventType.API_REQUEST_DENIED, place, outcome=_outcome(request, status), **_data(request, status))


def _parameters(request: HttpRequest) -> dict[str, str] | None:
    """Of the path; None for one that there is not."""
    try:
        match = request.resolver_match or resolve(request.path_info)
    except Resolver404:
        return None
    return {name: str(value) for name, value in match.kwargs.items()}


def _recognised(request: HttpRequest) -> Known | None:
    return next((known for find in _recognisers if (known := find(request)) is not None), None)


def _of_nobody(request: HttpRequest, path: dict[str, str]) -> Known | None:
    """None when there is no such place, or enough was told of it. With the cache down nothing is counted, nothing told."""
    tenant_id, realm_id = path.get("tenant_id"), path.get("realm_id")
    if tenant_id is None or not _is_within(OF_ONE_ADDRESS, subscriber_of(request)):
        return None
    try:
        place = realms.kept_realm(tenant_id, realm_id) if realm_id else realms.admin_realm_of(tenant_id)
    except NotFound:
        return None
    return (context_of(request), place) if _is_within(IN_ONE_REALM, str(place.pk)) else None


def _is_within(limit: Limit, subject: str) -> bool:
    return 1 <= limits.count(limit, subject).used <= limit.requests


def _outcome(request: HttpRequest, status: int) -> str:
    refusal: Refusal | None = getattr(request, "refusal", None)
    return refusal.event_outcome if refusal else CODES.get(status, CODES[400])[0].upper()


def _data(request: HttpRequest, status: int) -> dict[str, Any]:
    refusal: Refusal | None = getattr(request, "refusal", None)
    operation = getattr(request, "known_operation", "")
    told: dict[str, Any] = {"method": request.method, "path": _printable(request.path, 512), "status": status}
    if operation:
        told["operation"] = operation
    if refusal is not None:
        told["reason"] = _printable(refusal.message)
    if isinstance(refusal, Invalid) and hasattr(request, "known_caller"):
        wrong = [(each.field, each.description) for each in refusal.violations[:_VIOLATIONS]]
        told["violations"] = [{"field": _printable(field), "description": _printable(said)} for field, said in wrong]
    return told


def _printable(text: str, length: int = _LENGTH) -> str:
    return "".join(each if each.isprintable() else "\ufffd" for each in text[:length])
