"""Refresh tokens and keys (RFC 9449 §5): a public client's are bound, a confidential client's do not rotate."""

from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client as Browser

from apps.applications.models import RefreshToken
from tests.ceremonies import payload_of
from tests.faces.oidc import keyed
from tests.faces.oidc.keyed import KeyedShop
from tests.keyholder import KeyHolder
from tests.world import World

TOKENS = {"expires_after": 3600, "token_signing_algorithm": "ES256", "refresh_token": {"enabled": True}}


@pytest.fixture
def public(world: World, client: Browser) -> KeyedShop:
    config = {"confidentiality": "public", "token_endpoint_auth_method": "none", "jwks": None}
    return keyed.register(world, client, token_configuration=TOKENS, **config)


@pytest.fixture
def confidential(world: World, client: Browser) -> KeyedShop:
    return keyed.register(world, client, token_configuration=TOKENS, dpop_bound_access_tokens=True)


def signed_in(shop: KeyedShop) -> dict[str, Any]:
    if shop.application.is_confidential:
        return shop.bound_tokens()
    return shop.post("token", shop.form(), shop.proof()).json()


def refresh(shop: KeyedShop, token: str, holder: KeyHolder | None = None) -> HttpResponse:
    """With a proof of `holder`'s key, or of the shop's own."""
    form = {"grant_type": "refresh_token", "refresh_token": token}
    if shop.application.is_confidential:
        form |= shop.holder.client(shop.application)
    else:
        form["client_id"] = shop.application.client_id
    key = holder or shop.holder
    return shop.post("token", form, key.proof("POST", shop.url("token"), nonce=shop.nonce or None))


def test_a_public_clients_family_is_bound_to_the_key_it_came_with(public: KeyedShop) -> None:
    tokens = signed_in(public)
    token = tokens["refresh_token"]
    stranger = refresh(public, token, KeyHolder())
    assert (stranger.status_code, stranger.json()["error"]) == (400, "invalid_grant")
    bare = {"grant_type": "refresh_token", "refresh_token": token, "client_id": public.application.client_id}
    assert public.token(bare).json()["error"] == "invalid_grant"
    after = refresh(public, token).json()
    assert after["token_type"] == "DPoP"
    assert payload_of(after["access_token"])["cnf"] == payload_of(tokens["access_token"])["cnf"]
    assert after["refresh_token"] != token
    assert refresh(public, after["refresh_token"]).status_code == 200


def test_a_family_that_came_without_a_key_needs_none(public: KeyedShop) -> None:
    token = public.token(public.form()).json()["refresh_token"]
    assert refresh(public, token).json()["token_type"] == "DPoP"


def test_a_confidential_client_that_holds_a_key_keeps_its_token(confidential: KeyedShop) -> None:
    tokens = signed_in(confidential)
    rows = RefreshToken.objects.count()
    for _ in range(2):
        answer = refresh(confidential, tokens["refresh_token"])
        assert answer.status_code == 200, answer.content
        assert answer.json()["refresh_token"] == tokens["refresh_token"]
        assert answer.json()["token_type"] == "DPoP"
    assert RefreshToken.objects.count() == rows


def test_it_may_change_its_key_for_it_proves_itself_anyway(confidential: KeyedShop) -> None:
    token = signed_in(confidential)["refresh_token"]
    answer = refresh(confidential, token, KeyHolder())
    assert answer.status_code == 200, answer.content
