"""Refresh tokens (RFC 6749 §6, RFC 9700 §4.14.2, OpenID Connect Core §12): who may renew what, how often, and until when."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.http import HttpResponse

from apps.applications.models import AccessToken, Application, Grant, RefreshToken
from apps.applications.services import applications, resource_servers, roles
from apps.authentication.services import sessions
from apps.core import secrets
from apps.credentials import selectors as credentials
from apps.credentials.services import passkeys
from apps.directory.services import identities
from apps.events.types import EventType
from tests import ceremonies, record
from tests.ceremonies import payload_of
from tests.faces.oidc.shop import Shop

TOKENS = {"expires_after": 3600, "token_signing_algorithm": "ES256"}


def renewing(shop: Shop, **config: Any) -> Shop:
    """An application with refresh tokens; public unless it is said otherwise."""
    refresh = {"enabled": True, **config.pop("refresh", {})}
    kind = {"confidentiality": "public", **config}
    shop.register(token_configuration={**TOKENS, "refresh_token": refresh}, **kind)
    return shop


def refresh(shop: Shop, token: str, **changes: str | None) -> HttpResponse:
    party = shop.party
    form = {"grant_type": "refresh_token", "refresh_token": token, "client_id": party.application.client_id}
    form |= {"client_secret": party.secret} if party.secret else {}
    return shop.token({name: value for name, value in {**form, **changes}.items() if value is not None})


def refused(response: HttpResponse, error: str = "invalid_grant", status: int = 400) -> None:
    assert (response.status_code, response.json()["error"]) == (status, error), response.content


def age(token: str, seconds: int) -> None:
    """As if the token had been exchanged longer ago: what is decided here goes by the database's clock."""
    row = RefreshToken.objects.get(token_checksum=secrets.digest(token))
    assert row.consumed_at
    RefreshToken.objects.filter(pk=row.pk).update(consumed_at=row.consumed_at - timedelta(seconds=seconds))


# --- whether there is one -----------------------------------------------------------------------------------------------


def test_enabled_is_enough_and_offline_access_is_no_more(shop: Shop) -> None:
    renewing(shop)
    plain, wished = shop.tokens(), shop.tokens(scope="openid offline_access")
    assert plain["refresh_token"]
    assert wished["refresh_token"]
    assert plain["scope"] == wished["scope"] == "openid"


def test_who_has_it_switched_off_gets_none_and_may_not_use_one(shop: Shop) -> None:
    token = renewing(shop).tokens()["refresh_token"]
    off = {"protocol_config": {"token_configuration": {"refresh_token": {"enabled": False}}}}
    applications.update_application(shop.world.ctx, shop.application, **off)
    assert "refresh_token" not in shop.tokens()
    refused(refresh(shop, token), "unauthorized_client")


def test_the_database_holds_neither_the_token_nor_a_key_to_the_next(shop: Shop) -> None:
    first = renewing(shop).tokens()["refresh_token"]
    second = refresh(shop, first).json()["refresh_token"]
    for row in RefreshToken.objects.values():
        assert first not in str(row)
        assert second not in str(row)
        assert second.encode() not in bytes(row["sealed_successor"] or b"")


# --- renewing -------------------------------------------------------------------------------------------------------------


def test_a_refresh_gives_a_new_access_token_the_next_refresh_token_and_an_id_token(shop: Shop) -> None:
    before = renewing(shop).tokens()
    answer = refresh(shop, before["refresh_token"])
    after = answer.json()
    assert answer["Cache-Control"] == "no-store"
    assert set(after) == {"access_token", "token_type", "expires_in", "scope", "id_token", "refresh_token"}
    assert after["access_token"] != before["access_token"]
    assert after["refresh_token"] != before["refresh_token"]
    assert shop.userinfo(after["access_token"]).status_code == 200
    assert shop.userinfo(before["access_token"]).status_code == 200
    assert payload_of(after["access_token"])["bi_ty"] == "refresh_token"


def test_the_new_id_token_speaks_of_the_same_sign_in(shop: Shop) -> None:
    tokens = renewing(shop).tokens()
    before = payload_of(tokens["id_token"])
    with time_machine.travel(timedelta(minutes=1), tick=False):
        after = payload_of(refresh(shop, tokens["refresh_token"]).json()["id_token"])
    assert {name for name in before if before[name] != after.get(name)} == {"iat", "exp", "jti", "at_hash", "nonce"}
    assert "nonce" not in after
    assert after["iat"] > before["iat"]


def test_every_refresh_is_an_event_of_the_same_flow(shop: Shop) -> None:
    refresh(shop, renewing(shop).tokens()["refresh_token"])
    redeemed, refreshed = record.events(shop.world.realm, EventType.TOKEN_REQUEST)[-2:]
    assert refreshed.correlation_id == redeemed.correlation_id
    assert (refreshed.actor_id, refreshed.data["grant_type"]) == (shop.world.bob.pk, "refresh_token")


def test_a_family_ends_when_its_first_was_to_end(shop: Shop) -> None:
    token = renewing(shop, refresh={"expires_after": 3600}).tokens()["refresh_token"]
    first, second = RefreshToken.objects.get(), refresh(shop, token).json()["refresh_token"]
    assert RefreshToken.objects.get(token_checksum=secrets.digest(second)).expires == first.expires
    assert first.expires - first.issued_at == timedelta(hours=1)
    RefreshToken.objects.update(expires=shop.world.at(timedelta(seconds=-1)).now)
    refused(refresh(shop, second))


def test_without_a_lifetime_it_is_thirty_days(shop: Shop) -> None:
    renewing(shop).tokens()
    row = RefreshToken.objects.get()
    assert row.expires - row.issued_at == timedelta(days=30)


# --- rotation -------------------------------------------------------------------------------------------------------------


def test_a_retry_within_the_grace_gets_the_same_successor_and_its_own_access_token(shop: Shop) -> None:
    token = renewing(shop).tokens()["refresh_token"]
    first, again = refresh(shop, token).json(), refresh(shop, token).json()
    assert first["refresh_token"] == again["refresh_token"]
    assert first["access_token"] != again["access_token"]
    age(token, 9)
    assert refresh(shop, token).json()["refresh_token"] == first["refresh_token"]
    assert RefreshToken.objects.count() == 2


def test_reuse_after_the_grace_kills_the_family_and_is_an_event(shop: Shop) -> None:
    tokens = renewing(shop).tokens()
    after = refresh(shop, tokens["refresh_token"]).json()
    age(tokens["refresh_token"], 10)
    refused(refresh(shop, tokens["refresh_token"]))
    refused(refresh(shop, after["refresh_token"]))
    for access_token in (tokens["access_token"], after["access_token"]):
        assert shop.userinfo(access_token).status_code == 401
    ended = record.last(shop.world.realm, EventType.TOKEN_CHANGE)
    assert (ended.data, ended.outcome) == ({"action": "FAMILY_REVOKE", "reason": "reuse"}, "SUCCESS")
    assert ended.actor_id == shop.world.bob.pk
    assert tokens["refresh_token"] not in str(ended.targets)


def test_another_applications_token_is_refused_and_goes_on(shop: Shop) -> None:
    """The last step of the OpenID Foundation's oidcc-refresh-token, which wants two clients at one issuer."""
    token, owner = renewing(shop).tokens()["refresh_token"], shop.party
    renewing(shop)
    refused(refresh(shop, token))
    shop.party = owner
    assert refresh(shop, token).status_code == 200


def test_another_sign_in_is_another_family(shop: Shop) -> None:
    stolen, other = renewing(shop).tokens(), shop.tokens()
    refresh(shop, stolen["refresh_token"])
    age(stolen["refresh_token"], 60)
    refused(refresh(shop, stolen["refresh_token"]))
    assert refresh(shop, other["refresh_token"]).status_code == 200


@pytest.mark.parametrize("rotate", [True, False])
def test_a_confidential_client_rotates_if_it_likes(shop: Shop, rotate: bool) -> None:
    token = renewing(shop, confidentiality="confidential", refresh={"rotate": rotate}).tokens()["refresh_token"]
    answers = [refresh(shop, token).json()["refresh_token"] for _ in range(2)]
    assert (answers == [token, token]) is not rotate
    assert RefreshToken.objects.exclude(last_used_at=None).count() == 1


def test_a_client_that_stops_rotating_is_not_left_with_what_was_spent(shop: Shop) -> None:
    token = renewing(shop, confidentiality="confidential").tokens()["refresh_token"]
    successor = refresh(shop, token).json()["refresh_token"]
    off = {"token_configuration": {"refresh_token": {"rotate": False}}}
    applications.update_application(shop.world.ctx, shop.application, protocol_config=off)
    for shown in (token, successor, successor):
        assert refresh(shop, shown).json()["refresh_token"] == successor


def test_a_public_client_always_rotates(shop: Shop) -> None:
    token = renewing(shop, refresh={"rotate": False}).tokens()["refresh_token"]
    assert refresh(shop, token).json()["refresh_token"] != token


def test_a_replayed_code_takes_the_refresh_tokens_with_it(shop: Shop) -> None:
    renewing(shop)
    form = shop.form()
    tokens = shop.token(form).json()
    later = refresh(shop, tokens["refresh_token"]).json()
    refused(shop.token(form))
    refused(refresh(shop, later["refresh_token"]))
    assert AccessToken.objects.filter(application=shop.application, revoked_at=None).count() == 0


# --- whose it is ----------------------------------------------------------------------------------------------------------


def test_it_is_its_own_clients_alone(shop: Shop) -> None:
    token = renewing(shop).tokens()["refresh_token"]
    renewing(shop)
    refused(refresh(shop, token))
    shop.party = ceremonies.client_of(shop.world, shop.world.acme.staff.application)
    Application.objects.filter(pk=shop.application.pk).update(refresh_token_enabled=True)
    refused(refresh(shop, token))
    assert RefreshToken.objects.get().consumed_at is None


def test_a_confidential_client_proves_itself_every_time(shop: Shop) -> None:
    token = renewing(shop, confidentiality="confidential").tokens()["refresh_token"]
    refused(refresh(shop, token, client_secret="wrong"), "invalid_client", 401)
    refused(refresh(shop, token, client_secret=None), "invalid_client", 401)
    assert refresh(shop, token, client_id=None, client_secret=None).status_code == 401
    assert refresh(shop, token).status_code == 200


@pytest.mark.parametrize("token", ["x", "\x00", "é", "x" * 10_000, "a.b.c", "a.b.c.d.e"])
def test_what_is_none_is_refused(shop: Shop, token: str) -> None:
    refused(refresh(renewing(shop), token))


def test_an_access_token_is_none(shop: Shop) -> None:
    refused(refresh(shop, renewing(shop).tokens()["access_token"]))


def test_a_refresh_token_opens_nothing(shop: Shop) -> None:
    assert shop.userinfo(renewing(shop).tokens()["refresh_token"]).status_code == 401


def test_left_out_or_given_twice_it_is_a_bad_request(shop: Shop) -> None:
    token = renewing(shop).tokens()["refresh_token"]
    refused(refresh(shop, token, refresh_token=None), "invalid_request")
    refused(shop.token(f"grant_type=refresh_token&refresh_token={token}&refresh_token={token}"), "invalid_request")


# --- scopes ---------------------------------------------------------------------------------------------------------------


@pytest.fixture
def clerk(shop: Shop) -> tuple[Shop, Any]:
    """Bob may read and write orders through a role; the shop asks for it."""
    world = shop.world
    server = resource_servers.create_resource_server(
        world.ctx, world.realm, display_name="Orders", identifier="https://orders.test", scopes=["read", "write"]
    )
    role = roles.create_role(world.ctx, server, display_name="Clerk")
    roles.add_scopes(world.ctx, role, ["read", "write"])
    roles.add_members(world.ctx, role, identity_ids=[world.bob.pk])
    refresh_token = {"token_configuration": {**TOKENS, "refresh_token": {"enabled": True}}}
    shop.register(resource_server=server, allowed_scopes=["read", "write"], confidentiality="public", **refresh_token)
    return shop, role


def test_less_may_be_asked_for_and_the_family_keeps_the_rest(clerk: tuple[Shop, Any]) -> None:
    shop, _ = clerk
    token = shop.tokens(scope="openid read write")["refresh_token"]
    narrow = refresh(shop, token, scope="read").json()
    assert narrow["scope"] == "read"
    assert "id_token" not in narrow
    assert refresh(shop, narrow["refresh_token"]).json()["scope"] == "openid read write"


def test_more_may_not(clerk: tuple[Shop, Any]) -> None:
    shop, _ = clerk
    token = shop.tokens(scope="openid read")["refresh_token"]
    for more in ("write", "read write", "openid read email", "nonsense", "x " * 20_000):
        refused(refresh(shop, token, scope=more), "invalid_scope")
    assert refresh(shop, token, scope="openid read offline_access").json()["scope"] == "openid read"


def test_a_role_taken_away_is_gone_from_the_next_access_token(clerk: tuple[Shop, Any]) -> None:
    shop, role = clerk
    token = shop.tokens(scope="openid read write")["refresh_token"]
    roles.remove_scopes(shop.world.ctx, role, ["write"])
    after = refresh(shop, token).json()
    assert after["scope"] == payload_of(after["access_token"])["scope"] == "openid read"
    roles.add_scopes(shop.world.ctx, role, ["write"])
    assert refresh(shop, after["refresh_token"]).json()["scope"] == "openid read write"


def test_when_nothing_is_left_nothing_is_given(clerk: tuple[Shop, Any]) -> None:
    shop, role = clerk
    token = shop.tokens(scope="read")["refresh_token"]
    roles.remove_members(shop.world.ctx, role, identity_ids=[shop.world.bob.pk])
    refused(refresh(shop, token), "invalid_scope")
    assert RefreshToken.objects.get().consumed_at is None


# --- what ends it ---------------------------------------------------------------------------------------------------------


def revoke_passkey(shop: Shop) -> None:
    passkeys.revoke_credential(shop.world.ctx, credentials.credentials_of(shop.world.bob).get())


@pytest.mark.parametrize(
    "end",
    [
        pytest.param(lambda shop: identities.suspend_identity(shop.world.ctx, shop.world.bob), id="person suspended"),
        pytest.param(lambda shop: identities.delete_identity(shop.world.ctx, shop.world.bob), id="person deleted"),
        pytest.param(revoke_passkey, id="passkey revoked"),
        pytest.param(lambda shop: sessions.sign_out_everywhere(shop.world.ctx, shop.world.bob), id="signed out"),
    ],
)
def test_it_ends_with_what_it_hangs_on(shop: Shop, end: Callable[[Shop], object]) -> None:
    tokens = renewing(shop).tokens()
    end(shop)
    refused(refresh(shop, tokens["refresh_token"]))
    assert shop.userinfo(tokens["access_token"]).status_code == 401
    for rows in (AccessToken.objects.filter(revoked_at=None), RefreshToken.objects.filter(revoked=None)):
        assert not rows.filter(application=shop.application).exists()


def test_a_deleted_application_leaves_nothing(shop: Shop) -> None:
    tokens, gone = renewing(shop).tokens(), shop.application.pk
    applications.delete_application(shop.world.ctx, Application.objects.get(pk=gone))
    assert refresh(shop, tokens["refresh_token"]).status_code == 404
    assert not any(rows.objects.filter(application_id=gone).exists() for rows in (AccessToken, RefreshToken, Grant))


def test_what_ended_stays_ended(shop: Shop) -> None:
    tokens = renewing(shop).tokens()
    identities.suspend_identity(shop.world.ctx, shop.world.bob)
    identities.unsuspend_identity(shop.world.ctx, shop.world.bob)
    refused(refresh(shop, tokens["refresh_token"]))
