"""The way to the busiest endpoints, OAuth's and SCIM's: past everything that is made for pages (sessions of forms, messages,
templates, static files), with the same bounds and headers as anywhere else. So goes an authorization request, too, that is
answered by a redirect."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeVar

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, ResolverMatch, resolve

from apps.web.middleware import PERMISSIONS_POLICY, SHOWS_NOTHING, BoundedBody

Answer = Callable[[HttpRequest], HttpResponse]
View = TypeVar("View", bound=Callable[..., HttpResponse])

_BEGINNING = "/v1/tenants/"
_ENDINGS = ("/token", "/introspect", "/userinfo", "/revoke")
_PAGES_AT_ONCE = "/authorize"
_HOSTS_KEPT = 256
_SCIM, _SCIM_ENDINGS = "/scim/v2/", ("/Users", "/Groups", "/Bulk")


_at_once: dict[Callable[..., Any], Callable[..., HttpResponse | None]] = {}


def unless_at_once(answer: Callable[..., HttpResponse | None]) -> Callable[[View], View]:
    """For a view of pages that mostly has none to show: `answer` is asked first, and says None where the view is needed."""

    def registered(view: View) -> View:
        _at_once[view] = answer
        return view

    return registered


class Endpoints:
    """A middleware that stands before those for pages."""

    def __init__(self, get_response: Answer) -> None:
        self.page = get_response
        self.endpoint = BoundedBody(_view)
        self.our_hosts: set[str] = set()
        headers = {
            "Cache-Control": "no-store",
            "Content-Security-Policy": SHOWS_NOTHING,
            "Cross-Origin-Opener-Policy": settings.SECURE_CROSS_ORIGIN_OPENER_POLICY,
            "Cross-Origin-Resource-Policy": "same-origin",
            "Permissions-Policy": PERMISSIONS_POLICY,
            "Referrer-Policy": settings.SECURE_REFERRER_POLICY,
            "X-Content-Type-Options": "nosniff",
        }
        if settings.SECURE_HSTS_SECONDS:
            headers["Strict-Transport-Security"] = f"max-age={settings.SECURE_HSTS_SECONDS}; includeSubDomains"
        self.headers = {name.lower(): (name, value) for name, value in headers.items()}

    def __call__(self, request: HttpRequest) -> HttpResponse:
        path = request.path_info
        if not path.startswith(_BEGINNING):
            return self.page(request)
        if path.endswith(_PAGES_AT_ONCE):
            answer = self._answer_at_once(request)
            return self.page(request) if answer is None else self._with_headers(answer)
        if not (path.endswith(_ENDINGS) or _SCIM in path):
            return self.page(request)
        self._require_our_host(request)
        return self._with_headers(self.endpoint(request))

    def _answer_at_once(self, request: HttpRequest) -> HttpResponse | None:
        """What has a body is looked at on the way of pages."""
        if request.META.get("CONTENT_LENGTH") or "HTTP_CONTENT_ENCODING" in request.META:
            return None
        try:
            match = match_of(request.path_info)
        except Resolver404:
            return None
        answer = _at_once.get(match.func)
        if answer is None:
            return None
        self._require_our_host(request)
        request.resolver_match = match
        return answer(request, *match.args, **match.kwargs)

    def _with_headers(self, response: HttpResponse) -> HttpResponse:
        told = response.headers._store  # where Django keeps them: it asks about each by itself whether it may be sent
        for key, header in self.headers.items():
            told.setdefault(key, header)
        response.headers.setdefault("Content-Length", str(len(response.content)))
        return response

    def _require_our_host(self, request: HttpRequest) -> None:
        """Raises DisallowedHost. A name that was once ours is not asked about again."""
        name = request.META.get("HTTP_HOST", "")
        if name in self.our_hosts:
            return
        request.get_host()
        if len(self.our_hosts) < _HOSTS_KEPT:
            self.our_hosts.add(name)


def _view(request: HttpRequest) -> HttpResponse:
    path = request.path_info
    names_a_thing = _SCIM in path and not path.endswith(_SCIM_ENDINGS)  # of which there are too many to keep
    request.resolver_match = match = resolve(path) if names_a_thing else match_of(path)
    return match.func(request, *match.args, **match.kwargs)


@lru_cache(maxsize=4096)
def match_of(path: str) -> ResolverMatch:
    """Paths are few, for a path names an application; trying one pattern after the other costs as much as signing."""
    return resolve(path)
