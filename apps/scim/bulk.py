"""Bulk (RFC 7644 §3.7): the new users of a first sync many at a time, everything else one by one, as the engine does it.

Each operation has its own result and event, in the order that the engine plans, whichever way it went. Users are added
together only where nothing can tell it from the one after the other: they are valid, nobody has their names, they refer to
nothing in the request. Whoever is not like that, or was overtaken, is added alone and hears the verb's own refusal.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from scim2_models import BulkOperation, ResourceType, SCIMException
from scim2_server.bulk import BulkPlan, BulkStep
from scim2_server.handler import ScimHandler
from scim2_server.requests import ScimRequest

from apps.core.errors import Refusal
from apps.scim import users
from apps.scim.users import Given

_TOGETHER = 100
BULK_RESPONSE = "urn:ietf:params:scim:api:messages:2.0:BulkResponse"


@dataclass(frozen=True, slots=True)
class Arrival:
    """A user to be added who is well-formed and refers to nothing else in the request."""

    step: BulkStep
    resource_type: ResourceType
    outcome: dict[str, Any]
    given: Given


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
        resource_type = service.route_bulk_operation(operation)
        if resource_type is None or resource_type.id != "User" or plan.resolve(step) is not operation:
            return None
        service.authorize_bulk_operation(request, operation, resource_type)
        given = users.read(operation.data)
    except (SCIMException, Refusal):
        return None
    return Arrival(step, resource_type, service.bulk_outcome(request.base_url, operation), given)


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
