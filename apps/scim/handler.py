"""The protocol engine's handler of requests: what it does in another way here, of a Bulk, of a crowd, of a race."""

from collections.abc import Mapping
from typing import Any

from scim2_models import BulkOperation, PatchOp, Resource, ResourceType
from scim2_server.conditions import Conditions
from scim2_server.handler import ScimHandler
from scim2_server.requests import ScimRequest
from scim2_server.responses import ScimResponse

from apps.core.errors import PreconditionFailed
from apps.core.rows import ChangedMeanwhile
from apps.scim import bulk
from apps.scim.member_changes import member_changes

_TRIES = 3


class Handler(ScimHandler):
    """Does a change over that somebody else got ahead of, unless the client named the version it means. `asked_for` is the
    query of a PATCH."""

    asked_for: Mapping[str, str] = {}

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

    def _again(self, conditions: Conditions, act: Any) -> Any:
        for _ in range(_TRIES - 1):
            try:
                return act()
            except ChangedMeanwhile:
                if conditions.if_match:
                    raise PreconditionFailed("the resource has changed") from None
        return act()
