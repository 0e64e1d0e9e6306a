"""Bulk (RFC 7644 §3.7): the new users of a first sync many at a time, everything else one by one, as the engine does it.

Each operation has its own result and event, in the order that the engine plans, whichever way it went. Users are added
together only where nothing can tell it from the one after the other: they are valid, nobody has their names, they refer to
nothing in the request. Whoever is not like that, or was overtaken, is added alone and hears the verb's own refusal.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from scim2_models import BulkOperation, ResourceType, SCIMException
from scim2_server.bulk import BulkPlan, BulkStep
from scim2_server.handler import ScimHandler
from scim2_server.requests import ScimRequest

from apps.core.errors import Refusal
from apps.scim import plain, users
from apps.scim.bodies import Body
from apps.scim.plain import NotPlain, Plain
from apps.scim.resources import MOST_OPERATIONS
from apps.scim.users import Given

_TOGETHER = 100
_ENVELOPE = {"schemas", "Operations", "failOnErrors"}
_OPERATION = {"method", "path", "bulkId", "data"}
BULK_RESPONSE = "urn:ietf:params:scim:api:messages:2.0:BulkResponse"


@dataclass(frozen=True, slots=True)
class Arrival:
    """A user to be added who is well-formed and refers to nothing else in the request."""

    step: BulkStep
    resource_type: ResourceType
    outcome: dict[str, Any]
    given: Given


class Plan(BulkPlan):
    """The engine's, which need not look into plain users for what they refer to: they refer to nothing."""

    def dependencies(self, index: int) -> list[int]:
        return [] if isinstance(self.operations[index], Plain) else super().dependencies(index)


def plan_of(body: Body, engine: Callable[[Body], BulkPlan]) -> BulkPlan:
    """Plain new users are read here, all else by the engine, and then they are as they stood."""
    sent = body.sent
    operations = sent.get("Operations")
    if not isinstance(operations, list) or len(operations) > MOST_OPERATIONS or not sent.keys() <= _ENVELOPE:
        return engine(body)
    read = [_plain(each) for each in operations]
    rest = [each for each, found in zip(operations, read, strict=True) if found is None]
    # Of a request of plain users alone the engine still judges the envelope, by the first of them.
    judged = engine(Body({**sent, "Operations": rest or operations[:1]}, 0))
    left = iter(judged.operations)
    return Plan([found or next(left) for found in read], judged.fail_on_errors)


def _plain(operation: Any) -> Any:
    """The new user that is asked for, or None."""
    if type(operation) is not dict or operation.keys() != _OPERATION or type(operation["bulkId"]) is not str:
        return None
    if (operation["method"], operation["path"]) != ("POST", "/Users"):
        return None
    try:
        data = plain.read(users.MODEL, operation["data"])
    except NotPlain:
        return None
    said = {"method": BulkOperation.Method.post, "path": "/Users", "bulk_id": operation["bulkId"], "data": data}
    return Plain(said)


def run(handler: ScimHandler, request: ScimRequest, plan: BulkPlan) -> None:
    """Records a result for each step that is reached before `failOnErrors`."""
    waiting: list[Arrival] = []
    for step in plan:
        arrival = _arrival(handler, request, plan, step)
        if arrival is not None:
            waiting.append(arrival)
        if waiting and (arrival is None or len(waiting) == _TOGETHER):
            _add(handler, request, plan, waiting)
            waiting = []
        if arrival is None and not plan.stopped:
            _alone(handler, request, plan, step)
    _add(handler, request, plan, waiting)


def _arrival(handler: ScimHandler, request: ScimRequest, plan: BulkPlan, step: BulkStep) -> Arrival | None:
    """None for what is done alone; what is wrong with it, if anything, is said there."""
    operation, service = plan.operation(step), handler.service
    if operation.method != BulkOperation.Method.post or operation.response is not None:
        return None
    try:
        is_plain = isinstance(operation, Plain)
        resource_type = service.resource_type_at("Users") if is_plain else service.route_bulk_operation(operation)
        if resource_type is None or resource_type.id != "User":
            return None
        if not _refers_to_nothing(plan, step, operation):
            return None
        service.authorize_bulk_operation(request, operation, resource_type)
        given = users.read(operation.data)
    except (SCIMException, Refusal):
        return None
    return Arrival(step, resource_type, service.bulk_outcome(request.base_url, operation), given)


def _refers_to_nothing(plan: BulkPlan, step: BulkStep, operation: Any) -> bool:
    """Raises InvalidValueException, ConflictException for a reference that leads nowhere, or a bulkId that is another's."""
    if isinstance(operation, Plain):
        return plan.is_creation(step.index, operation.bulk_id)
    return plan.resolve(step) is operation


def _add(handler: Any, request: ScimRequest, plan: BulkPlan, arrivals: Sequence[Arrival]) -> None:
    """Those next to each other that nobody stands in the way of together, the others alone."""
    if not arrivals:
        return
    together: list[Arrival] = []
    free = handler.storage.free([arrival.given for arrival in arrivals])
    for arrival, is_free in zip(arrivals, free, strict=True):
        if is_free:
            together.append(arrival)
            continue
        _add_together(handler, request, plan, together)
        together = []
        _alone(handler, request, plan, arrival.step)
    _add_together(handler, request, plan, together)


def _add_together(handler: Any, request: ScimRequest, plan: BulkPlan, arrivals: Sequence[Arrival]) -> None:
    if not arrivals or plan.stopped:
        return
    try:
        added = handler.storage.create_users([arrival.given for arrival in arrivals])
    except Refusal:  # overtaken: one of them hears it, the others are added
        for arrival in arrivals:
            _alone(handler, request, plan, arrival.step)
        return
    for arrival, identity in zip(arrivals, added, strict=True):
        location = handler.service.resource_location(request.base_url, arrival.resource_type, identity.pk)
        version = users.version_of(identity.updated_at)
        plan.record(
            arrival.step, {**arrival.outcome, "status": 201, "location": location, "version": version}, identity
        )


def _alone(handler: ScimHandler, request: ScimRequest, plan: BulkPlan, step: BulkStep) -> None:
    if not plan.stopped:
        result, resource = handler.run_bulk_step(request, plan, step)
        plan.record(step, result, resource)


def response_of(plan: BulkPlan) -> dict[str, Any]:
    """The results as they are sent, without the engine, which would check each against the schemas once more."""
    return {"schemas": [BULK_RESPONSE], "Operations": [_shown(outcome) for outcome in plan.outcomes()]}


def _shown(outcome: dict[str, Any]) -> dict[str, Any]:
    error = outcome.get("response")
    shown = {
        "method": outcome["method"],
        "bulkId": outcome.get("bulk_id"),
        "version": outcome.get("version"),
        "location": outcome.get("location"),
        "response": error.model_dump() if error is not None else None,
        "status": str(int(outcome["status"])),
    }
    return {name: value for name, value in shown.items() if value is not None}
