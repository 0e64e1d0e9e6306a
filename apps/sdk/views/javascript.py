"""Where a web app loads our SDK from (contract/extensions.md §1): any origin may, for it holds nobody's secrets."""

import re

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.views.decorators.http import require_safe

from apps.sdk import javascript

_VERSIONED = re.compile(r"(\d{1,4}\.\d{1,4}\.\d{1,4})/(.+)")
_FOR_EVER = "public, max-age=31536000, immutable"
_ASK_FIRST = "public, no-cache"  # its parts must be of one version: each is asked for, and seldom sent again


@require_safe
def module(request: HttpRequest, file_name: str) -> HttpResponse:
    """The newest under its bare name, to be asked for each time; under its version for ever. A page that names an older
    version of the same major is sent on to the newest, which does what that one did."""
    versioned = _VERSIONED.fullmatch(file_name)
    name = versioned[2] if versioned else file_name
    found = javascript.file(name)
    if found is None:
        raise Http404
    if versioned and versioned[1] != javascript.version():
        return _readable(_sent_on(versioned[1], name))
    sent = _sent(request, found)
    response = get_conditional_response(request, etag=sent["ETag"], response=sent) or sent
    response["Cache-Control"] = _FOR_EVER if versioned else _ASK_FIRST
    response["Content-Location"] = f"/sdk/{javascript.version()}/{name}"
    return _readable(response)


def _sent(request: HttpRequest, found: javascript.File) -> HttpResponse:
    packed = "gzip" in request.headers.get("Accept-Encoding", "")
    response = HttpResponse(found.compressed if packed else found.body, content_type=found.content_type)
    if packed:
        response["Content-Encoding"] = "gzip"
    response["ETag"] = f'"{found.etag}"'
    return response


def _sent_on(version: str, name: str) -> HttpResponse:
    if version.partition(".")[0] != javascript.version().partition(".")[0]:
        raise Http404
    response = HttpResponse(status=302)
    response["Location"] = f"/sdk/{name}"
    response["Cache-Control"] = _ASK_FIRST
    return response


def _readable(response: HttpResponse) -> HttpResponse:
    response["Access-Control-Allow-Origin"] = "*"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    patch_vary_headers(response, ("Accept-Encoding",))
    return response
