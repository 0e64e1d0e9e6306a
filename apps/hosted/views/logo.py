"""A realm's logo as anybody may fetch it: pages, mail programs and their proxies. Its name is the digest of its bytes."""

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils.http import parse_etags

from apps.hosted import errors
from apps.realms import logos


@errors.page_view("GET", "HEAD")
def logo(request: HttpRequest, tenant_id: str, realm_id: str, digest: str) -> HttpResponse:
    """Kept for ever by whoever fetched it. On its own it is a picture and nothing else: no script, no frame, no origin."""
    found = logos.get_logo(tenant_id, realm_id, digest)
    etag = f'"{found.digest}"'
    known = parse_etags(request.headers.get("If-None-Match", ""))
    is_known = "*" in known or etag in (other.removeprefix("W/") for other in known)
    response = HttpResponseNotModified() if is_known else HttpResponse(bytes(found.content))
    if not is_known:
        response["Content-Type"] = found.media_type
    response["ETag"] = etag
    response["Cache-Control"] = "public, max-age=31536000, immutable"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"  # mails, and pages of applications that name it
    return response
