"""This face's one mapper: refusals → the management API's error body (contract/wire.md §1.1).

`details` names the refusal's own code too, so that a page can tell a used link from an old one.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse

from apps.authentication.services import RequirementUnmet
from apps.authentication.services.one_time_codes import CodeRefused, CodesClosed
from apps.core.errors import Invalid, RateLimited, Refusal, Unauthenticated
from apps.credentials.services.passkeys import ProofRefused
from apps.policy import services as policy
from apps.tokens.services.codes import NothingGranted
from apps.web import errors as web_errors
from apps.web import refusals
from apps.web.status import status_of

View = Callable[..., HttpResponse]

_TOLD = (policy.PolicyDenied, policy.VerificationRequired, RequirementUnmet, NothingGranted, CodeRefused, CodesClosed)

NOT_VERIFIED = "this passkey could not be verified"


def endpoint(*methods: str) -> Callable[[View], View]:
    """A JSON endpoint: these methods only, no CSRF token (nothing here is done on the strength of a cookie alone)."""

    def decorate(view: View) -> View:
        @wraps(view)
        def answered(request: HttpRequest, **path: Any) -> HttpResponse:
            if request.method not in methods:
                response = web_errors.answer(request, 405)
                response["Allow"] = ", ".join(methods)
                return response
            try:
                return view(request, **path)
            except Refusal as refusal:
                refusals.note(request, refusal)
                return answer(refusal)

        answered.csrf_exempt = True  # type: ignore[attr-defined]
        return answered

    return decorate


def answer(refusal: Refusal) -> HttpResponse:
    status = status_of(refusal)
    body = {"code": web_errors.CODES[status][0], "message": message_of(refusal), "details": _details(refusal)}
    response = JsonResponse(body, status=status)
    if isinstance(refusal, RateLimited):
        for name, value in refusal.headers.items():
            response[name] = value
    if isinstance(refusal, Unauthenticated):
        response["WWW-Authenticate"] = "Bearer"
    return response


def message_of(refusal: Refusal) -> str:
    """What the far end may read. A refused proof's own message is its exact reason and stays in the event."""
    return NOT_VERIFIED if refusal.code == ProofRefused.code else refusal.message


def message_to_sdk(refusal: Refusal) -> str:
    """One sentence for whatever was wrong with a proof, whose it was or what it answered; only what somebody decided, the
    policy or the client, is told (contract/extensions.md §10)."""
    return refusal.message if isinstance(refusal, _TOLD) else NOT_VERIFIED


def _details(refusal: Refusal) -> list[dict[str, Any]]:
    if isinstance(refusal, Invalid):
        violations = [{"field": each.field, "description": each.description} for each in refusal.violations]
        return [{"type": "FieldViolations", "field_violations": violations}]
    return [{"type": "Refusal", "reason": refusal.code}]
