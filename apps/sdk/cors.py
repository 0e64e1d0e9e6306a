"""Which pages of other origins may read what the SDK's endpoints answer (contract/wire.md §3.6, extensions.md §5).

Exactly the origins that the authenticator config trusts, compared as they are and never with credentials; anybody else is
told nothing, not even that there are some.
"""

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers

from apps.applications import selectors as applications
from apps.core.errors import NotFound
from apps.credentials import selectors as credentials

View = Callable[..., HttpResponse]
Origins = Callable[..., Iterable[str]]
PLAIN = "content-type, x-correlation-id"
WITH_TOKEN = "authorization, content-type, x-correlation-id"
_SECONDS = "600"
_SHOWN = "Age, Date, Retry-After, X-Correlation-Id"


def of_job(**path: Any) -> Iterable[str]:
    """Where the app is that a binding link leads to."""
    return credentials.trusted_origins_of_job(**path)


def of_application(tenant_id: str, realm_id: str, application_id: Any) -> Iterable[str]:
    try:
        application = applications.kept_application_at(tenant_id, realm_id, application_id)
    except NotFound:
        return ()
    config = application.authenticator_config
    return config.trusted_origins if config else ()


def readable_by_app(origins_at: Origins, *methods: str, headers: str) -> Callable[[View], View]:
    """Outermost: errors are to be read too. `headers` are those that a page may send beyond the plain ones."""

    def decorate(view: View) -> View:
        @wraps(view)
        def answer(request: HttpRequest, **path: Any) -> HttpResponse:
            asked = request.method == "OPTIONS"
            response = HttpResponse(status=204) if asked else view(request, **path)
            if asked:
                response["Allow"] = ", ".join((*methods, "OPTIONS"))
            patch_vary_headers(response, ("Origin",))
            origin = request.headers.get("Origin", "")
            if origin and origin in origins_at(**path):
                response["Access-Control-Allow-Origin"] = origin
                if asked:
                    response["Access-Control-Allow-Methods"] = ", ".join(methods)
                    response["Access-Control-Allow-Headers"] = headers
                    response["Access-Control-Max-Age"] = _SECONDS
                else:
                    response["Access-Control-Expose-Headers"] = _SHOWN
            return response

        return answer

    return decorate
