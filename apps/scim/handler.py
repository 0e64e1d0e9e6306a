"""The protocol engine's handler of requests: what it does in another way here, of a Bulk, of a crowd, of a race."""

from collections.abc import Mapping
from typing import Any

from scim2_models import BulkOperation, PatchOp, PayloadTooLargeException, Resource, ResourceType
from scim2_models import Context as ScimContext
from scim2_server.conditions import Conditions
from scim2_server.handler import ScimHandler
from scim2_server.requests import ScimRequest
from scim2_server.responses import ScimResponse
from scim2_server.routing import Operation

from apps.core.errors import PreconditionFailed
from apps.core.rows import ChangedMeanwhile
from apps.scim import bulk
from apps.scim.member_changes import member_changes

_TRIES = 3
_MOST_EFFORT = 50_000  # two hundred operations on an empty list, or one that brings all members of a large group
_SHOWN = frozenset({"attributes", "excludedAttributes"})


class Handler(ScimHandler):
    """Does a change over that somebody else got ahead of, unless the client named the version it means. `asked_for` is the
    query of a PATCH, `effort` what those of one request were worth so far."""

    asked_for: Mapping[str, str] = {}
    effort = 0

    def create(self, request: ScimRequest) -> ScimResponse:
        """Shows no more than was asked for (RFC 7644 §3.9), which the engine minds of everything but a creation."""
        if not _SHOWN & request.query.keys():
            return super().create(request)
        with self.service.provider:
            target = self.service.route(request, Operation.create)
            resource_type = self.service.resource_type_at(str(target.endpoint))
            asked = self.service.read_response_parameters(resource_type, request.query)
        response = super().create(request)
        answered = ScimContext.RESOURCE_CREATION_RESPONSE
        made = self.service.get_model(resource_type).model_validate(response.body, scim_ctx=answered)
        response.body = made.model_dump(scim_ctx=answered, response_parameters=asked)
        return response

    def bulk(self, request: ScimRequest) -> ScimResponse:
        with self.service.provider:
            plan = self.service.read_bulk(request.body, request.header("Content-Type"))
            bulk.run(self, request, plan)
            return self.service.bulk_response(plan)

    def patch(self, request: ScimRequest) -> ScimResponse:
        self.asked_for = request.query
        return super().patch(request)

    def patch_resource(
        self, resource_type: ResourceType, resource_id: str, patch_op: "PatchOp[Any]", conditions: Conditions
    ) -> Resource[Any]:
        self.storage.patching = True  # type: ignore[attr-defined]
        changes = member_changes(patch_op) if resource_type.id == "Group" else None
        if changes is not None and not (
            conditions.if_match or conditions.if_none_match or "attributes" in self.asked_for
        ):
            return self.storage.change_members(resource_id, changes)  # type: ignore[attr-defined]
        self._spend(patch_op)
        return self._again(
            conditions, lambda: ScimHandler.patch_resource(self, resource_type, resource_id, patch_op, conditions)
        )

    def replace_resource(
        self, resource_type: ResourceType, current: Resource[Any], replacement: Resource[Any], conditions: Conditions
    ) -> Resource[Any]:
        self.storage.patching = False  # type: ignore[attr-defined]

        def act() -> Resource[Any]:
            known = self.storage.get(resource_type, str(current.id))
            return ScimHandler.replace_resource(
                self, resource_type, known, replacement.model_copy(deep=True), conditions
            )

        return self._again(conditions, act)

    def apply_bulk_operation(self, resource_type: ResourceType, operation: BulkOperation[Resource[Any]]) -> Any:
        self.storage.conditional = operation.version is not None  # type: ignore[attr-defined]
        return super().apply_bulk_operation(resource_type, operation)

    def _spend(self, patch_op: "PatchOp[Any]") -> None:
        """An operation looks through all that those before it put into its list: a mebibyte of them took the engine hours.
        Raises PayloadTooLargeException."""
        operations = patch_op.operations or []
        self.effort += len(operations) * (len(operations) + sum(_entries(each.value) for each in operations))
        if self.effort > _MOST_EFFORT:
            raise PayloadTooLargeException(detail="Too many operations at once, or too many values in their lists")

    def _again(self, conditions: Conditions, act: Any) -> Any:
        for _ in range(_TRIES - 1):
            try:
                return act()
            except ChangedMeanwhile:
                if conditions.if_match:
                    raise PreconditionFailed("the resource has changed") from None
        return act()


def _entries(value: Any) -> int:
    lists = value.values() if isinstance(value, dict) else [value]
    return sum(len(each) for each in lists if isinstance(each, list))
