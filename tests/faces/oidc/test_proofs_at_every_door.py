"""Every door that a client knocks at itself asks for the same proof, and takes each proof once (RFC 7009 §2.1,
RFC 7662 §2.1, RFC 8628 §3.1, RFC 9126 §2)."""

import json
from typing import Any

import pytest
from django.test import Client as Browser

from apps.applications.models import AccessToken, Application
from apps.applications.protocol import DEVICE_CODE
from tests import ceremonies
from tests.faces.oidc import keyed
from tests.faces.oidc.keyed import FORM, KeyedShop
from tests.keyholder import KeyHolder
from tests.world import World

DOORS = ("token", "revoke", "introspect", "introspect in the realm", "par", "device_authorization")


@pytest.fixture
def shop(world: World, client: Browser) -> KeyedShop:
    return keyed.register(world, client, grant_type=["authorization_code", "client_credentials", DEVICE_CODE])


def knock(shop: KeyedShop, door: str, proof: dict[str, str]) -> Any:
    form = {"grant_type": "client_credentials", "token": "x", "scope": "openid"} if door != "par" else shop.asked()
    if door == "token":
        del form["scope"]
    form = {name: value for name, value in form.items() if name != "client_id"}
    path = shop.path("introspect").replace(f"/applications/{shop.application.pk}", "")
    path = path if door == "introspect in the realm" else shop.path(door)
    return shop.browser.post(path, keyed.urlencode({**form, **proof}), content_type=FORM)


@pytest.mark.parametrize("door", DOORS)
def test_it_opens_to_a_proof_and_once_to_each(shop: KeyedShop, door: str) -> None:
    proof = shop.holder.client(shop.application)
    opened = knock(shop, door, proof)
    assert opened.status_code in (200, 201), opened.content
    for other in DOORS:
        again = knock(shop, other, proof)
        assert (again.status_code, again.json()["error"]) == (401, "invalid_client"), other


@pytest.mark.parametrize("door", DOORS)
def test_it_knows_the_client_by_the_assertion_alone(shop: KeyedShop, door: str) -> None:
    proof = shop.holder.client(shop.application)
    del proof["client_id"]
    assert knock(shop, door, proof).status_code in (200, 201)


@pytest.mark.parametrize("door", DOORS)
def test_it_stays_shut_to_everybody_else(shop: KeyedShop, door: str, world: World) -> None:
    stranger = KeyHolder()
    evil = world.evil.customers.application
    for proof in (
        {},
        {"client_id": shop.application.client_id},
        {"client_id": shop.application.client_id, "client_secret": "x"},
        stranger.client(shop.application),
        shop.holder.client(evil),
        {**shop.holder.client(shop.application), "client_id": evil.client_id},
        shop.holder.client(shop.application, aud="https://evil.test"),
    ):
        answer = knock(shop, door, proof)
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client"), proof


@pytest.mark.parametrize("door", ["token", "revocation", "introspection"])
def test_discovery_says_how(shop: KeyedShop, door: str) -> None:
    found = shop.browser.get(shop.path(".well-known/openid-configuration")).json()
    assert found[f"{door}_endpoint_auth_methods_supported"] == ["private_key_jwt"]
    assert found[f"{door}_endpoint_auth_signing_alg_values_supported"] == ["RS256", "PS256", "ES256", "EdDSA"]


def test_a_token_that_is_a_reference_is_bound_like_any_other(world: World, client: Browser) -> None:
    shop = keyed.register(world, client, token_format="referential", dpop_bound_access_tokens=True)
    token = shop.bound_tokens()["access_token"]
    assert token.count(".") == 4
    assert AccessToken.objects.get().dpop_jkt == shop.holder.jkt
    assert shop.ask(shop.path("userinfo"), token).status_code == 200
    assert shop.ask(shop.path("userinfo"), token, scheme="Bearer").status_code == 401
    told = shop.post("introspect", {"token": token, **shop.holder.client(shop.application)}).json()
    assert told["active"] is True
    assert told["cnf"] == {"jkt": shop.holder.jkt}
    assert told["token_type"] == "DPoP"


def test_introspection_says_which_key_a_token_is_bound_to(shop: KeyedShop) -> None:
    bound = shop.bound_tokens()["access_token"]
    told = shop.post("introspect", {"token": bound, **shop.holder.client(shop.application)}).json()
    assert told["cnf"] == ceremonies.payload_of(bound)["cnf"] == {"jkt": shop.holder.jkt}
    bearer = shop.token(shop.code_form(shop.code())).json()["access_token"]
    told = shop.post("introspect", {"token": bearer, **shop.holder.client(shop.application)}).json()
    assert "cnf" not in told
    assert told["token_type"] == "Bearer"


def test_a_client_that_takes_up_keys_has_no_use_for_its_secret(world: World, client: Browser) -> None:
    """The secret of an application that is told to prove itself by keys from now on opens nothing."""
    plain = ceremonies.client_of(world)
    holder = KeyHolder()
    Application.objects.filter(pk=plain.application.pk).update(
        token_endpoint_auth_method="private_key_jwt", jwks=json.loads(json.dumps(holder.jwks))
    )
    application = Application.objects.get(pk=plain.application.pk)
    shop = KeyedShop(
        world, client, ceremonies.Client(application, plain.secret), ceremonies.give_passkey(world, world.bob), holder
    )
    assert shop.token(shop.form()).status_code == 401
    assert shop.token(shop.form(client_id=None, client_secret=None), **shop.basic()).status_code == 401
    shop.party.secret = ""
    assert shop.token(shop.code_form(shop.code())).status_code == 200
