"""Around every request: its correlation id, bounds on its body, headers that keep private pages private."""

from collections.abc import Callable
from urllib.parse import unquote_to_bytes

from csp.middleware import CSPMiddleware
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers

from apps.bulk.files import MOST_BYTES
from apps.credentials.devices import ASKED_HINTS
from apps.web import errors, views
from apps.web.arriving import BODY_BYTES, NO_ROOM
from apps.web.context import correlation_id_of

Answer = Callable[[HttpRequest], HttpResponse]

PERMISSIONS_POLICY = (
    "publickey-credentials-get=(self), publickey-credentials-create=(self), camera=(), microphone=(), geolocation=()"
)
SHOWS_NOTHING = "default-src 'none'; frame-ancestors 'none'"
_HINTS = ", ".join(ASKED_HINTS)  # rules may ask for versions, which a browser tells only when it is asked
_AUTHENTICATION_BODY_BYTES = 65_536
_AUTHENTICATION_ENDINGS = (
    "/token", "/revoke", "/introspect", "/par", "/bi-authenticate", ":introspect", ":bind", ":getInfo", "/userinfo",
    "/end-session", "/end-session/confirm", "/device_authorization", "/device",
)  # fmt: skip
_PATH_CHARACTERS, _HOST_CHARACTERS = 4_096, 255
_PROBES: dict[str, Answer] = {"/healthz": views.healthz, "/readyz": views.readyz}
# A file of people: the view knows who sends it before it reads any, and then it is written to disk as it comes.
_FILES_BELOW, _FILE_ENDING, _FILE_BYTES = "/console/realms/", "/identities/import", MOST_BYTES + 65_536


class Correlation:
    """Gives every request a correlation id and says it in the answer."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        correlation_id = correlation_id_of(request)
        response = self.get_response(request)
        response["X-Correlation-Id"] = correlation_id
        return response


class BoundedHead:
    """No path and no host of ours is longer than this; whatever remembers them by their text remembers a bounded number."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if len(request.path_info) > _PATH_CHARACTERS:
            return errors.answer(request, 404)
        if len(request.META.get("HTTP_HOST", "")) > _HOST_CHARACTERS:
            return errors.answer(request, 400)
        return self.get_response(request)


class Probes:
    """/healthz and /readyz under any name: a load balancer asks each process by its address, which is no public name."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        probe = _PROBES.get(request.path_info)
        return probe(request) if probe else self.get_response(request)


class NotAllowed:
    """A view that takes other methods only says so without a word; whoever reloads what a form was sent to reads some."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not isinstance(response, HttpResponseNotAllowed) or response.content:
            return response
        told = errors.answer(request, 405)
        told["Allow"] = response["Allow"]
        return told


class BoundedBody:
    """Refuses what no endpoint wants, before anything is read: 413, 415, 400. And what there is no room to read: 503."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "\x00" in request.path_info or self._holds_nul(request):
            return errors.answer(request, 400, "invalid request")
        if NO_ROOM in request.META:
            return _come_again(errors.answer(request, 503))
        length = request.META.get("CONTENT_LENGTH") or "0"
        if not length.isascii() or not length.isdigit():
            return errors.answer(request, 400, "invalid request")
        if int(length) > _bound(request):
            return errors.answer(request, 413, "the request is too large")
        if request.META.get("HTTP_CONTENT_ENCODING", "identity") != "identity":
            return errors.answer(request, 415, "compressed requests are not accepted")
        return self.get_response(request)

    def _holds_nul(self, request: HttpRequest) -> bool:
        """The authorization endpoint looks for itself: what it refuses is on record."""
        query = request.META.get("QUERY_STRING", "")
        return b"\x00" in unquote_to_bytes(query) and not request.path.endswith("/authorize")


def _come_again(response: HttpResponse) -> HttpResponse:
    response["Retry-After"] = "1"
    return response


def _bound(request: HttpRequest) -> int:
    if request.path.startswith(_FILES_BELOW) and request.path.endswith(_FILE_ENDING):
        return _FILE_BYTES if request.META.get("CONTENT_TYPE", "").startswith("multipart/form-data") else BODY_BYTES
    return _AUTHENTICATION_BODY_BYTES if request.path.endswith(_AUTHENTICATION_ENDINGS) else BODY_BYTES


class PrivatePages:
    """Pages are nobody else's to keep, frame or read; a fragment for htmx is not the page."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not response.has_header("Cache-Control"):
            response["Cache-Control"] = "no-store"
        response["Permissions-Policy"] = PERMISSIONS_POLICY
        if not response.has_header("Cross-Origin-Resource-Policy"):
            response["Cross-Origin-Resource-Policy"] = "same-origin"
        if response.get("Content-Type", "").startswith("text/html"):
            patch_vary_headers(response, ("HX-Request",))
            response["Accept-CH"] = _HINTS
        return response


class ContentPolicy(CSPMiddleware):
    """A redirect without a body shows nothing, so its policy need not be put together: a tenth of what one by the
    authorization endpoint costs."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if response.status_code != 302 or not isinstance(response, HttpResponse) or response.content:
            return super().process_response(request, response)
        response.headers.setdefault("Content-Security-Policy", SHOWS_NOTHING)
        return response
