"""How long requests take, by face and by class of status; and the way to what was measured.

Every request that comes to Django is measured, until its answer begins. What is repeated ahead of it (see ahead) is not.
"""

import time
from collections.abc import Callable
from functools import lru_cache

from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest, HttpResponse
from prometheus_client import Histogram

from apps.events import meters
from apps.web import metrics

Answer = Callable[[HttpRequest], HttpResponse]

FACES = frozenset({"api", "oidc", "scim", "console", "hosted", "sdk", "web"})
_CLASSES = {2: "2xx", 3: "3xx", 4: "4xx", 5: "5xx"}
_seconds = Histogram(
    "identity_cloud_request_seconds",
    "Time until the answer begins; not of documents repeated from memory (discovery, keys).",
    ["face", "status"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
    registry=meters.COUNTED,
)


class Measured:
    """The outermost middleware, and none at all where nothing is measured."""

    def __init__(self, get_response: Answer) -> None:
        if not meters.are_on():
            raise MiddlewareNotUsed
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info == metrics.PATH:  # hosts are asked one by one, by names that are not public ones
            return metrics.metrics(request)
        began = time.perf_counter()
        response = self.get_response(request)
        match = request.resolver_match
        face = _face(getattr(match.func, "__module__", "")) if match else "web"
        _histogram(face, _CLASSES.get(response.status_code // 100, "other")).observe(time.perf_counter() - began)
        return response


@lru_cache(maxsize=256)
def _face(module: str) -> str:
    """Of the module that a view stands in. What no face answers is the web's: static files, paths that there are not."""
    parts = module.split(".")
    return parts[1] if parts[0] == "apps" and parts[1] in FACES else "web"


@lru_cache(maxsize=64)
def _histogram(face: str, status: str) -> Histogram:
    return _seconds.labels(face, status)
