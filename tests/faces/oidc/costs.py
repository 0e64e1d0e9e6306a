"""The requests that a sign-in is made of, one after the other, each ready to be counted or timed."""

import json
from collections.abc import Callable, Iterator
from urllib.parse import urlencode

from django.conf import settings
from django.db import connection
from django.http import HttpResponse
from django.test.utils import CaptureQueriesContext

from apps.authentication.models import LoginFlow
from apps.core import secrets
from apps.credentials import invoke
from apps.credentials.services import passkeys
from tests import ceremonies
from tests.authenticator import SoftPasskey
from tests.ceremonies import Client
from tests.faces.oidc.shop import FORM, Shop

Ask = Callable[[], HttpResponse]
JSON = "application/json"
# The transaction's own statements.
UNCOUNTED = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE SAVEPOINT")


def queries_of(ask: Ask) -> list[str]:
    """Every statement of a request that succeeds."""
    with CaptureQueriesContext(connection) as captured:
        response = ask()
    assert response.status_code in (200, 302), response.content
    return [query["sql"] for query in captured if not query["sql"].startswith(UNCOUNTED)]


def requests(shop: Shop) -> Iterator[tuple[str, Ask]]:
    """(name, request). Keys are read once in a process's life, which is not what is counted: they are warm."""
    shop.userinfo(shop.tokens()["access_token"])
    yield "discovery", lambda: shop.browser.get(shop.path(".well-known/openid-configuration"))
    yield "jwks", lambda: shop.browser.get(shop.path(".well-known/jwks.json"))
    yield "authorize, to the authenticator", shop.authorize
    yield "authenticate", authenticate(shop)
    shop.sign_in()
    yield "authorize, answered by a session", shop.authorize
    form = shop.party.form(shop.code())
    yield "token, a code", lambda: shop.token(form)
    token = shop.tokens()["access_token"]
    yield "userinfo", lambda: shop.userinfo(token)
    yield "bind", bind(shop)
    yield "token, client credentials", own_behalf(shop)
    yield "introspect", introspect(shop, token)
    yield from renewing(shop)


def authenticate(shop: Shop) -> Ask:
    shop.authorize()
    flow = LoginFlow.objects.latest("created_at")
    proof = shop.passkey.get(secrets.from_base64url(flow.nonce), origin=ceremonies.origin())
    body = json.dumps({"transaction_id": str(flow.pk), "proof": proof})
    own = {"Origin": settings.IDENTITY_CLOUD_AUTH_URL}
    return lambda: shop.browser.post(shop.path("bi-authenticate"), body, content_type=JSON, headers=own)


def bind(shop: Shop) -> Ask:
    invitation = ceremonies.invite(shop.world, shop.world.bob)
    token = ceremonies.token_of(invitation.link)
    handle = secrets.from_base64url(passkeys.user_handle(shop.world.bob))
    challenge = ceremonies.bind_challenge(invitation.job, token)
    made = SoftPasskey().create(challenge, origin=ceremonies.origin(), user_handle=handle)
    body = json.dumps({"type": "WEBAUTHN", "raw": made.raw})
    bearer = {"Authorization": f"Bearer {token}"}
    path = f"{invoke.job_path(invitation.job)}:bind"
    return lambda: shop.browser.post(path, body, content_type=JSON, headers=bearer)


def introspect(shop: Shop, token: str) -> Ask:
    body = urlencode({"token": token})
    return lambda: shop.browser.post(shop.path("introspect"), body, content_type=FORM, headers=shop.basic())


def renewing(shop: Shop) -> Iterator[tuple[str, Ask]]:
    """A public application's refresh tokens."""
    tokens = {"expires_after": 3600, "token_signing_algorithm": "ES256", "refresh_token": {"enabled": True}}
    shop.register(confidentiality="public", token_configuration=tokens)
    form = shop.party.form(shop.code())
    yield "token, a code for a refresh token too", lambda: shop.token(form)
    refresh = {"grant_type": "refresh_token", "client_id": shop.application.client_id}
    token = shop.tokens()["refresh_token"]
    yield "token, a refresh token", lambda: shop.token({**refresh, "refresh_token": token})


def own_behalf(shop: Shop) -> Ask:
    acme = shop.world.acme
    api = Shop(shop.world, shop.browser, Client(acme.management_api, acme.management_secret), shop.passkey)
    form = {"grant_type": "client_credentials"}
    api.token(form, **api.basic())
    return lambda: api.token(form, **api.basic())
