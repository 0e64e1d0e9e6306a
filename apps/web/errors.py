"""What the framework itself says when no face got hold of the request: JSON under /v1, a page elsewhere.

The body under /v1 is the management API's (contract/wire.md §1.1), at OAuth's endpoints it is theirs.
"""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string

from apps.web import language
from apps.web.context import correlation_id_of

CODES = {
    400: ("bad_request", "invalid request"),
    401: ("unauthorized", "unauthorized"),
    403: ("forbidden", "forbidden"),
    404: ("not_found", "The requested resource was not found."),
    405: ("method_not_allowed", "method not allowed"),
    406: ("not_acceptable", "not acceptable"),
    409: ("conflict", "conflict"),
    410: ("gone", "gone"),
    412: ("precondition_failed", "the resource has changed"),
    413: ("payload_too_large", "the request is too large"),
    415: ("unsupported_media_type", "unsupported media type"),
    422: ("unprocessable_entity", "unprocessable"),
    429: ("too_many_requests", "too many requests"),
    500: ("internal_server_error", "internal server error"),
    503: ("unavailable", "try again in a moment"),
}

_PAGE_ENDINGS = ("/authorize", "/consent", "/answer", "/end-session", "/end-session/confirm", ":invokeAuthenticator")
_OAUTH_ENDINGS = ("/token", "/revoke", "/introspect", "/userinfo", "/par", "/device_authorization")
_PAGES = frozenset({400, 401, 403, 404, 405, 409, 410, 413, 429, 500, 503})


def wants_json(request: HttpRequest) -> bool:
    """Under /v1 programs ask, but for the few doors a person's browser is sent to."""
    for_programs = request.path.startswith("/v1/") and not request.path.endswith(_PAGE_ENDINGS)
    return for_programs or request.headers.get("Accept", "").startswith("application/json")


def answer(request: HttpRequest, status: int, message: str = "") -> HttpResponse:
    code, words = CODES.get(status, CODES[400])
    if request.path.endswith(_OAUTH_ENDINGS):  # RFC 6749 §5.2: a client of these reads `error` and nothing else
        error = "server_error" if status >= 500 else "invalid_request"
        return JsonResponse({"error": error, "error_description": message or words}, status=status)
    if "/scim/v2" in request.path:  # RFC 7644 §3.12
        body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": str(status)}
        return JsonResponse({**body, "detail": message or words}, status=status, content_type="application/scim+json")
    if wants_json(request):
        return JsonResponse({"code": code, "message": message or words}, status=status)
    return page(request, status)


def page(request: HttpRequest, status: int, *, message: str = "", name: str = "") -> HttpResponse:
    """A friendly page: that of its status, or of `name`. It needs no database, so it can be shown when there is none."""
    name = f"errors/{name or (status if status in _PAGES else 400)}.html"
    home = "/console/" if request.path.startswith("/console/") else "/"
    context = {"message": message, "reference": correlation_id_of(request), "home_url": home}
    with language.spoken_to(request):
        return language.told(HttpResponse(render_to_string(name, context, request), status=status))
