"""What a client may ask of a sign-in (OpenID Connect Core §3.1.2.1, §3.1.2.6, §5.5.1.1)."""

import json
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from apps.authentication.models import Session
from apps.credentials.models import Credential
from apps.events.types import EventType
from apps.tokens import assurance, minting
from apps.tokens.minting import Subject
from tests import ceremonies, record
from tests.faces.oidc.shop import Shop, answer_to, leads_to_authenticator
from tests.world import REDIRECT_URI


def answer(shop: Shop, **changes: str | None) -> dict[str, str]:
    return answer_to(shop.authorize(**changes), REDIRECT_URI)


def essential(**acr: Any) -> str:
    return json.dumps({"id_token": {"acr": {"essential": True, **acr}}})


def id_token(shop: Shop, code: str) -> dict[str, Any]:
    return ceremonies.payload_of(shop.token(shop.party.form(code)).json()["id_token"])


def came_back(done: Any) -> dict[str, str]:
    """What the client is told by the page's script after a proof."""
    return dict(parse_qsl(urlsplit(done.redirect_url).query))


# --- prompt -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "prompt", ["none login", "none consent", "login none", "sometimes", "NONE", "login x", "create"]
)
def test_a_prompt_that_cannot_be_followed_is_invalid(shop: Shop, prompt: str) -> None:
    shop.sign_in()
    assert answer(shop, prompt=prompt)["error"] == "invalid_request"


@pytest.mark.parametrize("prompt", ["login", "select_account", "login select_account", "login consent", "login login"])
def test_a_prompt_for_the_person_leads_to_the_person(shop: Shop, prompt: str) -> None:
    shop.sign_in()
    assert leads_to_authenticator(shop.authorize(prompt=prompt))


def test_a_first_party_asks_nobody_to_agree(shop: Shop) -> None:
    shop.sign_in()
    assert "code" in answer(shop, prompt="consent")


def test_what_was_refused_is_told_with_state_and_issuer(shop: Shop) -> None:
    for changes in ({"prompt": "none"}, {"prompt": "x"}, {"claims": "x"}, {"resource": "https://api.test"}):
        told = answer(shop, **changes)
        assert (told["state"], told["iss"]) == (shop.party.state, shop.issuer)


# --- id_token_hint ------------------------------------------------------------------------------------------------------


def test_a_hint_of_who_is_here_is_answered_at_once(shop: Shop) -> None:
    hint = id_token_of_bob(shop)
    assert "code" in answer(shop, prompt="none", id_token_hint=hint)


def test_an_old_one_is_as_good(shop: Shop) -> None:
    shop.sign_in()
    long_ago = shop.world.at(timedelta(days=-30))
    subject = Subject(identity=shop.world.bob, authenticated_at=long_ago.now)
    hint = minting.mint_id_token(long_ago, shop.application, subject, "")
    assert "code" in answer(shop, prompt="none", id_token_hint=hint)


def test_a_hint_of_somebody_else_wants_somebody_else(shop: Shop) -> None:
    carols = id_token_of(shop, shop.world.acme.customers.carol)
    shop.sign_in()
    assert answer(shop, prompt="none", id_token_hint=carols)["error"] == "login_required"
    assert leads_to_authenticator(shop.authorize(id_token_hint=carols))


def test_who_signs_in_instead_of_the_one_meant_is_not_let_in(shop: Shop) -> None:
    carols = id_token_of(shop, shop.world.acme.customers.carol)
    done = ceremonies.sign_in(shop.world.visitor, shop.party, shop.passkey, id_token_hint=carols)
    assert done.code == ""
    assert (came_back(done)["error"], came_back(done)["state"]) == ("login_required", shop.party.state)
    event = record.last(shop.world.realm, EventType.AUTHENTICATION_TRANSACTION)
    assert (event.outcome, event.data["error"]) == ("ERROR", "login_required")


def test_a_hint_that_this_client_never_got_is_invalid(shop: Shop) -> None:
    hint = id_token_of_bob(shop)
    tokens = shop.tokens()
    shop.register()
    foreign = [hint, tokens["access_token"], "x", "a.b.c", ceremonies.forge(hint, claims={"sub": "x"}), "x" * 16_000]
    for each in foreign:
        assert answer(shop, prompt="none", id_token_hint=each)["error"] == "invalid_request"


def id_token_of_bob(shop: Shop) -> str:
    return shop.token(shop.party.form(shop.sign_in().code)).json()["id_token"]


def id_token_of(shop: Shop, identity: Any) -> str:
    passkey = ceremonies.give_passkey(shop.world, identity)
    return ceremonies.tokens_for(shop.world.visitor, shop.party, passkey)["id_token"]


# --- claims: sub --------------------------------------------------------------------------------------------------------


def test_a_subject_asked_for_is_the_one_let_in(shop: Shop) -> None:
    shop.sign_in()
    for member in ("id_token", "userinfo"):
        meant = json.dumps({member: {"sub": {"value": shop.world.bob.pk}}})
        assert "code" in answer(shop, prompt="none", claims=meant)
        other = json.dumps({member: {"sub": {"value": "somebody"}}})
        assert answer(shop, prompt="none", claims=other)["error"] == "login_required"
        assert leads_to_authenticator(shop.authorize(claims=other))


def test_two_subjects_at_once_are_invalid(shop: Shop) -> None:
    hint = id_token_of_bob(shop)
    other = json.dumps({"id_token": {"sub": {"value": "somebody"}}})
    assert answer(shop, id_token_hint=hint, claims=other)["error"] == "invalid_request"
    both = json.dumps({"id_token": {"sub": {"value": "a"}}, "userinfo": {"sub": {"value": "b"}}})
    assert answer(shop, claims=both)["error"] == "invalid_request"


@pytest.mark.parametrize(
    "claims",
    ["x", "[]", "1", '"x"', "{", '{"id_token": 1}', '{"id_token": []}', '{"id_token": {"acr": 1}}',
     '{"id_token": {"acr": {"values": "phr"}}}', '{"id_token": {"acr": {"values": [1]}}}',
     '{"id_token": {"sub": {"value": "\\u0000"}}}', '{"id_token": {"sub": {"value": "\\ud800"}}}',
     '{"id_token": {"sub": {"value": ""}}}', '{"userinfo": {"name": "x"}}', "[" * 4000, '{"a":' * 1000 + "1"],
)  # fmt: skip
def test_claims_that_cannot_be_read_are_invalid(shop: Shop, claims: str) -> None:
    assert answer(shop, claims=claims)["error"] == "invalid_request"


def test_claims_that_nobody_knows_are_passed_over(shop: Shop) -> None:
    asked = {"id_token": {"shoe_size": None, "a\u0000b": None}, "userinfo": None, "elsewhere": 7}
    assert leads_to_authenticator(shop.authorize(claims=json.dumps(asked)))


# --- acr ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("values", ["phr", "phr phrh", "phrh phr", "urn:identity-cloud:otp", "x y", "x phr", "level1"])
def test_a_session_as_good_as_asked_is_enough(shop: Shop, values: str) -> None:
    shop.sign_in()
    code = answer(shop, acr_values=values)["code"]
    assert id_token(shop, code)["acr"] == "phr"


def test_a_weaker_one_is_not_and_what_comes_is_told_as_it_is(shop: Shop) -> None:
    shop.sign_in()
    assert answer(shop, prompt="none", acr_values="phrh")["error"] == "login_required"
    assert leads_to_authenticator(shop.authorize(acr_values="phrh"))
    done = shop.sign_in(acr_values="phrh")
    assert id_token(shop, done.code)["acr"] == "phr"


@pytest.mark.parametrize("acr", [{"value": "phrh"}, {"values": ["phrh"]}, {"values": ["phrh", "x"]}])
def test_what_is_essential_and_not_reached_is_no_sign_in(shop: Shop, acr: dict[str, Any]) -> None:
    shop.sign_in()
    assert answer(shop, prompt="none", claims=essential(**acr))["error"] == "login_required"
    assert leads_to_authenticator(shop.authorize(claims=essential(**acr)))
    done = ceremonies.sign_in(shop.world.visitor, shop.party, shop.passkey, claims=essential(**acr))
    assert came_back(done)["error"] == "unmet_authentication_requirements"
    assert shop.codes_left() == 1  # of the first sign-in


def test_an_essential_value_that_nobody_knows_can_never_be_reached(shop: Shop) -> None:
    assert answer(shop, claims=essential(value="gold"))["error"] == "unmet_authentication_requirements"


def test_an_essential_claim_without_a_value_asks_for_nothing(shop: Shop) -> None:
    shop.sign_in()
    assert "code" in answer(shop, claims=essential())


def test_hardware_that_is_attested_reaches_the_most_and_is_also_the_lesser(shop: Shop) -> None:
    done = shop.sign_in()
    Session.objects.update(acr=assurance.HARDWARE_PROTECTED)
    assert Credential.objects.filter(pk=done.credential.pk).exists()
    assert id_token(shop, answer(shop, acr_values="phrh")["code"])["acr"] == "phrh"
    assert id_token(shop, answer(shop, acr_values="phr")["code"])["acr"] == "phrh"
    assert id_token(shop, answer(shop, claims=essential(value="phr"))["code"])["acr"] == "phr"
    assert id_token(shop, answer(shop, claims=essential(values=["phr", "phrh"]))["code"])["acr"] == "phrh"


# --- and the rest -------------------------------------------------------------------------------------------------------


def test_dynamic_registration_by_parameter_is_refused_by_name(shop: Shop) -> None:
    assert answer(shop, registration='{"redirect_uris": []}')["error"] == "registration_not_supported"


def test_max_age_of_one_second_asks_a_second_later(shop: Shop) -> None:
    first = id_token(shop, shop.sign_in(max_age="1").code)
    Session.objects.update(authenticated_at=shop.world.ctx.now - timedelta(seconds=2))
    assert leads_to_authenticator(shop.authorize(max_age="1"))
    assert first["auth_time"] <= first["iat"]


def test_a_state_of_two_kilobytes_comes_back_and_a_longer_one_does_not(shop: Shop) -> None:
    shop.party.state = "\u00e4" * 1024
    assert answer(shop, prompt="none")["state"] == shop.party.state
    shop.party.state = "\u00e4" * 1025
    assert answer(shop, prompt="none")["error"] == "invalid_request"
    assert answer(shop, prompt="none", state="x" * 2048)["state"] == "x" * 2048
