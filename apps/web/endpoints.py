"""The way to OAuth's busiest endpoints: past everything that is made for pages (sessions of forms, messages, templates,
static files), with the same bounds and headers as anywhere else."""

from collections.abc import Callable
from functools import lru_cache

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import ResolverMatch, resolve

from apps.web.middleware import PERMISSIONS_POLICY, BoundedBody

Answer = Callable[[HttpRequest], HttpResponse]

_BEGINNING = "/v1/tenants/"
_ENDINGS = ("/token", "/introspect", "/userinfo", "/revoke")


class Endpoints:
    """A middleware that stands before those for pages."""

    def __init__(self, get_response: Answer) -> None:
        self.page = get_response
        self.endpoint = BoundedBody(_view)
        self.headers = {
            "Cache-Control": "no-store",
            "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
            "Cross-Origin-Opener-Policy": settings.SECURE_CROSS_ORIGIN_OPENER_POLICY,
            "Cross-Origin-Resource-Policy": "same-origin",
            "Permissions-Policy": PERMISSIONS_POLICY,
            "Referrer-Policy": settings.SECURE_REFERRER_POLICY,
            "X-Content-Type-Options": "nosniff",
        }
        if settings.SECURE_HSTS_SECONDS:
            self.headers["Strict-Transport-Security"] = f"max-age={settings.SECURE_HSTS_SECONDS}; includeSubDomains"

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not (request.path_info.endswith(_ENDINGS) and request.path_info.startswith(_BEGINNING)):
            return self.page(request)
        request.get_host()  # raises DisallowedHost
        response = self.endpoint(request)
        for name, value in self.headers.items():
            response.headers.setdefault(name, value)
        response.headers.setdefault("Content-Length", str(len(response.content)))
        return response


def _view(request: HttpRequest) -> HttpResponse:
    request.resolver_match = match = _match(request.path_info)
    return match.func(request, *match.args, **match.kwargs)


@lru_cache(maxsize=4096)
def _match(path: str) -> ResolverMatch:
    """Paths are few, for a path names an application; trying one pattern after the other costs as much as signing."""
    return resolve(path)
