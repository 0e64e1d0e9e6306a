"""A Django site whose people sign in by mozilla-django-oidc, as its documentation shows it: a user row and a session.

Configured by ISSUER, CLIENT_ID, CLIENT_SECRET, PORT. GET /sign-in goes to the provider, / shows who is signed in.
"""

import json
import os
import secrets
import tempfile
from socketserver import ThreadingMixIn
from urllib.request import urlopen
from wsgiref.simple_server import WSGIServer, make_server

import django
from django.conf import settings
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path

ISSUER, PORT = os.environ["ISSUER"], int(os.environ["PORT"])
with urlopen(f"{ISSUER}/.well-known/openid-configuration") as answer:  # noqa: S310 - the provider under test
    provider = json.load(answer)

settings.configure(
    ALLOWED_HOSTS=["localhost"],
    AUTHENTICATION_BACKENDS=["mozilla_django_oidc.auth.OIDCAuthenticationBackend"],
    DATABASES={
        "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": f"{tempfile.mkdtemp(prefix='identity-cloud-rp-')}/db"}
    },
    INSTALLED_APPS=[
        "django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "mozilla_django_oidc",
    ],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
    ],
    ROOT_URLCONF=__name__,
    SECRET_KEY=secrets.token_urlsafe(48),
    SESSION_COOKIE_NAME="site_session",
    USE_TZ=True,
    LOGIN_REDIRECT_URL="/",
    LOGIN_REDIRECT_URL_FAILURE="/?refused=1",
    OIDC_RP_CLIENT_ID=os.environ["CLIENT_ID"],
    OIDC_RP_CLIENT_SECRET=os.environ["CLIENT_SECRET"],
    OIDC_RP_SIGN_ALGO=provider["id_token_signing_alg_values_supported"][0],
    OIDC_RP_SCOPES="openid email",
    OIDC_OP_AUTHORIZATION_ENDPOINT=provider["authorization_endpoint"],
    OIDC_OP_TOKEN_ENDPOINT=provider["token_endpoint"],
    OIDC_OP_USER_ENDPOINT=provider["userinfo_endpoint"],
    OIDC_OP_JWKS_ENDPOINT=provider["jwks_uri"],
    OIDC_USE_PKCE=True,
)  # fmt: skip
django.setup()

from mozilla_django_oidc.views import (  # noqa: E402 - reads the settings above
    OIDCAuthenticationCallbackView,
    OIDCAuthenticationRequestView,
)


def home(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"email": getattr(request.user, "email", ""), "refused": "refused" in request.GET})


urlpatterns = [
    path("", home),
    path("sign-in", OIDCAuthenticationRequestView.as_view(), name="oidc_authentication_init"),
    path("callback", OIDCAuthenticationCallbackView.as_view(), name="oidc_authentication_callback"),
]


class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


if __name__ == "__main__":
    application = get_wsgi_application()
    call_command("migrate", verbosity=0)
    make_server("127.0.0.1", PORT, application, Server).serve_forever()
