"""What a request costs the database. A number here may go down; one that goes up is a decision, taken in review."""

import json
from typing import Any

import pytest
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
from tests.faces.oidc.shop import Shop

TRANSACTION = ("BEGIN", "SAVEPOINT", "RELEASE SAVEPOINT")

# What each request may cost, the transaction's own statements left out.
ALLOWED = {
    "discovery": 1,
    "jwks": 2,
    "authorize, to the authenticator": 4,
    "authorize, answered by a session": 7,
    "authenticate": 12,
    "token, a code": 7,
    "token, client credentials": 4,
    "userinfo": 4,
    "bind": 9,
}


def cost(ask: Any) -> tuple[HttpResponse, list[str]]:
    with CaptureQueriesContext(connection) as captured:
        response = ask()
    return response, [query["sql"] for query in captured if not query["sql"].startswith(TRANSACTION)]


def within(name: str, ask: Any, status: int) -> HttpResponse:
    response, queries = cost(ask)
    assert response.status_code == status, response.content
    assert len(queries) <= ALLOWED[name], f"{name}: {len(queries)}\n" + "\n".join(queries)
    return response


@pytest.fixture
def warm(shop: Shop) -> Shop:
    """Keys are read once in a process's life, which is not what is counted here."""
    shop.userinfo(shop.tokens()["access_token"])
    return shop


def test_discovery_and_keys(warm: Shop) -> None:
    within("discovery", lambda: warm.browser.get(warm.path(".well-known/openid-configuration")), 200)
    within("jwks", lambda: warm.browser.get(warm.path(".well-known/jwks.json")), 200)


def test_authorize(warm: Shop) -> None:
    within("authorize, to the authenticator", warm.authorize, 302)
    warm.sign_in()
    silent = within("authorize, answered by a session", warm.authorize, 302)
    assert "code=" in silent["Location"]


def test_authenticate(warm: Shop) -> None:
    warm.authorize()
    flow = LoginFlow.objects.latest("created_at")
    proof = warm.passkey.get(secrets.from_base64url(flow.nonce), origin=ceremonies.origin())
    body = json.dumps({"transaction_id": str(flow.pk), "proof": proof})
    own = {"Origin": settings.IDENTITY_CLOUD_AUTH_URL}
    path = warm.path("bi-authenticate")
    answer = within(
        "authenticate",
        lambda: warm.browser.post(path, body, content_type="application/json", headers=own),
        200,
    )
    assert answer.json()["type"] == "allow"


def test_token(warm: Shop) -> None:
    form = warm.party.form(warm.code())
    within("token, a code", lambda: warm.token(form), 200)
    warm.party = Client(warm.world.acme.management_api, warm.world.acme.management_secret)
    form = {"grant_type": "client_credentials"}
    warm.token(form, **warm.basic())
    within("token, client credentials", lambda: warm.token(form, **warm.basic()), 200)


def test_userinfo(warm: Shop) -> None:
    token = warm.tokens()["access_token"]
    within("userinfo", lambda: warm.userinfo(token), 200)


def test_bind(warm: Shop) -> None:
    invitation = ceremonies.invite(warm.world, warm.world.bob)
    token = ceremonies.token_of(invitation.link)
    handle = secrets.from_base64url(passkeys.user_handle(warm.world.bob))
    challenge = ceremonies.bind_challenge(invitation.job, token)
    made = SoftPasskey().create(challenge, origin=ceremonies.origin(), user_handle=handle)
    body = json.dumps({"type": "WEBAUTHN", "raw": made.raw})
    path = f"{invoke.job_path(invitation.job)}:bind"
    bearer = {"Authorization": f"Bearer {token}"}
    within("bind", lambda: warm.browser.post(path, body, content_type="application/json", headers=bearer), 200)
