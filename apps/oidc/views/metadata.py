"""Discovery and keys: public, cached by whoever asks, free of sessions and templates."""

import hashlib
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag

from apps.applications import selectors
from apps.events import keys as checkpoint_keys
from apps.oidc import cors
from apps.oidc.errors import oauth_endpoint
from apps.realms import selectors as realms
from apps.tokens import issuer, keys

_CACHE = "public, max-age=300"
_KEYS_CACHE = "public, max-age=60"  # a key that leaked is retired everywhere within a minute (anchors C11)


@cors.readable_anywhere
@oauth_endpoint("GET", "HEAD")
def discovery(request: HttpRequest, tenant_id: str, realm_id: str, application_id: UUID) -> HttpResponse:
    application = selectors.kept_application_at(tenant_id, realm_id, application_id)
    return _public(request, JsonResponse(issuer.discovery(application)))


@cors.readable_anywhere
@oauth_endpoint("GET", "HEAD")
def jwks(request: HttpRequest, tenant_id: str, realm_id: str, application_id: UUID) -> HttpResponse:
    application = selectors.kept_application_at(tenant_id, realm_id, application_id)
    return _public(request, JsonResponse(keys.jwks(application.realm)), _KEYS_CACHE)


@cors.readable_anywhere
@oauth_endpoint("GET", "HEAD")
def event_keys(request: HttpRequest, tenant_id: str, realm_id: str) -> HttpResponse:
    """What the checkpoints of the realm's record are signed with (contract/extensions.md §7)."""
    realm = realms.get_realm(tenant_id, realm_id)
    return _public(request, JsonResponse(checkpoint_keys.jwks(realm.tenant_id)), _KEYS_CACHE)


def _public(request: HttpRequest, response: HttpResponse, cache: str = _CACHE) -> HttpResponse:
    """304 for who has it already (RFC 9110 §13.1.2)."""
    response["Cache-Control"] = cache
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    response["ETag"] = etag = quote_etag(hashlib.sha256(response.content).hexdigest()[:32])
    return get_conditional_response(request, etag=etag, response=response) or response
