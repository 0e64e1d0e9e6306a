"""Proof Key for Code Exchange (RFC 7636; RFC 9700 §2.1.1)."""

import pytest

from apps.applications.services import applications
from tests.ceremonies import Client
from tests.faces.oidc.shop import Shop, answer_to, leads_to_authenticator
from tests.world import REDIRECT_URI, web


def refusal(shop: Shop, **changes: str | None) -> str:
    return answer_to(shop.authorize(**changes), REDIRECT_URI)["error"]


def client_with(shop: Shop, **config: str) -> Client:
    world = shop.world
    made = applications.create_application(
        world.ctx,
        world.realm,
        display_name="Another",
        protocol_config=web(**config),
        authenticator_config=world.acme.customers.config,
    )
    return Client(made.application, made.client_secret)


@pytest.mark.parametrize(
    "changes",
    [
        {"code_challenge": None, "code_challenge_method": None},
        {"code_challenge": None},
        {"code_challenge": ""},
        {"code_challenge_method": None},
        {"code_challenge_method": "plain"},
        {"code_challenge_method": "s256"},
        {"code_challenge_method": "S512"},
        {"code_challenge": "x" * 42},
        {"code_challenge": "x" * 129},
        {"code_challenge": "x" * 42 + "+"},
        {"code_challenge": "x" * 42 + "="},
    ],
)
def test_a_challenge_is_S256_and_well_formed(shop: Shop, changes: dict[str, str | None]) -> None:
    assert refusal(shop, **changes) == "invalid_request"


def test_a_public_client_cannot_go_without(shop: Shop) -> None:
    """RFC 7636 §4.6: a code whose verifier does not come is as good as one with a wrong one."""
    shop.party = client_with(shop, confidentiality="public")
    assert refusal(shop, code_challenge=None, code_challenge_method=None) == "invalid_request"
    answer = shop.token(shop.form(code_verifier=None))
    assert answer.json()["error"] == "invalid_grant"
    assert shop.token(shop.form()).status_code == 200


@pytest.mark.parametrize("verifier", ["x" * 43, "x" * 128, "\u00fc" * 43, "x"])
def test_the_verifier_must_be_the_challenges_own(shop: Shop, verifier: str) -> None:
    answer = shop.token(shop.form(code_verifier=verifier))
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


def test_the_challenge_itself_is_no_verifier(shop: Shop) -> None:
    challenge = dict(pair.split("=") for pair in shop.party.query().split("&"))["code_challenge"]
    assert shop.token(shop.form(code_verifier=challenge)).json()["error"] == "invalid_grant"


def test_a_verifier_must_not_be_left_out(shop: Shop) -> None:
    for verifier in (None, ""):
        assert shop.token(shop.form(code_verifier=verifier)).status_code == 400


def test_where_plain_is_allowed_both_methods_work(shop: Shop) -> None:
    shop.party = client_with(shop, pkce="plain")
    assert shop.token(shop.form()).status_code == 200
    code = shop.code(code_challenge=shop.party.verifier, code_challenge_method="plain")
    assert shop.token(shop.party.form(code)).status_code == 200
    assert leads_to_authenticator(shop.authorize(code_challenge_method=None))


def test_where_it_is_off_a_code_without_challenge_takes_no_verifier(shop: Shop) -> None:
    """Else whoever strips the challenge on its way would go unnoticed."""
    shop.party = client_with(shop, pkce="disabled")
    bare = {"code_challenge": None, "code_challenge_method": None}
    assert shop.token(shop.party.form(shop.code(**bare))).json()["error"] == "invalid_grant"
    assert shop.token(shop.party.form(shop.code(**bare), code_verifier=None)).status_code == 200
    assert shop.token(shop.party.form(shop.code())).status_code == 200
