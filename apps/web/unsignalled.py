"""Django's WSGI application, which tells nobody where one of the busiest requests begins and ends.

Who listens to request_started and request_finished is Django itself: to forget the queries of its debug mode, which nobody
runs here, to close caches, which close nothing, and to look after the connection to the database. The last is done here, and
the whole is a tenth of a client's token. Middlewares, views and answers to what fails are the same.
"""

from collections.abc import Callable, Iterable
from typing import Any

from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest
from django.urls import ResolverMatch

from apps.core.own_connection import own_connection
from apps.web import endpoints

_BEGINNING = "/v1/tenants/"
_ENDINGS = ("/token", "/authorize", "/introspect", "/userinfo", "/revoke")


class Unsignalled(WSGIHandler):
    def __call__(  # type: ignore[override]  # which the stub takes for a view
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        if not _is_known(environ["PATH_INFO"]):
            return super().__call__(environ, start_response)
        request = self.request_class(environ)
        try:
            response = self._middleware_chain(request)  # type: ignore[attr-defined]  # nor does the stub know it
            headers = [*response.items(), *(("Set-Cookie", each.OutputString()) for each in response.cookies.values())]
            start_response(f"{response.status_code} {response.reason_phrase}", headers)
            return (response.content,)
        finally:
            request.close()
            own_connection().close_if_unusable_or_obsolete()

    def resolve_request(self, request: HttpRequest) -> ResolverMatch:
        if not _is_known(request.path_info):
            return super().resolve_request(request)
        request.resolver_match = match = endpoints.match_of(request.path_info)
        return match


def _is_known(path: str) -> bool:
    return path.startswith(_BEGINNING) and path.endswith(_ENDINGS)
