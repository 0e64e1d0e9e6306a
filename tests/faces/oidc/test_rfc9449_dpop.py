"""DPoP at our doors (RFC 9449): tokens bound to a key, given out and taken with a proof of it, each proof once.

What a proof must be is in tests/domain/test_rfc9449_proofs.py.
"""

import time
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client as Browser

from apps.applications.models import AccessToken, Application
from apps.events.types import EventType
from apps.tokens import possession, signatures, used_once
from apps.tokens.models import Used
from tests import ceremonies, record
from tests.faces.oidc import keyed
from tests.faces.oidc.keyed import KeyedShop
from tests.keyholder import KeyHolder
from tests.world import World

USERINFO = "userinfo"


@pytest.fixture
def shop(world: World, client: Browser) -> KeyedShop:
    """Its tokens may be bound, and need not be."""
    return keyed.register(world, client)


@pytest.fixture
def bound(world: World, client: Browser) -> KeyedShop:
    """Its tokens must be."""
    return keyed.register(world, client, dpop_bound_access_tokens=True)


def userinfo(shop: KeyedShop, token: str, **changes: Any) -> Any:
    return shop.ask(shop.path(USERINFO), token, **changes)


def shown(shop: KeyedShop, token: str, **changes: Any) -> str:
    return shop.holder.proof("GET", shop.url(USERINFO), token=token, **changes)


def refused(response: Any, error: str, status: int = 400) -> None:
    assert response.status_code == status, response.content
    assert response.json()["error"] == error


def test_who_shows_a_key_gets_a_token_bound_to_it(shop: KeyedShop) -> None:
    answer = shop.post("token", shop.code_form(shop.code()), shop.proof())
    tokens = answer.json()
    assert tokens["token_type"] == "DPoP"
    assert ceremonies.payload_of(tokens["access_token"])["cnf"] == {"jkt": shop.holder.jkt}
    assert AccessToken.objects.get().dpop_jkt == shop.holder.jkt
    assert answer["DPoP-Nonce"]
    assert userinfo(shop, tokens["access_token"]).status_code == 200


def test_who_shows_none_gets_a_bearer_token_unless_a_key_is_demanded(shop: KeyedShop, bound: KeyedShop) -> None:
    tokens = shop.token(shop.code_form(shop.code())).json()
    assert tokens["token_type"] == "Bearer"
    assert "cnf" not in ceremonies.payload_of(tokens["access_token"])
    refused(bound.token(bound.code_form(bound.code())), "invalid_dpop_proof")
    assert bound.codes_left() == 1


def test_a_public_client_may_bind_its_tokens_too(world: World, client: Browser) -> None:
    shop = keyed.register(
        world,
        client,
        confidentiality="public",
        token_endpoint_auth_method="none",
        jwks=None,
        dpop_bound_access_tokens=True,
    )
    form = dict(keyed.parse_qsl(shop.party.form(shop.code())))
    refused(shop.post("token", form), "invalid_dpop_proof")
    answer = shop.post("token", form, shop.proof())
    assert answer.json()["token_type"] == "DPoP"


def test_a_machine_may_too(world: World, client: Browser) -> None:
    shop = keyed.register(world, client)
    Application.objects.filter(pk=shop.application.pk).update(grant_types=["client_credentials"])
    form = {"grant_type": "client_credentials", **shop.holder.client(shop.application)}
    answer = shop.post("token", form, shop.proof())
    assert answer.json()["token_type"] == "DPoP"
    assert ceremonies.payload_of(answer.json()["access_token"])["cnf"]["jkt"] == shop.holder.jkt


def test_discovery_names_the_algorithms_and_each_of_them_works(world: World, client: Browser) -> None:
    shop = keyed.register(world, client)
    found = shop.browser.get(shop.path(".well-known/openid-configuration")).json()
    for algorithm in found["dpop_signing_alg_values_supported"]:
        key = KeyHolder(algorithm)
        answer = shop.post("token", shop.code_form(shop.code()), key.proof("POST", shop.url("token")))
        assert answer.json()["token_type"] == "DPoP"


# --- at the token endpoint ------------------------------------------------------------------------------------------------


def test_a_nonce_is_demanded_of_who_must_bind_and_nothing_is_spent_by_asking(bound: KeyedShop) -> None:
    form = bound.code_form(bound.code())
    first = bound.post("token", form, bound.proof())
    refused(first, "use_dpop_nonce")
    assert first["Cache-Control"] == "no-store"
    assert bound.post("token", form, bound.proof(nonce=first["DPoP-Nonce"])).status_code == 200


@pytest.mark.parametrize("nonce", ["guess", "", "x" * 400])
def test_a_made_up_nonce_is_answered_with_a_right_one(bound: KeyedShop, nonce: str) -> None:
    answer = bound.post("token", bound.code_form(bound.code()), bound.proof(nonce=nonce))
    refused(answer, "use_dpop_nonce")
    assert answer["DPoP-Nonce"] == possession.nonce(bound.world.visitor)


WRONG: dict[str, dict[str, Any]] = {
    "another endpoint": {"htu": "https://id.acme.test/token"},
    "another method": {"htm": "GET"},
    "a time long past": {"iat": 1},
    "no name": {"jti": None},
}


@pytest.mark.parametrize("case", WRONG)
def test_a_bad_proof_is_refused_and_costs_the_code_nothing(shop: KeyedShop, case: str) -> None:
    code = shop.code()
    refused(shop.post("token", shop.code_form(code), shop.proof(**WRONG[case])), "invalid_dpop_proof")
    assert record.last(shop.world.realm, EventType.TOKEN_REQUEST).outcome == "INVALID_DPOP_PROOF"
    assert shop.post("token", shop.code_form(code), shop.proof()).status_code == 200


@pytest.mark.parametrize("header", ["", "x", "a.b.c", "a.b.c, d.e.f", "\u00ff"])
def test_junk_for_a_proof_is_refused(shop: KeyedShop, header: str) -> None:
    answer = shop.post("token", shop.code_form(shop.code()), header)
    if header:  # an empty header is none
        refused(answer, "invalid_dpop_proof")
    else:
        assert answer.json()["token_type"] == "Bearer"


def test_the_address_comes_from_our_settings_and_not_from_the_request(shop: KeyedShop) -> None:
    proof = shop.proof(htu=shop.url("token").replace("localhost", "127.0.0.1"))
    answer = shop.browser.post(
        shop.path("token"),
        keyed.urlencode(shop.code_form(shop.code())),
        content_type=keyed.FORM,
        headers={"DPoP": proof, "X-Forwarded-Host": "127.0.0.1", "Forwarded": "host=127.0.0.1"},
    )
    refused(answer, "invalid_dpop_proof")


def test_a_proof_is_good_once_even_for_a_request_that_was_refused(shop: KeyedShop) -> None:
    proof = shop.proof()
    refused(shop.post("token", shop.code_form("no such code"), proof), "invalid_grant")
    refused(shop.post("token", shop.code_form(shop.code()), proof), "invalid_dpop_proof")


def test_two_keys_may_say_the_same_jti(shop: KeyedShop) -> None:
    for key in (shop.holder, KeyHolder()):
        proof = key.proof("POST", shop.url("token"), jti="one")
        assert shop.post("token", shop.code_form(shop.code()), proof).status_code == 200


def test_proofs_are_forgotten_when_they_are_too_old_to_be_taken(shop: KeyedShop) -> None:
    shop.post("token", shop.code_form(shop.code()), shop.proof())
    kept = Used.objects.count()
    assert used_once.forget(shop.world.at(timedelta(seconds=30))) == 0
    assert used_once.forget(shop.world.at(timedelta(seconds=600))) == kept


# --- a code for one key (§10) ---------------------------------------------------------------------------------------------


def test_a_code_asked_for_with_a_thumbprint_is_for_that_key(shop: KeyedShop) -> None:
    code = shop.code(dpop_jkt=shop.holder.jkt)
    stranger = KeyHolder().proof("POST", shop.url("token"))
    refused(shop.post("token", shop.code_form(code), stranger), "invalid_grant")
    refused(shop.token(shop.code_form(code)), "invalid_grant")
    assert shop.post("token", shop.code_form(code), shop.proof()).status_code == 200


@pytest.mark.parametrize("thumbprint", ["x", "x" * 42, "x" * 44, "\u00e9" * 43, "=" * 43])
def test_a_thumbprint_that_is_none_is_refused(shop: KeyedShop, thumbprint: str) -> None:
    response = shop.authorize(dpop_jkt=thumbprint)
    assert "error=invalid_request" in response["Location"]


# --- at a resource (§7) ---------------------------------------------------------------------------------------------------


def challenged(response: Any, error: str) -> None:
    assert response.status_code == 401, response.content
    challenge = response["WWW-Authenticate"]
    assert challenge.startswith("DPoP "), challenge
    assert f'error="{error}"' in challenge
    assert f'algs="{" ".join(signatures.ALGORITHMS)}"' in challenge


def test_a_bound_token_is_no_bearer_token(shop: KeyedShop) -> None:
    token = shop.bound_tokens()["access_token"]
    challenged(userinfo(shop, token, scheme="Bearer"), "invalid_token")
    challenged(shop.browser.get(shop.path(USERINFO), headers={"Authorization": f"Bearer {token}"}), "invalid_token")
    posted = shop.browser.post(shop.path(USERINFO), f"access_token={token}", content_type=keyed.FORM)
    assert posted.status_code == 401
    assert userinfo(shop, token).status_code == 200


def test_a_bearer_token_does_not_become_a_bound_one(shop: KeyedShop) -> None:
    token = shop.token(shop.code_form(shop.code())).json()["access_token"]
    challenged(userinfo(shop, token), "invalid_token")
    assert shop.userinfo(token).status_code == 200


def test_a_token_comes_with_a_proof_of_its_own_key(shop: KeyedShop) -> None:
    token = shop.bound_tokens()["access_token"]
    stranger = KeyHolder().proof("GET", shop.url(USERINFO), token=token)
    challenged(userinfo(shop, token, proof=stranger), "invalid_token")
    for wrong in ("", "x", shown(shop, token, ath=None), shown(shop, "another"), shown(shop, token, htm="POST"),
                  shown(shop, token, iat=int(time.time()) - 70), shown(shop, token, htu=shop.url("token"))):  # fmt: skip
        challenged(userinfo(shop, token, proof=wrong), "invalid_dpop_proof")
    assert record.last(shop.world.realm, EventType.USERINFO_READ).outcome == "INVALID_DPOP_PROOF"


def test_a_proof_that_was_seen_is_not_believed_again(shop: KeyedShop) -> None:
    token = shop.bound_tokens()["access_token"]
    proof = shown(shop, token)
    assert userinfo(shop, token, proof=proof).status_code == 200
    challenged(userinfo(shop, token, proof=proof), "invalid_dpop_proof")


def test_a_stale_nonce_is_answered_with_a_fresh_one(shop: KeyedShop) -> None:
    token = shop.bound_tokens()["access_token"]
    answer = userinfo(shop, token, proof=shown(shop, token, nonce="stale"))
    challenged(answer, "use_dpop_nonce")
    fresh = answer["DPoP-Nonce"]
    assert userinfo(shop, token, proof=shown(shop, token, nonce=fresh)).status_code == 200


def test_the_management_api_takes_a_bound_token_with_its_proof_alone(world: World, client: Browser) -> None:
    holder = KeyHolder()
    api = world.acme.management_api
    shop = KeyedShop(world, client, ceremonies.Client(api, world.acme.management_secret), None, holder)  # type: ignore[arg-type]
    form = {
        "grant_type": "client_credentials",
        "client_id": api.client_id,
        "client_secret": world.acme.management_secret,
    }
    token = shop.post("token", form, shop.proof()).json()["access_token"]
    path = f"/v1/tenants/{world.acme.tenant.pk}/realms"
    assert shop.ask(path, token).status_code == 200
    assert shop.ask(f"{path}?page_size=1", token).status_code == 200  # whatever the query, in the request or the proof
    challenged(shop.ask(path, token, scheme="Bearer"), "invalid_token")
    challenged(
        shop.ask(path, token, proof=holder.proof("GET", f"{shop.issuer}/userinfo", token=token)), "invalid_dpop_proof"
    )
    challenged(shop.ask(path, token, "POST", proof=shown(shop, token)), "invalid_dpop_proof")
    bearer = shop.token(form).json()["access_token"]
    challenged(shop.ask(path, bearer), "invalid_token")
