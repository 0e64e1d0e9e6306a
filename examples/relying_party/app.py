"""A shop whose customers sign in with Identity Cloud: what an application of yours has to do, and no more.

Authlib does the protocol (discovery, code, PKCE, state, nonce, the ID token's signature); Django is only the web
framework. ISSUER, CLIENT_ID and CLIENT_SECRET say who signs people in; PORT is where the shop listens.
"""

import base64
import json
import os
import secrets
from datetime import UTC, datetime
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from authlib.integrations.base_client import OAuthError
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_POST, require_safe
from joserfc.errors import JoseError
from requests import RequestException

ISSUER, CLIENT_ID, CLIENT_SECRET = os.environ["ISSUER"], os.environ["CLIENT_ID"], os.environ["CLIENT_SECRET"]
PORT = int(os.environ.get("PORT", "3000"))

settings.configure(
    ALLOWED_HOSTS=["localhost"],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
    ],
    ROOT_URLCONF=__name__,
    SECRET_KEY=secrets.token_urlsafe(48),
    SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies",
    # Cookies know no ports: names of its own keep the shop's apart from the provider's on the same host.
    SESSION_COOKIE_NAME="shop_session",
    CSRF_COOKIE_NAME="shop_csrf",
    TEMPLATES=[
        {"BACKEND": "django.template.backends.django.DjangoTemplates", "DIRS": [Path(__file__).resolve().parent]}
    ],
    USE_TZ=True,
)

from authlib.integrations.django_client import OAuth  # noqa: E402 - reads the settings above

oauth = OAuth()
provider = oauth.register(
    "identity_cloud",
    client_id=CLIENT_ID,
    client_secret=CLIENT_SECRET,
    server_metadata_url=f"{ISSUER}/.well-known/openid-configuration",
    client_kwargs={"scope": "openid profile email", "code_challenge_method": "S256"},
)


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    return render(request, "page.html", {"customer": request.session.get("customer"), "issuer": ISSUER})


@require_POST
def sign_in(request: HttpRequest) -> HttpResponse:
    try:
        return provider.authorize_redirect(request, f"http://localhost:{PORT}/callback")
    except RequestException:
        return refuse(request, "Identity Cloud does not answer. Is it running?", 502)


@require_safe
def callback(request: HttpRequest) -> HttpResponse:
    """Authlib compares the state, redeems the code, and checks the ID token's signature, audience, times and nonce."""
    if request.GET.get("iss") != ISSUER:  # RFC 9207: an answer from elsewhere must not be redeemed here
        return refuse(request, "The answer came from another issuer.")
    try:
        token = provider.authorize_access_token(request)
        profile = provider.userinfo(token=token)
    except OAuthError as refusal:
        return refuse(request, refusal.description or refusal.error)
    except (JoseError, RequestException) as problem:
        return refuse(request, f"The tokens could not be verified: {problem}")
    request.session.cycle_key()
    request.session["customer"] = {
        "name": profile.get("name") or profile["sub"],
        "seen": [
            {"title": "ID token", "note": "who signed in, when and how; verified", "claims": shown(token["userinfo"])},
            {"title": "Userinfo", "note": "asked for with the access token", "claims": shown(profile)},
            {"title": "Access token", "note": "for an API to read", "claims": shown(claims_of(token["access_token"]))},
        ],
    }
    return redirect("/")


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    request.session.flush()
    return redirect("/")


def refuse(request: HttpRequest, reason: str, status: int = 403) -> HttpResponse:
    return render(request, "page.html", {"refusal": reason, "issuer": ISSUER}, status=status)


def claims_of(token: str) -> dict[str, Any]:
    """Read and not verified: an access token is for the API it is sent to. Looked into here only to be learned from."""
    body = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))


def shown(claims: dict[str, Any]) -> list[list[str]]:
    """[[claim, value]], with times that a person can read."""
    return [[name, in_words(name, value)] for name, value in claims.items() if value != ""]


def in_words(name: str, value: Any) -> str:
    if name in ("exp", "iat", "nbf", "auth_time"):
        return f"{datetime.fromtimestamp(value, UTC):%Y-%m-%d %H:%M:%S} UTC"
    return value if isinstance(value, str) else json.dumps(value)


urlpatterns = [
    path("", home),
    path("sign-in", sign_in),
    path("callback", callback),
    path("sign-out", sign_out),
]


class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class Quiet(WSGIRequestHandler):
    def log_message(self, *args: object) -> None:
        """A query string may hold a code, which belongs in no log."""


if __name__ == "__main__":
    make_server("127.0.0.1", PORT, get_wsgi_application(), Server, Quiet).serve_forever()
