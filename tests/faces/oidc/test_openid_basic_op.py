"""The OpenID Foundation's Basic OP and Form Post OP plans, module by module: each name below is one of the suite's.

Every test runs for both plans: answers come in the query, or are posted by a form.
"""

import json
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from apps.applications.models import Grant
from apps.authentication.models import Session
from apps.core import secrets
from apps.tokens.services import signing_keys
from tests import ceremonies
from tests.faces.oidc.shop import FORM, Shop, answer_to, leads_to_authenticator, posted_to, tell_everything
from tests.world import REDIRECT_URI


class Plan:
    """A relying party of one response mode."""

    def __init__(self, shop: Shop, mode: str) -> None:
        self.shop = shop
        self.mode = {"response_mode": mode} if mode else {}

    def ask(self, **changes: str | None) -> Any:
        return self.shop.authorize(**{**self.mode, **changes})

    def answer(self, **changes: str | None) -> dict[str, str]:
        return self.read(self.ask(**changes))

    def read(self, response: Any) -> dict[str, str]:
        return posted_to(response, REDIRECT_URI) if self.mode else answer_to(response, REDIRECT_URI)

    def sign_in(self, **changes: str | None) -> dict[str, str]:
        """By passkey; what the client is told in the end."""
        done = self.shop.sign_in(**{**self.mode, **changes})
        if not self.mode:
            return dict(parse_qsl(urlsplit(done.redirect_url).query))
        parts = urlsplit(done.redirect_url)
        return posted_to(self.shop.browser.get(f"{parts.path}?{parts.query}"), REDIRECT_URI)

    def tokens(self, answer: dict[str, str]) -> dict[str, Any]:
        assert (answer["state"], answer["iss"]) == (self.shop.party.state, self.shop.issuer)
        response = self.shop.token(self.shop.party.form(answer["code"]))
        assert response.status_code == 200, response.content
        return response.json()

    def id_token(self, answer: dict[str, str]) -> dict[str, Any]:
        return ceremonies.payload_of(self.tokens(answer)["id_token"])


@pytest.fixture(params=["", "form_post"], ids=["basic", "form-post"])
def plan(shop: Shop, request: pytest.FixtureRequest) -> Plan:
    return Plan(shop, request.param)


def test_oidcc_server(plan: Plan) -> None:
    shop = plan.shop
    tokens = plan.tokens(plan.sign_in())
    assert tokens["token_type"] == "Bearer"
    keys = KeySet.import_key_set(shop.browser.get(shop.path(".well-known/jwks.json")).json())
    claims = jwt.decode(tokens["id_token"], keys, algorithms=["ES256"]).claims
    assert (claims["iss"], claims["aud"], claims["nonce"]) == (
        shop.issuer,
        shop.application.client_id,
        shop.party.nonce,
    )
    assert claims["iat"] <= claims["exp"]
    assert shop.userinfo(tokens["access_token"]).json()["sub"] == claims["sub"]


def test_oidcc_response_type_missing(plan: Plan) -> None:
    assert plan.answer(response_type=None)["error"] == "invalid_request"


def test_oidcc_userinfo_get_and_post_header_and_post_body(plan: Plan) -> None:
    shop, token = plan.shop, plan.tokens(plan.sign_in())["access_token"]
    own, path = {"Authorization": f"Bearer {token}"}, shop.path("userinfo")
    answers = [
        shop.browser.get(path, headers=own),
        shop.browser.post(path, headers=own),
        shop.browser.post(path, f"access_token={token}", content_type=FORM),
    ]
    assert [each.json()["sub"] for each in answers] == [shop.world.bob.pk] * 3


def test_oidcc_ensure_request_without_nonce_succeeds_for_code_flow(plan: Plan) -> None:
    assert "nonce" not in plan.id_token(plan.sign_in(nonce=None))


@pytest.mark.parametrize(
    ("scope", "claims"),
    [
        ("openid profile", {"name", "given_name", "family_name", "nickname", "zoneinfo", "locale", "updated_at"}),
        ("openid email", {"email", "email_verified"}),
        ("openid address", {"address"}),
        ("openid phone", {"phone_number", "phone_number_verified"}),
        ("openid profile email address phone", {"given_name", "email", "address", "phone_number"}),
        ("phone address email profile openid", {"given_name", "email", "address", "phone_number"}),
    ],
    ids=["profile", "email", "address", "phone", "all", "ensure-other-scope-order-succeeds"],
)
def test_oidcc_scope(plan: Plan, scope: str, claims: set[str]) -> None:
    tell_everything(plan.shop)
    tokens = plan.tokens(plan.sign_in(scope=scope))
    assert set(tokens["scope"].split()) == set(scope.split())
    assert claims <= set(plan.shop.userinfo(tokens["access_token"]).json())


@pytest.mark.parametrize(
    "further",
    [{"display": "page"}, {"display": "popup"}, {"extra": "foobar"}, {"login_hint": "bob@acme.test"},
     {"ui_locales": "se"}, {"claims_locales": "se"}, {"acr_values": "1 2"}, {"acr_values": "phr"},
     {"claims": '{"userinfo": {"name": {"essential": true}}}'}],
    ids=["display-page", "display-popup", "ensure-request-with-unknown-parameter-succeeds", "login-hint", "ui-locales",
         "claims-locales", "ensure-request-with-acr-values-succeeds", "known-acr-values", "claims-essential"],
)  # fmt: skip
def test_oidcc_what_may_be_ignored(plan: Plan, further: dict[str, str]) -> None:
    tokens = plan.tokens(plan.sign_in(**further))
    assert plan.shop.userinfo(tokens["access_token"]).json()["name"] == "Bob Baker"


def test_oidcc_prompt_login(plan: Plan) -> None:
    first = plan.id_token(plan.sign_in())
    assert leads_to_authenticator(plan.ask(prompt="login"))
    Session.objects.update(authenticated_at=plan.shop.world.ctx.now - timedelta(seconds=60))
    second = plan.id_token(plan.sign_in(prompt="login"))
    assert second["sub"] == first["sub"]
    assert second["auth_time"] >= first["auth_time"]


def test_oidcc_prompt_none_not_logged_in(plan: Plan) -> None:
    told = plan.answer(prompt="none")
    assert told["error"] in ("login_required", "interaction_required")
    assert (told["state"], told["iss"]) == (plan.shop.party.state, plan.shop.issuer)
    assert "code" not in told


def test_oidcc_prompt_none_logged_in(plan: Plan) -> None:
    first = plan.id_token(plan.sign_in())
    second = plan.id_token(plan.answer(prompt="none"))
    assert (second["sub"], second["auth_time"]) == (first["sub"], first["auth_time"])


def test_oidcc_max_age_1(plan: Plan) -> None:
    first = plan.id_token(plan.sign_in())
    Session.objects.update(authenticated_at=plan.shop.world.ctx.now - timedelta(seconds=2))
    assert leads_to_authenticator(plan.ask(max_age="1"))
    second = plan.id_token(plan.sign_in(max_age="1"))
    assert second["auth_time"] >= first["auth_time"]


def test_oidcc_max_age_10000(plan: Plan) -> None:
    first = plan.id_token(plan.sign_in())
    second = plan.id_token(plan.answer(max_age="10000"))
    assert (second["sub"], second["auth_time"]) == (first["sub"], first["auth_time"])


def test_oidcc_id_token_hint(plan: Plan) -> None:
    hint = plan.tokens(plan.sign_in())["id_token"]
    assert plan.id_token(plan.answer(prompt="none", id_token_hint=hint))["sub"] == plan.shop.world.bob.pk


def test_oidcc_codereuse(plan: Plan) -> None:
    answer = plan.sign_in()
    token = plan.tokens(answer)["access_token"]
    again = plan.shop.token(plan.shop.party.form(answer["code"]))
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    assert plan.shop.userinfo(token).status_code == 401


def test_oidcc_codereuse_30seconds(plan: Plan) -> None:
    answer = plan.sign_in()
    token = plan.tokens(answer)["access_token"]
    Grant.objects.update(consumed_at=plan.shop.world.ctx.now - timedelta(seconds=30))
    assert plan.shop.token(plan.shop.party.form(answer["code"])).json()["error"] == "invalid_grant"
    assert plan.shop.userinfo(token).status_code == 401


@pytest.mark.parametrize("uri", ["https://unregistered.test/", f"{REDIRECT_URI}?added=1", f"{REDIRECT_URI}/more"])
def test_oidcc_ensure_registered_redirect_uri(plan: Plan, uri: str) -> None:
    response = plan.ask(redirect_uri=uri)
    assert response.status_code == 400
    assert not response.has_header("Location")
    assert b"<form" not in response.content


def test_oidcc_redirect_uri_query_ok(plan: Plan) -> None:
    uri = f"{REDIRECT_URI}?foo=bar"
    plan.shop.register("With a query", redirect_uri=uri)
    if plan.mode:
        assert posted_to(plan.ask(prompt="none"), uri)["error"] == "login_required"
    else:
        assert plan.answer(prompt="none")["foo"] == "bar"
    wrong = plan.ask(redirect_uri=f"{REDIRECT_URI}?foo=baz")
    assert wrong.status_code == 400


def test_oidcc_ensure_post_request_succeeds(plan: Plan) -> None:
    shop = plan.shop
    shop.sign_in()
    response = shop.browser.post(shop.path("authorize"), shop.party.query(**plan.mode), content_type=FORM)
    assert plan.id_token(plan.read(response))["sub"] == shop.world.bob.pk


def test_oidcc_server_client_secret_post_and_basic(plan: Plan) -> None:
    shop = plan.shop
    assert shop.token(shop.party.form(plan.sign_in()["code"])).status_code == 200
    form = shop.party.form(plan.sign_in()["code"], client_id=None, client_secret=None)
    assert shop.token(form, **shop.basic()).status_code == 200


def test_oidcc_unsigned_request_object_supported_correctly_or_rejected_as_unsupported(plan: Plan) -> None:
    """As the suite does it: for form_post, only the object says so."""
    inside = secrets.base64url(json.dumps({"state": "x", **plan.mode}).encode())
    response = plan.shop.authorize(request=f"eyJhbGciOiJub25lIn0.{inside}.", state=None)
    answer = plan.read(response)
    assert (answer["error"], answer["state"]) == ("request_not_supported", "x")


def test_oidcc_ensure_request_with_valid_pkce_succeeds(plan: Plan) -> None:
    assert plan.tokens(plan.sign_in(code_challenge_method="S256"))["id_token"]


def test_oidcc_server_rotate_keys(plan: Plan) -> None:
    shop = plan.shop
    before = plan.tokens(plan.sign_in())["id_token"]
    signing_keys.rotate_signing_keys(shop.world.ctx, shop.world.realm)
    after = plan.tokens(plan.sign_in())["id_token"]
    keys = KeySet.import_key_set(shop.browser.get(shop.path(".well-known/jwks.json")).json())
    for token in (before, after):
        assert jwt.decode(token, keys, algorithms=["ES256"]).claims["sub"] == shop.world.bob.pk
