"""This face's one mapper: refusals → OAuth error bodies (RFC 6749 §5.2, RFC 6750 §3), pages where a person looks."""

import json
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.utils.translation import gettext as _

from apps.core.errors import NotFound, RateLimited, Refusal, Unauthenticated
from apps.tokens.client_authentication import ClientRefused
from apps.tokens.services.exchange import TokenRefused
from apps.web import bearer, refusals
from apps.web import errors as web_errors
from apps.web.status import status_of

View = Callable[..., HttpResponse]
# What a resource may answer in its own words (RFC 6750 §3.1, RFC 9449 §7.1).
_OF_RESOURCES = ("invalid_token", "insufficient_scope", "invalid_dpop_proof", "use_dpop_nonce")


def oauth_endpoint(*methods: str) -> Callable[[View], View]:
    """A JSON endpoint: only these methods, refusals in OAuth's own words."""

    def decorate(view: View) -> View:
        @wraps(view)
        def answer(request: HttpRequest, **path: Any) -> HttpResponse:
            if request.method not in methods:
                return HttpResponseNotAllowed(methods)
            try:
                return view(request, **path)
            except Refusal as refusal:
                refusals.note(request, refusal)
                return oauth_error(refusal)

        answer.csrf_exempt = True  # type: ignore[attr-defined]
        return answer

    return decorate


def oauth_error(refusal: Refusal) -> HttpResponse:
    if isinstance(refusal, TokenRefused):
        return token_answer(refusal.answer.status, refusal.answer.body, refusal.answer.headers)
    if isinstance(refusal, ClientRefused):
        return token_answer(refusal.status, json.dumps({"error": refusal.code, "error_description": refusal.message}))
    if isinstance(refusal, NotFound):
        return _error(404, "invalid_request", "there is no such issuer")
    if isinstance(refusal, RateLimited):
        response = _error(429, "temporarily_unavailable", "too many requests")
        for name, value in refusal.headers.items():
            response[name] = value
        return response
    status = status_of(refusal)
    code = refusal.code if refusal.code in _OF_RESOURCES else "invalid_request"
    response = _error(status, code, refusal.message)
    if isinstance(refusal, Unauthenticated):
        for name, value in bearer.challenges(refusal).items():
            response[name] = value
    elif status == 403:
        response["WWW-Authenticate"] = f'Bearer error="{code}"'
    return response


def token_answer(status: int, body: str, headers: Mapping[str, str] | None = None) -> HttpResponse:
    """RFC 6749 §5.1, §5.2: never cached; 401 names a scheme. Of `headers` DPoP-Nonce matters (RFC 9449 §8)."""
    response = HttpResponse(body, status=status, content_type="application/json")
    if headers and "DPoP-Nonce" in headers:
        response["DPoP-Nonce"] = headers["DPoP-Nonce"]
    if status == 401:
        response["WWW-Authenticate"] = 'Basic realm="token"'
    return _uncached(response)


def no_application() -> str:
    return _("There is no such application here.")


def mistaken(request: HttpRequest, refusal: Exception) -> HttpResponse:
    """What the application did wrong is for who builds it, and in English as all of OAuth is."""
    return web_errors.page(request, 400, message=str(refusal), name="application")


def page(request: HttpRequest, status: int, message: str) -> HttpResponse:
    """For a person whose request must not be redirected (RFC 6749 §4.1.2.1)."""
    return web_errors.page(request, status, message=message)


def _error(status: int, code: str, description: str) -> HttpResponse:
    return _uncached(JsonResponse({"error": code, "error_description": description}, status=status))


def _uncached(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "no-store"
    response["Pragma"] = "no-cache"
    return response
