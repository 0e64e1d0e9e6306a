"""R/events: the record, page by page and one by one (contract/extensions.md §7)."""

import hashlib
import uuid
from typing import Any

from django.core import signing
from rest_framework.request import Request
from rest_framework.response import Response

from apps.api import etags, event_filters
from apps.api.endpoint import RealmEndpoint
from apps.api.operations import operation
from apps.api.paging import TOKEN_LIFE, page_size
from apps.api.schemas import events as schema
from apps.core.errors import Invalid, Violation
from apps.events import searching
from apps.events import selectors as events
from apps.events.contract import event_json
from apps.events.filtering import EventFilter

_DEFAULT_SIZE, _LARGEST_SIZE = 100, 1000
_SALT = "apps.api.events"
_ORDERINGS = {"": False, "desc": False, "asc": True}


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
