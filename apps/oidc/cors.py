"""What scripts of other origins may read (RFC 9700 §2.6): what is public anyway, and a client's own pages its own answers.

Never with credentials, and never the authorization endpoint, which is a place for people.
"""

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers

from apps.applications import selectors
from apps.core.errors import NotFound

View = Callable[..., HttpResponse]
_HEADERS = "authorization, content-type, dpop"
_SHOWN = "DPoP-Nonce, WWW-Authenticate"
_SECONDS = "600"


def readable_anywhere(view: View) -> View:
    """For discovery and keys."""

    @wraps(view)
    def answer(request: HttpRequest, **path: Any) -> HttpResponse:
        response = _preflight("GET, HEAD, OPTIONS") if request.method == "OPTIONS" else view(request, **path)
        response["Access-Control-Allow-Origin"] = "*"
        response["Access-Control-Expose-Headers"] = "Age, Date"  # the time here, for a device whose clock is wrong
        return response

    return answer


def readable_by_client(*methods: str) -> Callable[[View], View]:
    """For endpoints that a client without a server of its own calls from its page."""

    def decorate(view: View) -> View:
        @wraps(view)
        def answer(request: HttpRequest, **path: Any) -> HttpResponse:
            asked = request.method == "OPTIONS"
            response = _preflight(", ".join((*methods, "OPTIONS"))) if asked else view(request, **path)
            patch_vary_headers(response, ("Origin",))
            origin = request.META.get("HTTP_ORIGIN", "")
            if origin and origin in _origins_at(**path):
                response["Access-Control-Allow-Origin"] = origin
                response["Access-Control-Expose-Headers"] = _SHOWN
            return response

        return answer

    return decorate


def _preflight(methods: str) -> HttpResponse:
    response = HttpResponse(status=204)
    response["Allow"] = response["Access-Control-Allow-Methods"] = methods
    response["Access-Control-Allow-Headers"] = _HEADERS
    response["Access-Control-Max-Age"] = _SECONDS
    return response


def _origins_at(**path: Any) -> frozenset[str]:
    """Where the application's pages are: its redirect URIs, and what its authenticator trusts."""
    try:
        application = selectors.kept_application_at(path["tenant_id"], path["realm_id"], path["application_id"])
    except NotFound:
        return frozenset()
    config = application.authenticator_config
    return frozenset(_origins(application.redirect_uri_list)) | frozenset(config.trusted_origins if config else ())


def _origins(uris: Iterable[str]) -> Iterable[str]:
    for parts in map(urlsplit, uris):
        if parts.scheme in ("https", "http"):
            yield f"{parts.scheme}://{parts.netloc}"
