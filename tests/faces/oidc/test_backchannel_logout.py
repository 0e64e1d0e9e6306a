"""Telling applications that somebody signed out (OpenID Connect Back-Channel Logout 1.0 §2)."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import transaction

from apps.applications.models import Application
from apps.applications.services import applications
from apps.authentication import notices
from apps.authentication.models import LogoutNotice
from apps.authentication.services import sessions
from apps.authenticators import services as authenticators
from apps.credentials import selectors as credentials
from apps.credentials.services import passkeys
from apps.directory.services import identities
from apps.events.types import EventType
from apps.tokens.services import signing_keys
from tests import ceremonies, record, relying_party
from tests.ceremonies import Client
from tests.faces.oidc.shop import Shop
from tests.racing import race
from tests.relying_party import RelyingParty, verified
from tests.waiting import until
from tests.world import World, build, web

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _loopback_is_fine(settings: Any) -> None:
    settings.OUTGOING_ALLOW_LOOPBACK = True


@pytest.fixture
def party() -> Iterator[RelyingParty]:
    with relying_party.listening() as listening:
        yield listening


@pytest.fixture
def shop(shop: Shop, party: RelyingParty) -> Shop:
    shop.party.application = tell(shop.world, shop.application, party.url)
    return shop


def tell(world: World, application: Application, url: str, **further: Any) -> Application:
    config = {"backchannel_logout_uri": url, **further}
    return applications.update_application(world.ctx, application, protocol_config=config)


def another(world: World, url: str, name: str = "Another", **further: Any) -> Client:
    config = web(token_configuration={"expires_after": 60, "token_signing_algorithm": "ES256"}, **further)
    made = applications.create_application(
        world.ctx,
        world.realm,
        display_name=name,
        protocol_config={**config, **({"backchannel_logout_uri": url} if url else {})},
        authenticator_config=world.acme.customers.config,
    )
    return Client(made.application, made.client_secret)


def open_in_session(shop: Shop, client: Client) -> dict[str, Any]:
    """Bob opens one more application with the session that his browser has."""
    mine, shop.party = shop.party, client
    answer = shop.authorize(prompt="none")["Location"]
    code = dict(part.split("=") for part in answer.partition("?")[2].split("&"))["code"]
    shop.party = mine
    return client.redeem(shop.world.visitor, code)


def delivered() -> int:
    return sum(notices.deliver_to(pk) for pk in set(LogoutNotice.objects.values_list("application_id", flat=True)))


def signed_in(shop: Shop) -> dict[str, Any]:
    return ceremonies.payload_of(shop.token(shop.party.form(shop.sign_in().code)).json()["id_token"])


# --- the token ------------------------------------------------------------------------------------------------------------


def test_discovery_says_that_sessions_are_named(shop: Shop) -> None:
    found = shop.browser.get(shop.path(".well-known/openid-configuration")).json()
    assert found["backchannel_logout_supported"] is True
    assert found["backchannel_logout_session_supported"] is True
    assert "sid" in found["claims_supported"]


def test_signing_out_posts_a_logout_token_that_an_independent_library_verifies(shop: Shop, party: RelyingParty) -> None:
    id_token = signed_in(shop)
    shop.browser.get(f"{shop.path('end-session')}")
    sessions.sign_out(shop.world.visitor, ceremonies.live_sessions(shop.world, shop.world.bob)[0])
    assert delivered() == 1
    assert party.kinds == ["application/x-www-form-urlencoded"]
    claims = verified(party.tokens[0], shop.application)
    assert (claims["sub"], claims["sid"]) == (id_token["sub"], id_token["sid"])
    event = record.last(shop.world.realm, EventType.SESSION_CHANGE)
    assert (event.data["action"], event.outcome, event.data["tries"]) == ("NOTIFY", "SUCCESS", 1)
    assert event.targets[0]["id"] == str(shop.application.pk)
    assert delivered() == 0  # told once


@pytest.mark.parametrize("subject", [{"subject_field": "email"}, {"subject_field": "username"}])
def test_the_subject_is_the_one_that_the_application_knows(
    shop: Shop, party: RelyingParty, subject: dict[str, str]
) -> None:
    config = {"token_configuration": subject}
    shop.party.application = applications.update_application(shop.world.ctx, shop.application, protocol_config=config)
    id_token = signed_in(shop)
    identities.delete_identity(shop.world.ctx, shop.world.bob)
    assert delivered() == 1
    assert verified(party.tokens[0], shop.application)["sub"] == id_token["sub"] != shop.world.bob.pk


def test_a_key_rotated_in_between_signs_it(shop: Shop, party: RelyingParty) -> None:
    signed_in(shop)
    sessions.sign_out_everywhere(shop.world.ctx, shop.world.bob)
    signing_keys.rotate_signing_keys(shop.world.ctx, shop.world.realm)
    assert delivered() == 1
    assert verified(party.tokens[0], shop.application)


def test_a_logout_token_is_nothing_else(shop: Shop, party: RelyingParty) -> None:
    signed_in(shop)
    sessions.sign_out_everywhere(shop.world.ctx, shop.world.bob)
    delivered()
    (token,) = party.tokens
    assert shop.userinfo(token).status_code == 401
    assert shop.browser.get(f"{shop.path('end-session')}?id_token_hint={token}").status_code == 400


# --- who is told, and when ------------------------------------------------------------------------------------------------

ENDINGS = {
    "signing out": lambda world: [
        sessions.sign_out(world.visitor, each) for each in ceremonies.live_sessions(world, world.bob)
    ],
    "signing out everywhere": lambda world: sessions.sign_out_everywhere(world.ctx, world.bob),
    "suspending the person": lambda world: identities.suspend_identity(world.ctx, world.bob),
    "deleting the person": lambda world: identities.delete_identity(world.ctx, world.bob),
    "revoking the passkey": lambda world: passkeys.revoke_credential(
        world.ctx, credentials.active_credentials_of(world.bob).get()
    ),
}


@pytest.mark.parametrize("end", ENDINGS.values(), ids=ENDINGS.keys())
def test_every_application_of_the_session_is_told_however_it_ends(shop: Shop, party: RelyingParty, end: Any) -> None:
    world, beside, silent = shop.world, another(shop.world, party.url), another(shop.world, "", "Silent")
    never_opened = another(world, party.url, "Never opened")
    signed_in(shop)
    for client in (beside, silent):
        open_in_session(shop, client)
    end(world)
    told = set(LogoutNotice.objects.values_list("application_id", flat=True))
    assert told == {shop.application.pk, beside.application.pk}
    assert never_opened.application.pk not in told
    assert delivered() == 2
    assert len(party.tokens) == 2


def test_a_code_that_was_never_redeemed_gave_nothing_to_take_back(shop: Shop) -> None:
    shop.sign_in()
    sessions.sign_out_everywhere(shop.world.ctx, shop.world.bob)
    assert not LogoutNotice.objects.exists()


def test_an_application_that_got_tokens_twice_in_a_session_is_told_once_and_of_two_sessions_twice(shop: Shop) -> None:
    signed_in(shop)
    open_in_session(shop, shop.party)
    signed_in(shop)
    sessions.sign_out_everywhere(shop.world.ctx, shop.world.bob)
    assert LogoutNotice.objects.count() == 2


def test_a_person_who_ends_is_told_of_where_sign_ins_make_no_session(shop: Shop, party: RelyingParty) -> None:
    """Unless the application can only be told of sessions (§2.2)."""
    world = shop.world
    embedded = authenticators.create_authenticator_config(
        world.ctx, world.realm, display_name="In the app",
        config={"type": "embedded", "invoke_url": "https://app.acme.test/", "trusted_origins": [ceremonies.origin()]},
    )  # fmt: skip
    for required in (False, True):
        client = another(world, party.url, f"App {required}", backchannel_logout_session_required=required)
        applications.update_application(world.ctx, client.application, authenticator_config=embedded)
        ceremonies.tokens_for(world.visitor, client, shop.passkey)
    identities.suspend_identity(world.ctx, world.bob)
    (notice,) = LogoutNotice.objects.select_related("application")
    assert (notice.application.display_name, notice.session_id) == ("App False", None)
    assert delivered() == 1
    claims = verified(party.tokens[0], notice.application)
    assert (claims["sub"], "sid" in claims) == (world.bob.pk, False)


def test_an_ending_that_is_rolled_back_tells_nobody(shop: Shop) -> None:
    signed_in(shop)
    with transaction.atomic():
        sessions.sign_out_everywhere(shop.world.ctx, shop.world.bob)
        transaction.set_rollback(True)
    assert not LogoutNotice.objects.exists()


def test_deleting_the_application_takes_its_notices_along(shop: Shop) -> None:
    signed_in(shop)
    sessions.sign_out_everywhere(shop.world.ctx, shop.world.bob)
    applications.delete_application(shop.world.ctx, shop.application)
    assert delivered() == 0


# --- who does not answer --------------------------------------------------------------------------------------------------


def fail_for(hours: float, party: RelyingParty) -> LogoutNotice:
    """Tries for as long as that, whenever a try is due."""
    start = notices.system_context().now
    moment = start
    while moment < start + timedelta(hours=hours):
        with time_machine.travel(moment, tick=False):
            delivered()
        moment += timedelta(minutes=10)
    return LogoutNotice.objects.get()


def test_an_application_that_is_down_is_tried_again_with_growing_pauses_for_a_day(
    shop: Shop, party: RelyingParty
) -> None:
    signed_in(shop)
    sessions.sign_out_everywhere(shop.world.ctx, shop.world.bob)
    party.answer = 503
    assert fail_for(2, party).failed_at is None
    assert 5 <= len(party.bodies) < 12
    notice = fail_for(26, party)
    assert notice.failed_at is not None
    assert len(party.bodies) < 40
    event = record.last(shop.world.realm, EventType.SESSION_CHANGE)
    assert (event.data["action"], event.outcome, event.data["problem"]) == (
        "NOTIFY",
        "FAILED_TO_SEND",
        "it answered 503",
    )
    assert len(set(party.tokens)) == len(party.tokens)  # each try a token of its own time


def test_one_that_comes_back_is_told(shop: Shop, party: RelyingParty) -> None:
    signed_in(shop)
    sessions.sign_out_everywhere(shop.world.ctx, shop.world.bob)
    party.answer = 500
    delivered()
    party.answer = 204
    with time_machine.travel(notices.system_context().now + timedelta(seconds=30)):
        assert delivered() == 1
        assert verified(party.tokens[-1], shop.application)
    assert LogoutNotice.objects.get().tries == 2


def test_one_that_refuses_is_believed_the_third_time(shop: Shop, party: RelyingParty) -> None:
    signed_in(shop)
    sessions.sign_out_everywhere(shop.world.ctx, shop.world.bob)
    party.answer = 400
    assert fail_for(3, party).failed_at is not None
    assert len(party.bodies) == 3


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/x", "https://nowhere.invalid/x"])
def test_one_that_is_not_there_keeps_its_further_notices_waiting_too(shop: Shop, url: str) -> None:
    shop.party.application = tell(shop.world, shop.application, url)
    for _ in range(3):
        signed_in(shop)
    sessions.sign_out_everywhere(shop.world.ctx, shop.world.bob)
    assert delivered() == 0
    tries = sorted(LogoutNotice.objects.values_list("tries", flat=True))
    assert tries == [0, 0, 1]
    assert not LogoutNotice.objects.filter(next_try_at__lte=notices.system_context().now).exists()


def test_our_own_neighbours_are_never_posted_to(shop: Shop, party: RelyingParty, settings: Any) -> None:
    settings.OUTGOING_ALLOW_LOOPBACK = False
    signed_in(shop)
    sessions.sign_out_everywhere(shop.world.ctx, shop.world.bob)
    assert delivered() == 0
    assert party.bodies == []


def test_a_redirect_is_not_followed(shop: Shop, party: RelyingParty) -> None:
    signed_in(shop)
    sessions.sign_out_everywhere(shop.world.ctx, shop.world.bob)
    party.answer = 307
    delivered()
    assert len(party.bodies) == 1
    assert LogoutNotice.objects.get().delivered_at is None


def test_a_notice_is_forgotten_a_day_after_it_was_delivered(shop: Shop, party: RelyingParty) -> None:
    signed_in(shop)
    sessions.sign_out_everywhere(shop.world.ctx, shop.world.bob)
    delivered()
    sessions.forget(shop.world.at(timedelta(hours=23)))
    assert LogoutNotice.objects.exists()
    sessions.forget(shop.world.at(timedelta(hours=25)))
    assert not LogoutNotice.objects.exists()


# --- many at once ---------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_dead_application_keeps_nobody_else_waiting(party: RelyingParty) -> None:
    world = build()
    passkey = ceremonies.give_passkey(world, world.bob)
    with relying_party.listening() as dead:
        dead.awake.clear()
        clients = [another(world, dead.url, f"Dead {number}") for number in range(4)] + [another(world, party.url)]
        for client in clients:
            ceremonies.tokens_for(world.visitor, client, passkey)
        sessions.sign_out_everywhere(world.ctx, world.bob)
        assert notices.drain() == 5
        assert party.wait_for(1)
        assert dead.tokens == []
        assert notices.drain() == 0  # each has its lane still
        dead.awake.set()
        assert len(dead.wait_for(4)) == 4
        assert until(lambda: not notices._busy)


@pytest.mark.django_db(transaction=True)
def test_of_many_senders_one_sends(party: RelyingParty) -> None:
    world = build()
    tell(world, world.application, party.url)
    passkey = ceremonies.give_passkey(world, world.bob)
    ceremonies.tokens_for(world.visitor, ceremonies.client_of(world), passkey)
    sessions.sign_out_everywhere(world.ctx, world.bob)
    party.awake.clear()
    threading.Timer(0.3, party.awake.set).start()
    finish = race(lambda: notices.deliver_to(world.application.pk), times=6)
    assert sum(finish.won) == len(party.bodies) == 1


@pytest.mark.django_db(transaction=True)
def test_of_many_who_end_a_session_at_once_one_ends_it_and_tells_of_it(party: RelyingParty) -> None:
    world = build()
    tell(world, world.application, party.url)
    passkey = ceremonies.give_passkey(world, world.bob)
    ceremonies.tokens_for(world.visitor, ceremonies.client_of(world), passkey)
    (session,) = ceremonies.live_sessions(world, world.bob)
    race(lambda: sessions.sign_out(world.visitor, session), times=6)
    assert LogoutNotice.objects.count() == 1
