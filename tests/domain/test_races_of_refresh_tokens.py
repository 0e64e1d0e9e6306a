"""Eight refreshes at once: one successor, and everybody who was honest is still signed in (anchors L5, B9)."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest

from apps.applications.models import AccessToken, Grant, RefreshToken
from apps.applications.services import applications
from apps.authentication.services import sessions
from apps.core.context import Context
from apps.directory.services import identities
from apps.events.attempt import Overtaken
from apps.tokens.services import revocation
from apps.tokens.services.exchange import TokenRefused, exchange
from tests import ceremonies
from tests.ceremonies import Client
from tests.racing import race
from tests.world import World, web

pytestmark = pytest.mark.django_db(transaction=True)


def signed_in(world: World, confidentiality: str = "public") -> tuple[Client, dict[str, Any]]:
    tokens = {"expires_after": 3600, "token_signing_algorithm": "ES256", "refresh_token": {"enabled": True}}
    made = applications.create_application(
        world.ctx,
        world.realm,
        display_name="App",
        protocol_config=web(confidentiality=confidentiality, token_configuration=tokens),
        authenticator_config=world.acme.customers.config,
    )
    client = Client(made.application, made.client_secret)
    return client, ceremonies.tokens_for(world.visitor, client, ceremonies.give_passkey(world, world.bob))


def refresh(ctx: Context, client: Client, token: str) -> dict[str, Any]:
    form = {"grant_type": "refresh_token", "refresh_token": token, "client_id": client.application.client_id}
    form |= {"client_secret": client.secret} if client.secret else {}
    return json.loads(exchange(ctx, client.application, form=urlencode(form), headers={}).body)


def renewal(world: World, client: Client, token: str) -> Callable[[], dict[str, Any]]:
    return lambda: refresh(world.request, client, token)


@pytest.mark.parametrize("confidentiality", ["public", "confidential"])
def test_eight_at_once_get_one_successor_and_it_works(world: World, confidentiality: str) -> None:
    client, tokens = signed_in(world, confidentiality)
    token = tokens["refresh_token"]
    for _ in range(5):
        finish = race(renewal(world, client, token), times=8)
        assert len(finish.won) == 8, finish.refused
        (token,) = {answer["refresh_token"] for answer in finish.won}
        assert len({answer["access_token"] for answer in finish.won}) == 8
    assert RefreshToken.objects.count() == 6
    assert RefreshToken.objects.filter(consumed_at=None, revoked=None).count() == 1
    assert refresh(world.request, client, token)["access_token"]


@pytest.mark.parametrize("_", range(4))
def test_refreshing_while_being_suspended_leaves_nothing_that_works(world: World, _: int) -> None:
    client, tokens = signed_in(world)
    finish = race(
        *[renewal(world, client, tokens["refresh_token"])] * 7,
        lambda: identities.suspend_identity(world.ctx, world.bob),
    )
    assert not [refusal for refusal in finish.refused if not isinstance(refusal, TokenRefused)]
    assert AccessToken.objects.filter(user=world.bob, revoked_at=None).count() == 0
    for token in {answer["refresh_token"] for answer in finish.won if isinstance(answer, dict)}:
        with pytest.raises(TokenRefused):
            refresh(world.request, client, token)


@pytest.mark.parametrize("end", ["revoked", "deleted", "signed out"])
def test_refreshing_while_it_all_ends_leaves_nothing_that_works(world: World, end: str) -> None:
    client, tokens = signed_in(world)
    ends: dict[str, Callable[[], object]] = {
        "revoked": lambda: revocation.revoke_token(world.request, client.application, tokens["refresh_token"]),
        "deleted": lambda: identities.delete_identity(world.ctx, world.bob),
        "signed out": lambda: sessions.sign_out_everywhere(world.ctx, world.bob),
    }
    application, bob = client.application.pk, world.bob.pk
    finish = race(*[renewal(world, client, tokens["refresh_token"])] * 7, ends[end])
    assert not [refusal for refusal in finish.refused if not isinstance(refusal, TokenRefused | Overtaken)]
    assert not AccessToken.objects.filter(application=application, user_id=bob, revoked_at=None).exists()
    assert not Grant.objects.filter(application=application, user_id=bob, revoked_at=None).exists()


@pytest.mark.parametrize("_", range(4))
def test_redeeming_while_being_suspended_leaves_nothing_that_works(world: World, _: int) -> None:
    client, _ = signed_in(world)
    code = ceremonies.sign_in(world.visitor, client, ceremonies.give_passkey(world, world.bob)).code
    race(lambda: client.redeem(world.visitor, code), lambda: identities.suspend_identity(world.ctx, world.bob))
    assert AccessToken.objects.filter(user=world.bob, revoked_at=None).count() == 0
    assert RefreshToken.objects.filter(user=world.bob, revoked=None).count() == 0


@pytest.mark.parametrize("_", range(4))
def test_refreshing_while_the_application_is_deleted_leaves_nothing(world: World, _: int) -> None:
    client, tokens = signed_in(world)
    gone = client.application.pk
    race(
        *[renewal(world, client, tokens["refresh_token"])] * 7,
        lambda: applications.delete_application(world.ctx, type(client.application).objects.get(pk=gone)),
    )
    assert not AccessToken.objects.filter(application_id=gone).exists()
    assert not RefreshToken.objects.filter(application_id=gone).exists()
