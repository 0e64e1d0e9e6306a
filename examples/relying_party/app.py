"""A shop whose customers sign in with Identity Cloud: what an application of yours has to do, and no more.

Authlib does the protocol (discovery, code, PKCE, state, nonce, the ID token's signature). Django is only the web
framework here. Everything known of the provider is in the file that RELYING_PARTY_CONFIG names.
"""

import json
import os
import secrets
from pathlib import Path

from authlib.integrations.base_client import OAuthError
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_POST, require_safe

PROVIDER = json.loads(Path(os.environ["RELYING_PARTY_CONFIG"]).read_text())
HERE = Path(__file__).resolve().parent

settings.configure(
    ALLOWED_HOSTS=["localhost"],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
    ],
    ROOT_URLCONF=__name__,
    SECRET_KEY=secrets.token_urlsafe(48),
    SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies",
    # Cookies know no ports: a name of its own keeps it apart from the provider's on the same host.
    SESSION_COOKIE_NAME="shop_session",
    CSRF_COOKIE_NAME="shop_csrf",
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "DIRS": [HERE]}],
    USE_TZ=True,
)

from authlib.integrations.django_client import OAuth  # noqa: E402 - reads the settings above

oauth = OAuth()
oauth.register(
    "identity_cloud",
    client_id=PROVIDER["client_id"],
    client_secret=PROVIDER["client_secret"],
    server_metadata_url=f"{PROVIDER['issuer']}/.well-known/openid-configuration",
    client_kwargs={"scope": "openid profile email", "code_challenge_method": "S256"},
)


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    customer = request.session.get("customer")
    shown = json.dumps(customer, indent=2) if customer else ""
    return render(request, "page.html", {"customer": customer, "claims": shown, "issuer": PROVIDER["issuer"]})


@require_POST
def sign_in(request: HttpRequest) -> HttpResponseRedirect:
    return oauth.identity_cloud.authorize_redirect(request, f"{PROVIDER['address']}/callback")


@require_safe
def callback(request: HttpRequest) -> HttpResponse:
    """Authlib compares the state, redeems the code, and checks the ID token's signature, audience, times and nonce."""
    try:
        token = oauth.identity_cloud.authorize_access_token(request)
    except OAuthError as refusal:
        return render(request, "page.html", {"refusal": refusal.description or refusal.error}, status=403)
    profile = oauth.identity_cloud.userinfo(token=token)
    request.session.cycle_key()
    request.session["customer"] = {**token["userinfo"], **profile}
    return redirect("/")


@require_POST
def sign_out(request: HttpRequest) -> HttpResponseRedirect:
    request.session.flush()
    return redirect("/")


urlpatterns = [
    path("", home),
    path("sign-in", sign_in),
    path("callback", callback),
    path("sign-out", sign_out),
]
application = get_wsgi_application()
