"""Tokens for the resource that was asked for (RFC 8707 §2)."""

from typing import Any

import pytest

from apps.applications.services import applications, resource_servers
from tests import ceremonies
from tests.faces.oidc.shop import Shop, answer_to, leads_to_authenticator
from tests.world import REDIRECT_URI

HARBOUR = "https://harbour.test/api"


@pytest.fixture(autouse=True)
def _harbour(shop: Shop) -> Any:
    world = shop.world
    server = resource_servers.create_resource_server(
        world.ctx, world.realm, display_name="Harbour", identifier=HARBOUR, scopes=["boats:read"]
    )
    resource_servers.create_resource_server(
        world.ctx, world.realm, display_name="Other", identifier="https://other.test/api", scopes=[]
    )
    shop.register("Kites", resource_server=server)


def test_without_one_the_audience_is_the_client_and_its_resource_server(shop: Shop) -> None:
    audience = ceremonies.payload_of(shop.tokens()["access_token"])["aud"]
    assert audience == [shop.application.client_id, HARBOUR]


def test_with_one_it_is_that_alone(shop: Shop) -> None:
    tokens = shop.tokens(resource=HARBOUR)
    assert ceremonies.payload_of(tokens["access_token"])["aud"] == [HARBOUR]
    assert shop.userinfo(tokens["access_token"]).status_code == 200
    assert ceremonies.payload_of(tokens["id_token"])["aud"] == shop.application.client_id


def test_it_may_be_said_twice(shop: Shop) -> None:
    assert leads_to_authenticator(shop.authorize(f"{shop.party.query(resource=HARBOUR)}&resource={HARBOUR}"))


@pytest.mark.parametrize(
    "resource",
    ["https://other.test/api", f"{HARBOUR}/", f"{HARBOUR}#x", "https://HARBOUR.test/api", "identity-cloud", "x", "*",
     "https://evil.test/", "x" * 2000],
)  # fmt: skip
def test_an_unknown_one_is_no_target(shop: Shop, resource: str) -> None:
    assert answer_to(shop.authorize(resource=resource), REDIRECT_URI)["error"] == "invalid_target"
    twice = f"{shop.party.query(resource=HARBOUR)}&resource={resource.replace('#', '%23')}"
    assert answer_to(shop.authorize(twice), REDIRECT_URI)["error"] == "invalid_target"


def move_to_other(shop: Shop) -> None:
    """The application leaves the harbour for a resource server with scopes of the same name."""
    world = shop.world
    elsewhere = resource_servers.create_resource_server(
        world.ctx, world.realm, display_name="Pirates", identifier="https://pirates.test", scopes=["boats:read"]
    )
    applications.update_application(world.ctx, shop.application, resource_server=elsewhere)


def test_a_code_for_a_resource_that_the_application_has_left_since_gets_nothing(shop: Shop) -> None:
    form = shop.party.form(shop.code(resource=HARBOUR))
    move_to_other(shop)
    answer = shop.token(form)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_target")


def test_a_refresh_for_a_resource_that_the_application_has_left_since_gets_nothing(shop: Shop) -> None:
    shop.register(
        "Kites",
        resource_server=shop.application.resource_server,
        token_configuration={
            "expires_after": 600,
            "token_signing_algorithm": "ES256",
            "refresh_token": {"enabled": True},
        },
    )
    token = shop.tokens(resource=HARBOUR)["refresh_token"]
    move_to_other(shop)
    answer = shop.token({"grant_type": "refresh_token", "refresh_token": token}, **shop.basic())
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_target")
