"""A published client library signs Bob in by the FAPI 2.0 profile: its keys fetched from it, its requests pushed, its tokens
bound. It was told an issuer and a client id, and has no secret."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page

from apps.applications.models import AccessToken
from apps.tokens import fetched_keys
from apps.tokens.models import PushedRequest
from tests.journeys import parties
from tests.journeys.parties import Party
from tests.journeys.steps import give_passkey
from tests.world import World


@pytest.fixture
def bank(world: World, live_server: Any, settings: Any) -> Iterator[Party]:
    settings.OUTGOING_ALLOW_LOOPBACK = True  # its keys are at localhost
    fetched_keys._remembered.clear()
    config = {
        "security_profile": "fapi2",
        "jwks_uri": "/jwks",
        "token_configuration": {"expires_after": 600, "refresh_token": {"enabled": True}},
    }
    with parties.running(world, world.acme.customers, "openid-client with keys", **config) as party:
        yield party


def shown(page: Page) -> dict[str, Any]:
    told = json.loads(page.locator("body").inner_text())
    assert "refused" not in told, told
    return told


def sign_in(page: Page, bank: Party, query: str = "") -> dict[str, Any]:
    page.goto(f"{bank.url}/sign-in{query}")
    page.wait_for_url(f"{bank.url}/callback?*")
    return shown(page)


def test_a_sign_in_by_keys_alone_from_the_first_request_to_the_last(world: World, page: Page, bank: Party) -> None:
    give_passkey(world, page, world.bob)
    told = sign_in(page, bank)
    assert told["claims"]["sub"] == told["userinfo"]["sub"] == world.bob.pk
    assert told["token_type"].lower() == "dpop"
    assert told["introspection"]["active"] is True
    assert told["introspection"]["cnf"] == {"jkt": told["thumbprint"]}
    assert AccessToken.objects.get(application=bank.application).dpop_jkt == told["thumbprint"]
    assert PushedRequest.objects.get().consumed_at is not None

    page.goto(f"{bank.url}/refresh")
    again = shown(page)
    assert again["introspection"]["cnf"] == {"jkt": told["thumbprint"]}
    assert again["introspection"]["jti"] != told["introspection"]["jti"]
    assert again["rotated"] is False

    page.goto(f"{bank.url}/stolen")
    stolen = shown(page)
    assert (stolen["bearer"], stolen["other"]) == (401, 401)
    assert stolen["challenge"].startswith("DPoP ")


def test_its_request_may_be_signed_as_well(world: World, page: Page, bank: Party) -> None:
    give_passkey(world, page, world.bob)
    told = sign_in(page, bank, "?signed=1")
    assert told["claims"]["sub"] == world.bob.pk
    assert told["userinfo"]["email"] == "bob@acme.test"
