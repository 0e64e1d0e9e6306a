"""Discovery and keys: public, cached by whoever asks, free of sessions and templates."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse

from apps.applications import selectors
from apps.oidc import cors
from apps.oidc.errors import oauth_endpoint
from apps.tokens import issuer, keys

_CACHE = "public, max-age=300"
_KEYS_CACHE = "public, max-age=60"  # a key that leaked is retired everywhere within a minute (anchors C11)


@cors.readable_anywhere
@oauth_endpoint("GET", "HEAD")
def discovery(request: HttpRequest, tenant_id: str, realm_id: str, application_id: UUID) -> HttpResponse:
    application = selectors.get_application_at(tenant_id, realm_id, application_id)
    return _public(JsonResponse(issuer.discovery(application)))


@cors.readable_anywhere
@oauth_endpoint("GET", "HEAD")
def jwks(request: HttpRequest, tenant_id: str, realm_id: str, application_id: UUID) -> HttpResponse:
    application = selectors.get_application_at(tenant_id, realm_id, application_id)
    return _public(JsonResponse(keys.jwks(application.realm)), _KEYS_CACHE)


def _public(response: HttpResponse, cache: str = _CACHE) -> HttpResponse:
    response["Cache-Control"] = cache
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response
