"""Claims by scope and by name, and only true ones (OpenID Connect Core §5.1, §5.4, §5.5)."""

import json
from typing import Any

import pytest

from apps.directory import traits
from apps.directory.models import Identity
from apps.directory.services import identities
from tests import ceremonies
from tests.faces.oidc.shop import Shop, tell_everything

FOUR = {"sub", "name", "preferred_username", "email", "email_verified"}  # contract/wire.md §2


@pytest.fixture(autouse=True)
def _bob_is_known(shop: Shop) -> None:
    tell_everything(shop)


def userinfo(shop: Shop, **changes: str | None) -> dict[str, Any]:
    return shop.userinfo(shop.tokens(**changes)["access_token"]).json()


def id_token(shop: Shop, **changes: str | None) -> dict[str, Any]:
    return ceremonies.payload_of(shop.tokens(**changes)["id_token"])


@pytest.mark.parametrize(
    ("scope", "further"),
    [
        ("openid", set()),
        ("openid email", set()),
        ("openid address", {"address"}),
        ("openid phone", {"phone_number", "phone_number_verified"}),
        (
            "openid profile",
            {"given_name", "family_name", "middle_name", "nickname", "profile", "picture", "website", "birthdate",
             "zoneinfo", "locale", "updated_at"},
        ),
    ],
)  # fmt: skip
def test_a_scope_opens_what_it_names(shop: Shop, scope: str, further: set[str]) -> None:
    assert set(userinfo(shop, scope=scope)) == FOUR | further


def test_the_order_of_scopes_does_not_matter(shop: Shop) -> None:
    asked = userinfo(shop, scope="phone openid profile")
    assert set(asked) == set(userinfo(shop, scope="profile openid phone"))


def test_what_they_say_is_what_is_known(shop: Shop) -> None:
    told = userinfo(shop, scope="openid profile email address phone")
    assert (told["given_name"], told["family_name"]) == ("Bob", "Baker")
    assert told["nickname"] == "Bobby"
    assert told["zoneinfo"] == "Europe/Berlin"
    assert told["address"] == {
        "street_address": "Backstr. 1", "locality": "Berlin", "postal_code": "10115", "country": "DE",
    }  # fmt: skip
    assert (told["phone_number"], told["phone_number_verified"]) == ("+49 30 123456", False)
    assert told["email_verified"] is False
    assert told["updated_at"] == int(Identity.objects.get(pk=shop.world.bob.pk).updated_at.timestamp())


def test_the_id_token_says_who_it_is_and_leaves_the_rest_to_userinfo(shop: Shop) -> None:
    told = id_token(shop, scope="openid profile address phone")
    assert set(told) >= FOUR
    assert not {"given_name", "address", "phone_number"} & set(told)


def test_a_claim_asked_for_by_name_comes_where_it_was_asked_for(shop: Shop) -> None:
    asked = {"userinfo": {"given_name": None, "phone_number": {"essential": True}}, "id_token": {"family_name": None}}
    tokens = shop.tokens(claims=json.dumps(asked))
    by_userinfo = shop.userinfo(tokens["access_token"]).json()
    by_id_token = ceremonies.payload_of(tokens["id_token"])
    assert set(by_userinfo) == FOUR | {"given_name", "phone_number"}
    assert by_id_token["family_name"] == "Baker"
    assert "given_name" not in by_id_token


def test_what_is_essential_and_unknown_is_left_out_and_no_error(shop: Shop) -> None:
    asked = {
        "userinfo": {"gender": {"essential": True}},
        "id_token": {"shoe_size": None, "auth_time": {"essential": True}},
    }
    tokens = shop.tokens(claims=json.dumps(asked))
    assert "gender" not in shop.userinfo(tokens["access_token"]).json()
    assert isinstance(ceremonies.payload_of(tokens["id_token"])["auth_time"], int)


@pytest.mark.parametrize(
    ("trait", "value", "claim"),
    [
        ("birth_date", "last spring", "birthdate"), ("timezone", "Berlin time", "zoneinfo"),
        ("locale", "whatever you like", "locale"), ("profile_url", "javascript:alert(1)", "profile"),
        ("photo_url", "me.png", "picture"), ("nick_name", "", "nickname"),
    ],
)  # fmt: skip
def test_a_trait_of_another_shape_is_no_claim(shop: Shop, trait: str, value: str, claim: str) -> None:
    given = traits.parse({"type": traits.TYPE, trait: value}, creating=False)
    identities.update_identity(shop.world.ctx, Identity.objects.get(pk=shop.world.bob.pk), traits=given)
    assert claim not in userinfo(shop, scope="openid profile")


def test_nothing_is_told_of_who_has_none_of_it(shop: Shop) -> None:
    carol = shop.world.acme.customers.carol
    passkey = ceremonies.give_passkey(shop.world, carol)
    asked = "openid profile email address phone"
    token = ceremonies.tokens_for(shop.world.visitor, shop.party, passkey, scope=asked)["access_token"]
    assert set(shop.userinfo(token).json()) == FOUR | {"updated_at"}
