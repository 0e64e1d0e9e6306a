"""A challenge is answered once and within five minutes; who takes longer is asked again, and not turned away
(anchors of WebAuthn L3 §13.4.3: random, of the server, not reused)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from apps.authentication import challenges, device_additions, device_approvals, flows
from apps.authentication import services as authentication
from apps.authentication.models import LoginFlow, Session
from apps.authentication.services.proofs import ChallengeExpired
from apps.core import secrets
from apps.core.context import Context
from apps.credentials.models import Credential, FailedAttempt
from apps.credentials.services.passkeys import ProofRefused
from apps.events.types import EventType
from tests import ceremonies, record
from tests.authenticator import SoftPasskey
from tests.ceremonies import Client
from tests.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def passkey(world: World) -> SoftPasskey:
    return ceremonies.give_passkey(world, world.bob)


@pytest.fixture
def client(world: World) -> Client:
    return ceremonies.client_of(world)


def later(world: World, **time: float) -> Context:
    return replace(world.visitor, now=world.ctx.now + timedelta(**time))


def test_no_two_are_alike_and_their_age_is_theirs(world: World) -> None:
    made = {challenges.new(world.ctx) for _ in range(100)}
    assert len(made) == 100
    assert {len(secrets.from_base64url(each)) for each in made} == {32}
    one = made.pop()
    assert not challenges.is_over(later(world, minutes=4, seconds=59), one)
    assert challenges.is_over(later(world, minutes=5, seconds=2), one)
    assert challenges.is_over(later(world, minutes=-6), one), "nor is one from the future believed"


def test_a_right_answer_to_an_old_challenge_signs_nobody_in_and_the_next_one_does(
    world: World, client: Client, passkey: SoftPasskey
) -> None:
    flow = ceremonies.begin(world.visitor, client)
    asked, before = flow.nonce, Credential.objects.values().get()
    with pytest.raises(ChallengeExpired):
        ceremonies.prove(later(world, minutes=6), flow, passkey)
    told = record.last(world.realm, EventType.AUTHENTICATION_TRANSACTION)
    assert (told.outcome, told.data["code"]) == ("DENY", "PROVE")
    assert told.data["reason"] == "the challenge is too old"
    assert told.actor_id == world.bob.pk
    assert not Session.objects.exists()
    assert Credential.objects.values().get() == before
    assert not FailedAttempt.objects.exists(), "being slow is no attack"
    assert flow.nonce != asked
    assert ceremonies.prove(later(world, minutes=7), flow, passkey).identity == world.bob


def test_an_old_answer_is_no_answer_to_the_next_challenge(world: World, client: Client, passkey: SoftPasskey) -> None:
    flow = ceremonies.begin(world.visitor, client)
    answer = passkey.get(secrets.from_base64url(flow.nonce), origin=ceremonies.origin())
    now = later(world, minutes=6)
    with pytest.raises(ChallengeExpired):
        authentication.authenticate(now, flow, answer)
    with pytest.raises(ProofRefused, match="challenge"):
        authentication.authenticate(now, LoginFlow.objects.get(pk=flow.pk), answer)


def test_what_is_shown_lives_long_enough_to_be_answered(world: World, client: Client, passkey: SoftPasskey) -> None:
    flow = ceremonies.begin(world.visitor, client)
    first = flow.nonce
    assert flows.ask(later(world, seconds=50), flow) == first, "a page that is loaded twice leaves another tab alone"
    soon = later(world, minutes=10)
    other_tab = LoginFlow.objects.select_related("application").get(pk=flow.pk)
    assert flows.ask(soon, flow) == flows.ask(soon, other_tab) != first
    assert 299 <= challenges.seconds_left(soon, flow.nonce) <= 300
    assert ceremonies.prove(later(world, minutes=14), flow, passkey).identity == world.bob


def test_letting_a_device_in_takes_a_new_challenge_too(world: World, client: Client, passkey: SoftPasskey) -> None:
    ceremonies.sign_in(world.visitor, client, passkey)
    session = ceremonies.live_sessions(world, world.bob)[0]
    addition = device_additions.begin(world.visitor, session, world.acme.customers.config)
    answer = passkey.get(secrets.from_base64url(addition.nonce), origin=ceremonies.origin())
    with pytest.raises(ChallengeExpired):
        device_approvals.approve(later(world, minutes=6), addition, answer, audience="https://here.test")
    old = addition.nonce
    assert device_approvals.ask(later(world, minutes=9), addition) != old
