"""This face's one mapper: refusals and the framework's exceptions → the contract's error body (contract/wire.md §1.1).

What is neither is a bug: it stays a 500, whose body apps.web.errors writes in the same shape.
"""

import math
from collections.abc import Iterable, Mapping
from typing import Any

from rest_framework.exceptions import APIException, MethodNotAllowed, ParseError, Throttled
from rest_framework.response import Response

from apps.core.errors import Invalid, NotFound, RateLimited, Refusal, Unauthenticated, Unavailable, Violation
from apps.web import bearer, refusals
from apps.web.errors import CODES
from apps.web.status import status_of

# Whose 404 says nothing of what was asked for. Some endpoints say as little of the realm above them: `Endpoint.terse`.
_TERSE = frozenset({"Application", "AuthenticatorConfig"})
# Whose message is always the same, whatever the reason.
_CANONICAL = frozenset({401, 403})
_LOCKED_OUT = "would_lock_out"  # a conflict whose message is a word for programs (contract/extensions.md §10)


def answer(exception: Exception, context: Mapping[str, Any]) -> Response | None:
    """The framework's exception handler; None lets a bug be a bug."""
    if isinstance(exception, Refusal):
        if (request := context.get("request")) is not None:
            refusals.note(request._request, exception)
        return refused(exception, terse=getattr(context.get("view"), "terse", False))
    if isinstance(exception, ParseError):  # its reason is for the log of the one who wrote the JSON, not for a contract
        return _response(400, "invalid request")
    if isinstance(exception, APIException):
        response = _response(exception.status_code)
        if isinstance(exception, MethodNotAllowed):
            response["Allow"] = ", ".join(context["view"].allowed_methods)
        if isinstance(exception, Throttled):
            response["Retry-After"] = str(math.ceil(getattr(exception, "wait", None) or 1))
        return response
    return None


def refused(refusal: Refusal, *, terse: bool = False) -> Response:
    status = status_of(refusal)
    terse = isinstance(refusal, NotFound) and (terse or refusal.resource_type in _TERSE)
    message = "" if terse or status in _CANONICAL else refusal.message
    if refusal.code == _LOCKED_OUT:
        message = _LOCKED_OUT
    response = _response(status, message, [] if terse else list(_details(refusal)))
    if isinstance(refusal, RateLimited | Unavailable) and refusal.retry_after_seconds:
        response["Retry-After"] = str(refusal.retry_after_seconds)
    if isinstance(refusal, Unauthenticated):
        for name, value in bearer.challenges(refusal).items():
            response[name] = value
    elif refusal.code == "insufficient_scope":
        scope = refusal.facts.get("scope", "")
        response["WWW-Authenticate"] = f'Bearer error="insufficient_scope", scope="{scope}"'
    return response


def _details(refusal: Refusal) -> Iterable[dict[str, Any]]:
    if isinstance(refusal, Invalid) and refusal.violations:
        yield {"type": "FieldViolations", "field_violations": [_violation(found) for found in refusal.violations]}
    if refusal.code == _LOCKED_OUT:
        yield {"type": "WouldLockOut", "identity_ids": list(refusal.facts.get("identity_ids", ()))}
    if refusal.facts.get("failed_tests"):
        yield {"type": "PolicyTestsFailed", "failed": refusal.facts["failed_tests"]}
    if refusal.facts.get("missing_scopes"):
        missing = list(refusal.facts["missing_scopes"])
        yield {"type": "BeyondOwnScopes", "description": refusal.message, "scopes": missing}
    if refusal.facts.get("missing_ids"):
        yield {
            "type": "BatchOperationErrors",
            "description": "nothing was done",
            "errors": [
                {
                    "Description": refusal.message,
                    "IDs": list(refusal.facts["missing_ids"]),
                    "ResourceType": refusal.facts["resource_type"],
                }
            ],
        }
    if refusal.facts.get("resource_type"):
        yield {
            "type": "ResourceInfo",
            "resource_type": refusal.facts["resource_type"],
            "id": refusal.facts.get("resource_id", ""),
            "description": refusal.message,
        }


def _violation(found: Violation) -> dict[str, str]:
    return {"field": found.field, "description": found.description}


def _response(status: int, message: str = "", details: list[dict[str, Any]] | None = None) -> Response:
    code, words = CODES.get(status, CODES[400])
    return Response(
        {"code": code, "message": message or words, **({"details": details} if details else {})}, status=status
    )
