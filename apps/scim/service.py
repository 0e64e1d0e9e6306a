"""The protocol engine as it is set up here: who may do what, how refusals read, what clients send that no RFC says."""

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from pydantic import ValidationError
from scim2_models import Context as ScimContext
from scim2_models import (
    Error,
    ForbiddenException,
    Resource,
    ResourceType,
    ResponseParameters,
    SCIMException,
    SearchRequest,
)
from scim2_server.bulk import BulkPlan
from scim2_server.requests import ScimRequest
from scim2_server.responses import ScimResponse
from scim2_server.routing import Operation, Target
from scim2_server.service import ScimService, scim_exception_of
from scim2_server.storage import SearchPage

from apps.core.errors import Refusal
from apps.scim import bulk, errors, plain
from apps.scim.groups import UnreadGroup
from apps.scim.plain import NotPlain
from apps.scim.resources import PROVIDER
from apps.scim.users import references_of

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
LIST_RESPONSE = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
_COUNT = 100


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

    @staticmethod
    def match(request: ScimRequest) -> Target:
        """Once for each request, of which four steps ask."""
        kept = vars(request)
        if "matched" not in kept:
            kept["matched"] = ScimService.match(request)
        return kept["matched"]

    def authorize(self, request: ScimRequest, target: Target, resource_type: ResourceType) -> None:
        named = Target(target.operation, endpoint=self.endpoint_of(resource_type))
        if not scopes_for(named) & request.subject:
            raise ForbiddenException(detail="token is unauthorized.")

    def read_search(self, resource_types: list[ResourceType], payload: Any) -> Any:
        """Without `count` a hundred (contract/extensions.md §8)."""
        if isinstance(payload, Mapping) and not any(key.lower() == "count" for key in payload):
            payload = {**payload, "count": _COUNT}
        return super().read_search(resource_types, payload)

    def read_body(self, model: Any, body: Any, content_type: str | None, scim_ctx: ScimContext) -> Any:
        """Of a value that was parsed already (bodies.Body), so that it need not be written and parsed once more."""
        self.ensure_json(content_type)
        try:
            return model.model_validate(body.value, scim_ctx=scim_ctx)
        except ValidationError as exception:
            raise scim_exception_of(exception) from exception

    def decode_body(self, body: Any, content_type: str | None) -> Any:
        self.ensure_json(content_type)
        return body.value

    def read_creation(self, resource_type: ResourceType, body: Any, content_type: str | None) -> Any:
        """A plain user without the engine (apps/scim/plain.py)."""
        self.ensure_json(content_type)
        try:
            if resource_type.id == "User":
                return plain.read(self.get_model(resource_type), body.sent)
        except NotPlain:
            pass
        return super().read_creation(resource_type, body, content_type)

    def read_bulk(self, body: Any, content_type: str | None) -> BulkPlan:
        self.ensure_json(content_type)
        self.ensure_bulk_payload_size(body.size)
        engine: Any = super().read_bulk
        return bulk.plan_of(body, lambda rest: engine(rest, content_type))

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
        for each in references_of(resource):
            each.ref = self.reference_location(base_url, each.ref)
        return resource

    @staticmethod
    def resource_response(
        resource: Resource[Any],
        scim_ctx: ScimContext,
        response_parameters: ResponseParameters[Any] | None = None,
        status: HTTPStatus = HTTPStatus.OK,
    ) -> ScimResponse:
        if not _is_whole(response_parameters):
            return ScimService.resource_response(resource, scim_ctx, response_parameters, status)
        meta: Any = resource.meta
        headers = {"Content-Location": meta.location, "ETag": meta.version}
        return ScimResponse(status, plain.shown(resource), headers)

    def search_response(
        self, base_url: str, resource_types: list[ResourceType], page: SearchPage, search_request: SearchRequest[Any]
    ) -> ScimResponse:
        """The engine would read what it has written and write it again."""
        published = [self.publish(base_url, resource) for resource in page.resources]
        if _is_whole(search_request):
            found = [plain.shown(each) for each in published]
        else:
            context, asked = ScimContext.RESOURCE_QUERY_RESPONSE, search_request
            found = [each.model_dump(scim_ctx=context, response_parameters=asked) for each in published]
        counts = {"totalResults": page.total, "startIndex": search_request.start_index, "itemsPerPage": len(found)}
        # Required while there are any, on a page past them too (RFC 7644 §3.4.2), but where none were asked for.
        listed = {"Resources": found} if found or (page.total and search_request.count) else {}
        return ScimResponse(HTTPStatus.OK, {"schemas": [LIST_RESPONSE], **counts, **listed})

    def bulk_response(self, plan: BulkPlan) -> ScimResponse:
        return ScimResponse(HTTPStatus.OK, bulk.response_of(plan))

    def bulk_failure(self, outcome: dict[str, Any], exception: Exception) -> dict[str, Any]:
        if not isinstance(exception, SCIMException | Refusal):
            logger.error("a step of a bulk request failed", exc_info=exception)
        return super().bulk_failure(outcome, exception)


def _is_whole(asked: Any) -> bool:
    return asked is None or not (asked.attributes or asked.excluded_attributes)
