"""R/events/checkpoints, R/events/{id}:proof, R/events:consistency: what shows that the record is whole
(contract/extensions.md §7, §10)."""

from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.endpoint import RealmEndpoint
from apps.api.event_filters import refuse_others
from apps.api.operations import operation
from apps.api.paging import listed_newest_first
from apps.api.schemas import event_log as schema
from apps.api.schemas.parameters import PAGE
from apps.core.errors import Invalid, Violation
from apps.core.secrets import base64url
from apps.events import checkpoints, sealing
from apps.events import selectors as events

_BACKLOG = "More than 10,000 events wait for their place in the log before this one; Retry-After says for how long."


class Checkpoints(RealmEndpoint):
    @operation("ListEventCheckpoints", "events:read", query=PAGE, answers=schema.CHECKPOINTS)
    def get(self, request: Request, **path: str) -> Response:
        """Newest first. Keep some of them somewhere else: what a log has said once it cannot unsay."""
        refuse_others(request, *(each.name for each in PAGE))
        rows = checkpoints.checkpoints_in(self.realm)
        return listed_newest_first(request, "checkpoints", rows, checkpoints.checkpoint_json)


class EventProof(RealmEndpoint):
    @operation("ProveEvent", "events:read", answers=schema.PROOF, refuses={503: _BACKLOG})
    def get(self, request: Request, event_id: str, **path: str) -> Response:
        """The event's place in the log (RFC 9162 §2.1.3): the leaf is SHA-256 of a 0 byte and the record as RFC 8785 JSON,
        and the path leads from it to the checkpoint's root. An event of this moment is sealed first."""
        event = events.get_event(self.realm, event_id)
        sealing.for_one(event)
        return Response(checkpoints.proof_json(checkpoints.proof_of(event)))


class EventConsistency(RealmEndpoint):
    @operation("ProveEventConsistency", "events:read", query=schema.SIZES, answers=schema.CONSISTENCY)
    def get(self, request: Request, **path: str) -> Response:
        """That the log of one size is the beginning of that of another, unchanged (RFC 9162 §2.1.4)."""
        refuse_others(request, "from", "to")
        wrong: list[Violation] = []
        old, new = (_size(request, name, wrong) for name in ("from", "to"))
        if wrong:
            raise Invalid(wrong)
        return Response(
            {"consistency_path": [base64url(each) for each in checkpoints.consistency(self.realm, old, new)]}
        )


def _size(request: Request, name: str, wrong: list[Violation]) -> int:
    text = request.query_params.get(name, "")
    if text.isascii() and text.isdigit() and len(text) <= 18:
        return int(text)
    wrong.append(Violation(name, "must be a tree size"))
    return 0
