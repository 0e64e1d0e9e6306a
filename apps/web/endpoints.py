"""The way to the busiest endpoints, OAuth's and SCIM's: past everything that is made for pages (sessions of forms, messages,
templates, static files), with the same bounds and headers as anywhere else."""

from collections.abc import Callable
from functools import lru_cache

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import ResolverMatch, resolve

from apps.web.middleware import PERMISSIONS_POLICY, SHOWS_NOTHING, BoundedBody

Answer = Callable[[HttpRequest], HttpResponse]

_BEGINNING = "/v1/tenants/"
_ENDINGS = ("/token", "/introspect", "/userinfo", "/revoke")
_SCIM, _SCIM_ENDINGS = "/scim/v2/", ("/Users", "/Groups", "/Bulk")


class Endpoints:
    """A middleware that stands before those for pages."""

    def __init__(self, get_response: Answer) -> None:
        self.page = get_response
        self.endpoint = BoundedBody(_view)
        self.headers = {
            "Cache-Control": "no-store",
            "Content-Security-Policy": SHOWS_NOTHING,
            "Cross-Origin-Opener-Policy": settings.SECURE_CROSS_ORIGIN_OPENER_POLICY,
            "Cross-Origin-Resource-Policy": "same-origin",
            "Permissions-Policy": PERMISSIONS_POLICY,
            "Referrer-Policy": settings.SECURE_REFERRER_POLICY,
            "X-Content-Type-Options": "nosniff",
        }
        if settings.SECURE_HSTS_SECONDS:
            self.headers["Strict-Transport-Security"] = f"max-age={settings.SECURE_HSTS_SECONDS}; includeSubDomains"

    def __call__(self, request: HttpRequest) -> HttpResponse:
        path = request.path_info
        if not (path.startswith(_BEGINNING) and (path.endswith(_ENDINGS) or _SCIM in path)):
            return self.page(request)
        request.get_host()  # raises DisallowedHost
        response = self.endpoint(request)
        for name, value in self.headers.items():
            response.headers.setdefault(name, value)
        response.headers.setdefault("Content-Length", str(len(response.content)))
        return response


def _view(request: HttpRequest) -> HttpResponse:
    path = request.path_info
    names_a_thing = _SCIM in path and not path.endswith(_SCIM_ENDINGS)  # of which there are too many to keep
    request.resolver_match = match = resolve(path) if names_a_thing else _match(path)
    return match.func(request, *match.args, **match.kwargs)


@lru_cache(maxsize=4096)
def _match(path: str) -> ResolverMatch:
    """Paths are few, for a path names an application; trying one pattern after the other costs as much as signing."""
    return resolve(path)
