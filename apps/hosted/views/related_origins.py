"""`/.well-known/webauthn` (WebAuthn L3 §5.11.1): which other origins may ask for passkeys of this host's name.

A browser that lets one of them ask changes nothing here: a proof is believed from its application's own origins alone.
"""

from django.http import HttpRequest, HttpResponse, JsonResponse

from apps.authenticators import selectors as authenticators
from apps.hosted import errors

SECONDS = 300


@errors.page_view("GET", "HEAD")
def related_origins(request: HttpRequest) -> HttpResponse:
    response = JsonResponse({"origins": authenticators.related_origins()})
    response["Cache-Control"] = f"public, max-age={SECONDS}"
    response["Access-Control-Allow-Origin"] = "*"  # a public document, fetched without credentials
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response
