"""Signed authorization requests (RFC 9101; FAPI 2.0 Message Signing §5.3): what the client signed is what counts."""

import time
from typing import Any

import pytest
from django.test import Client as Browser

from apps.applications.models import Grant
from apps.core import outgoing
from apps.core.outgoing import Unreachable
from apps.events.types import EventType
from apps.tokens import fetched_keys
from apps.tokens.models import PushedRequest
from tests import ceremonies, record
from tests.faces.oidc import keyed
from tests.faces.oidc.keyed import KeyedShop
from tests.faces.oidc.shop import Shop, answer_to, leads_to_authenticator
from tests.keyholder import KeyHolder
from tests.world import REDIRECT_URI, World

NOTHING = ("response_type", "redirect_uri", "scope", "state", "nonce", "code_challenge", "code_challenge_method")


@pytest.fixture
def shop(world: World, client: Browser) -> KeyedShop:
    return keyed.register(world, client)


def signed(shop: KeyedShop, parameters: dict[str, Any] | None = None, **changes: Any) -> str:
    return shop.holder.request_object(shop.application, parameters or shop.asked(), **changes)


def beside(shop: KeyedShop, request: str) -> dict[str, str | None]:
    """Only what has to stand beside the object (§5)."""
    return {**dict.fromkeys(NOTHING), "client_id": shop.application.client_id, "request": request}


def page(response: Any) -> None:
    assert response.status_code == 400, response.content
    assert "Location" not in response


def test_a_signed_request_is_as_good_as_its_parameters(shop: KeyedShop) -> None:
    assert leads_to_authenticator(shop.authorize(**beside(shop, signed(shop))))
    done = ceremonies.sign_in(shop.world.visitor, shop.party, shop.passkey, **beside(shop, signed(shop)))
    assert f"state={shop.party.state}" in done.redirect_url
    claims = ceremonies.payload_of(shop.token(shop.code_form(done.code)).json()["id_token"])
    assert claims["nonce"] == shop.party.nonce


@pytest.mark.parametrize("algorithm", ["RS256", "PS256", "EdDSA"])
def test_in_any_of_the_algorithms_that_are_named(world: World, client: Browser, algorithm: str) -> None:
    shop = keyed.register(world, client, KeyHolder(algorithm))
    found = shop.browser.get(shop.path(".well-known/openid-configuration")).json()
    assert found["request_parameter_supported"] is True
    assert found["request_uri_parameter_supported"] is False
    assert algorithm in found["request_object_signing_alg_values_supported"]
    assert leads_to_authenticator(shop.authorize(**beside(shop, signed(shop))))


def test_what_stands_beside_the_object_counts_for_nothing(shop: KeyedShop) -> None:
    """§6.3: neither what differs nor what is not in it."""
    lies = {
        "scope": "openid email",
        "state": "evil",
        "redirect_uri": "https://evil.test/",
        "response_mode": "form_post",
    }
    inside = {name: value for name, value in shop.asked().items() if name != "nonce"}
    query = {**beside(shop, signed(shop, inside)), **lies, "nonce": "evil"}
    done = ceremonies.sign_in(shop.world.visitor, shop.party, shop.passkey, **query)
    assert done.redirect_url.startswith(f"{REDIRECT_URI}?")
    assert f"state={shop.party.state}" in done.redirect_url
    grant = Grant.objects.get()
    assert (grant.scope, grant.nonce) == ("openid", "")


def test_numbers_objects_and_lists_stand_in_it_as_json(shop: KeyedShop) -> None:
    inside = {**shop.asked(), "max_age": 0, "claims": {"userinfo": {"given_name": None}}, "prompt": "login"}
    assert leads_to_authenticator(shop.authorize(**beside(shop, signed(shop, inside))))
    listed = shop.authorize(**beside(shop, signed(shop, {**shop.asked(), "resource": ["https://evil.test/"]})))
    assert answer_to(listed, REDIRECT_URI)["error"] == "invalid_target"


def test_what_is_wrong_in_it_is_told_as_it_would_be_of_a_query(shop: KeyedShop) -> None:
    answer = shop.authorize(**beside(shop, signed(shop, shop.asked(response_type="token"))))
    assert answer_to(answer, REDIRECT_URI)["error"] == "unsupported_response_type"
    page(shop.authorize(**beside(shop, signed(shop, shop.asked(redirect_uri="https://evil.test/")))))
    page(shop.authorize(**beside(shop, signed(shop, shop.asked(redirect_uri=None)))))


NOW = int(time.time())
WRONG_CLAIMS: dict[str, dict[str, Any]] = {
    "another issuer": {"iss": "nobody"},
    "no issuer": {"iss": None},
    "another audience": {"aud": "https://evil.test"},
    "no audience": {"aud": None},
    "a list of other audiences": {"aud": ["https://evil.test"]},
    "no expiry": {"exp": None},
    "an expiry in the past": {"exp": 1},
    "an expiry in words": {"exp": "soon"},
    "an expiry next week": {"exp": NOW + 7 * 86_400},
    "a beginning tomorrow": {"nbf": NOW + 86_400},
    "another client": {"client_id": "nobody"},
    "no client": {"client_id": None},
    "an object in it": {"request": "x"},
    "a reference in it": {"request_uri": "https://evil.test/"},
    "a secret in it": {"client_secret": "x"},
    "a number for a scope": {"scope": 7},
    "a list for a scope": {"scope": ["openid"]},
    "an object for a state": {"state": {}},
    "true for an age": {"max_age": True},
    "a negative age": {"max_age": -1},
    "a list of numbers for resources": {"resource": [1]},
    "NUL": {"login_hint": "\0"},
    "half a letter": {"login_hint": "\ud800"},
    "half a letter in the state": {"state": "\ud800"},
    "NUL in the state": {"state": "\0"},
    "half a letter for a name": {"\ud800": "x"},
    "half a letter for the name of a number": {"\ud800": 7},
    "NUL for a name": {"\0": "x"},
    "NUL for the name of a number": {"\0": 7},
    "half a letter among resources": {"resource": ["\ud800"]},
}


@pytest.mark.parametrize("case", WRONG_CLAIMS)
def test_it_is_refused_with(shop: KeyedShop, case: str) -> None:
    request = signed(shop, **WRONG_CLAIMS[case])
    page(shop.authorize(**beside(shop, request)))
    answer = shop.post("par", {"request": request, **shop.holder.client(shop.application)})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request_object")
    assert PushedRequest.objects.count() == 0


@pytest.mark.parametrize(
    "header",
    [{"alg": "none"}, {"alg": "HS256"}, {"alg": "RS256"}, {"alg": "es256"}, {"alg": None}, {"kid": "second"},
     {"kid": 7}, {"typ": "at+jwt"}, {"typ": "dpop+jwt"}, {"crit": ["x"], "x": 1}],
)  # fmt: skip
def test_its_header_must_not_have(shop: KeyedShop, header: dict[str, Any]) -> None:
    page(shop.authorize(**beside(shop, signed(shop, header=header))))


def test_nobody_else_signs_for_the_client(shop: KeyedShop, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(outgoing, "send", lambda method, url, **_: asked.append(url))
    stranger = KeyHolder()
    for header in ({}, {"jwk": stranger.jwk}, {"jku": "https://evil.test/jwks"}, {"x5u": "https://evil.test/"}):
        page(shop.authorize(**beside(shop, stranger.request_object(shop.application, shop.asked(), header=header))))
    assert asked == []


def test_an_unsigned_one_is_refused(shop: KeyedShop) -> None:
    header, claims, _ = signed(shop, header={"alg": "none", "kid": None}).split(".")
    page(shop.authorize(**beside(shop, f"{header}.{claims}.")))


@pytest.mark.parametrize("request_", ["x", "a.b.c", "a.b.c.d.e", "\u00e9", "e30.e30.AA", "x" * 30_000])
def test_junk_is_a_page_and_an_event(shop: KeyedShop, request_: str) -> None:
    page(shop.authorize(**beside(shop, request_)))
    assert record.last(shop.world.realm, EventType.AUTHORIZE_REQUEST).outcome == "ERROR"


def test_the_client_beside_it_must_be_the_client_in_it(shop: KeyedShop, world: World, client: Browser) -> None:
    other = keyed.register(world, client)
    page(other.authorize(**beside(shop, signed(shop))))
    page(shop.authorize(**{**beside(shop, signed(shop)), "client_id": other.application.client_id}))
    page(shop.authorize(**{**beside(shop, signed(shop)), "client_id": None}))
    query = keyed.urlencode({name: value for name, value in beside(shop, signed(shop)).items() if value})
    page(shop.authorize(f"{query}&request={signed(shop)}"))


def test_a_client_without_keys_signs_nothing(world: World, client: Browser) -> None:
    plain = Shop(world, client, ceremonies.client_of(world), ceremonies.give_passkey(world, world.bob))
    found = client.get(plain.path(".well-known/openid-configuration")).json()
    assert found["request_parameter_supported"] is False
    assert "request_object_signing_alg_values_supported" not in found
    request = KeyHolder().request_object(plain.application, {})
    assert answer_to(plain.authorize(request=request), REDIRECT_URI)["error"] == "request_not_supported"


def test_a_signed_request_may_be_pushed(shop: KeyedShop) -> None:
    lies = {"scope": "openid email", "redirect_uri": "https://evil.test/"}
    answer = shop.post("par", {**lies, "request": signed(shop), **shop.holder.client(shop.application)})
    assert answer.status_code == 201, answer.content
    query = {**dict.fromkeys(NOTHING), "request_uri": answer.json()["request_uri"]}
    ceremonies.sign_in(shop.world.visitor, shop.party, shop.passkey, **query)
    assert Grant.objects.get().scope == "openid"


def test_who_must_push_cannot_sign_instead(world: World, client: Browser) -> None:
    shop = keyed.register(world, client, require_pushed_authorization_requests=True)
    answer = shop.authorize(**beside(shop, signed(shop)))
    assert answer_to(answer, REDIRECT_URI)["error"] == "invalid_request"


def test_who_must_sign_is_refused_without(world: World, client: Browser) -> None:
    """§10.5: neither a plain request nor one signed with nothing is taken, however it comes."""
    shop = keyed.register(world, client, require_signed_request_object=True)
    found = shop.browser.get(shop.path(".well-known/openid-configuration")).json()
    assert found["require_signed_request_object"] is True
    refused = answer_to(shop.authorize(), REDIRECT_URI)
    assert (refused["error"], refused["state"]) == ("invalid_request", shop.party.state)
    assert shop.push().json()["error"] == "invalid_request"
    page(shop.authorize(**beside(shop, signed(shop, header={"alg": "none"}))))
    assert leads_to_authenticator(shop.authorize(**beside(shop, signed(shop))))
    pushed = shop.push({"request": signed(shop)}).json()
    query = {**dict.fromkeys(NOTHING), "request_uri": pushed["request_uri"]}
    ceremonies.sign_in(shop.world.visitor, shop.party, shop.passkey, **query)
    assert Grant.objects.count() == 1


def test_keys_at_an_address_are_asked_for_once(world: World, client: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    holder, asked = KeyHolder(), []

    def get_json(url: str) -> Any:
        asked.append(url)
        if len(asked) > 1:
            raise Unreachable("it is down")
        return holder.jwks

    monkeypatch.setattr(outgoing, "get_json", get_json)
    fetched_keys._remembered.clear()
    shop = keyed.register(world, client, holder, jwks=None, jwks_uri="https://keys.shop.test/jwks")
    assert leads_to_authenticator(shop.authorize(**beside(shop, signed(shop))))
    answer = shop.post("par", {"request": signed(shop), **shop.holder.client(shop.application)})
    assert answer.status_code == 201
    assert asked == ["https://keys.shop.test/jwks"]
