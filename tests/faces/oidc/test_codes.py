"""Authorization codes: for one client, one URI, sixty seconds and one use (RFC 6749 §4.1.2, §4.1.3; RFC 9700 §4.5)."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser

from apps.applications.models import AccessToken, Grant
from apps.applications.services import applications
from apps.directory.services import identities
from apps.events.types import EventType
from apps.tokens import jose, verification
from tests import ceremonies, record
from tests.ceremonies import Client
from tests.faces.oidc.shop import FORM, Shop
from tests.world import web


def refused(response: Any, error: str = "invalid_grant") -> None:
    assert (response.status_code, response.json()["error"]) == (400, error)


def live_tokens(shop: Shop) -> int:
    return AccessToken.objects.filter(application=shop.application, revoked_at=None).count()


def test_a_code_is_redeemed_once_and_its_reuse_kills_what_it_gave(shop: Shop) -> None:
    form = shop.form()
    given = shop.token(form).json()["access_token"]
    assert shop.userinfo(given).status_code == 200
    refused(shop.token(form))
    assert shop.userinfo(given).status_code == 401
    assert live_tokens(shop) == 0
    assert record.last(shop.world.realm, EventType.TOKEN_REQUEST).data["replayed_code"] is True


def test_reuse_by_whoever_lacks_the_verifier_kills_it_too(shop: Shop) -> None:
    form = shop.form()
    shop.token(form)
    refused(shop.token({**form, "code_verifier": "x" * 43}))
    assert live_tokens(shop) == 0


def test_a_stranger_without_the_secret_kills_nothing(shop: Shop) -> None:
    form = shop.form()
    shop.token(form)
    assert shop.token({**form, "client_secret": "guess"}).status_code == 401
    assert live_tokens(shop) == 1


def test_a_code_lives_sixty_seconds(shop: Shop) -> None:
    form = shop.form()
    grant = Grant.objects.get(application=shop.application, consumed_at=None)
    assert timedelta(0) < grant.expires - shop.world.ctx.now <= timedelta(seconds=60)
    Grant.objects.filter(pk=grant.pk).update(expires=shop.world.ctx.now - timedelta(seconds=1))
    refused(shop.token(form))
    assert live_tokens(shop) == 0


@pytest.mark.parametrize("code", ["", "x", "x" * 43, "x" * 5000, "\x00", "\u00fc", "' OR 1=1 --"])
def test_a_made_up_code_buys_nothing(shop: Shop, code: str) -> None:
    refused(shop.token(shop.form(code=code)), "invalid_grant" if code else "invalid_request")


@pytest.mark.parametrize(
    "uri", ["http://localhost:3000/callback/", "http://localhost:3000/callback?", "https://evil.test/callback", "x"]
)
def test_the_redirect_uri_is_named_again_byte_for_byte(shop: Shop, uri: str) -> None:
    refused(shop.token(shop.form(redirect_uri=uri)))
    assert live_tokens(shop) == 0


def test_and_not_left_out(shop: Shop) -> None:
    refused(shop.token(shop.form(redirect_uri=None)), "invalid_request")


def test_one_clients_code_is_nothing_to_another_of_the_same_realm(shop: Shop) -> None:
    code = shop.code()
    world = shop.world
    made = applications.create_application(
        world.ctx,
        world.realm,
        display_name="Neighbour",
        protocol_config=web(),
        authenticator_config=world.acme.customers.config,
    )
    neighbour = Client(made.application, made.client_secret, verifier=shop.party.verifier)
    mine, shop.party = shop.party, neighbour
    refused(shop.token(neighbour.form(code)))
    shop.party = mine
    assert shop.token(mine.form(code)).status_code == 200


def test_a_person_suspended_in_between_gets_no_tokens(shop: Shop) -> None:
    form = shop.form()
    identities.suspend_identity(shop.world.ctx, shop.world.bob)
    refused(shop.token(form))


def test_the_id_token_is_what_the_client_asked_for(shop: Shop) -> None:
    answer = shop.tokens()
    claims = jose.verify(answer["id_token"], verification.find_key, typ="JWT", now=shop.world.ctx.now.timestamp())
    bob = shop.world.bob
    assert claims["iss"] == shop.issuer
    assert (claims["sub"], claims["aud"]) == (bob.pk, shop.application.client_id)
    assert claims["nonce"] == shop.party.nonce
    assert claims["exp"] - claims["iat"] == 3600
    assert (claims["acr"], claims["amr"]) == ("phr", ["pop", "hwk", "user"])
    assert (claims["preferred_username"], claims["email"], claims["email_verified"]) == (
        "bob", "bob@acme.test", False,
    )  # fmt: skip
    assert "nonce" not in ceremonies.payload_of(shop.tokens(nonce=None)["id_token"])


def test_without_openid_there_is_no_id_token(shop: Shop) -> None:
    answer = shop.tokens(scope=None)
    assert "id_token" not in answer
    assert shop.userinfo(answer["access_token"]).status_code == 403


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_one_wins_and_nothing_breaks(shop: Shop) -> None:
    form = shop.party.form(shop.code())
    answers: list[Any] = []

    def redeem() -> None:
        try:
            answers.append(Browser().post(shop.path("token"), form, content_type=FORM))
        finally:
            connection.close()

    racers = [threading.Thread(target=redeem) for _ in range(6)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join(30)
    assert sorted(answer.status_code for answer in answers) == [200] + [400] * 5
    assert AccessToken.objects.filter(application=shop.application).count() == 1
    assert live_tokens(shop) == 0  # the five others used it a second time
