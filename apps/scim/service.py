"""The protocol engine as it is set up here: who may do what, how refusals read, what clients send that no RFC says."""

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from scim2_models import BulkOperation, Error, ForbiddenException, PatchOp, Resource, ResourceType, SCIMException
from scim2_server.bulk import BulkPlan
from scim2_server.conditions import Conditions
from scim2_server.handler import ScimHandler
from scim2_server.requests import ScimRequest
from scim2_server.responses import ScimResponse
from scim2_server.routing import Operation, Target
from scim2_server.service import ScimService

from apps.core.errors import PreconditionFailed, Refusal
from apps.core.rows import ChangedMeanwhile
from apps.scim import bulk, errors
from apps.scim.groups import UnreadGroup
from apps.scim.member_changes import member_changes
from apps.scim.resources import PROVIDER

logger = logging.getLogger(__name__)

ALL = "scim:all"
_VERBS = {
    Operation.create: "create",
    Operation.replace: "update",
    Operation.patch: "update",
    Operation.delete: "delete",
}
_NOUNS = {"users": "scim:users", "groups": "scim:groups"}
DISCOVERY = frozenset(
    {
        Operation.service_provider_config,
        Operation.resource_types,
        Operation.resource_type,
        Operation.schemas,
        Operation.schema,
    }
)
_COUNT = 100
_TRIES = 3


def scopes_for(target: Target | None) -> frozenset[str]:
    """Any one of these does. Bulk and a search of everything need a scope of some kind, and each of their steps its own; so
    does what is not there (None)."""
    if target is None:
        return frozenset({ALL, *(f"{noun}:{verb}" for noun in _NOUNS.values() for verb in (*_VERBS.values(), "read"))})
    noun = _NOUNS.get((target.endpoint or "").lower())
    verb = _VERBS.get(target.operation, "read")
    if noun is not None:
        return frozenset({ALL, f"{noun}:{verb}"})
    verbs = ("create", "update", "delete") if target.operation is Operation.bulk else ("read",)
    return frozenset({ALL, *(f"{noun}:{verb}" for noun in _NOUNS.values() for verb in verbs)})


class Service(ScimService):
    """`subject` of a request is what its token may do."""

    def __init__(self) -> None:
        super().__init__(PROVIDER)

    def authorize(self, request: ScimRequest, target: Target, resource_type: ResourceType) -> None:
        named = Target(target.operation, endpoint=self.endpoint_of(resource_type))
        if not scopes_for(named) & request.subject:
            raise ForbiddenException(detail="token is unauthorized.")

    def read_search(self, resource_types: list[ResourceType], payload: Any) -> Any:
        """Without `count` a hundred (contract/extensions.md §8)."""
        if isinstance(payload, Mapping) and not any(key.lower() == "count" for key in payload):
            payload = {**payload, "count": _COUNT}
        return super().read_search(resource_types, payload)

    def patch_response(self, base_url: str, resource: Resource[Any], response_parameters: Any) -> ScimResponse:
        """The whole resource: 200 is what the contract says (contract/wire.md §4). Of a group of very many, whose members
        were not read, nothing: 204 (RFC 7644 §3.5.2), unless the client asks for less than the whole."""
        if isinstance(resource, UnreadGroup):
            return super().patch_response(base_url, resource, response_parameters)
        return self.replacement_response(base_url, resource, response_parameters)

    @staticmethod
    def error_of(exception: Exception) -> Error:
        if isinstance(exception, Refusal):
            return errors.error_of(exception)
        if isinstance(exception, SCIMException):
            error = errors.in_words(exception)
            if exception.status == 403:
                error.scim_type = "forbidden"
            return error
        return Error(status=500, detail="internal server error")

    def publish(self, base_url: str, resource: Any) -> Any:
        """In place, where the engine would copy it: the storage makes each for one answer."""
        resource.meta.location = self.resource_location(base_url, self.get_resource_type_of(resource), resource.id)
        self._publish_references(base_url, resource)
        return resource

    def bulk_response(self, plan: BulkPlan) -> ScimResponse:
        return ScimResponse(HTTPStatus.OK, bulk.response_of(plan))

    def bulk_failure(self, outcome: dict[str, Any], exception: Exception) -> dict[str, Any]:
        if not isinstance(exception, SCIMException | Refusal):
            logger.error("a step of a bulk request failed", exc_info=exception)
        return super().bulk_failure(outcome, exception)


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
