"""Eight at once at one person's consent: one answer counts, what was agreed to adds up, what was taken back stays back."""

from typing import Any

import pytest

from apps.applications.models import AccessToken, Consent, Grant
from apps.applications.services import applications
from apps.authentication import flows
from apps.authentication import services as authentication
from apps.authentication.flows import FlowOver
from apps.authentication.models import LoginFlow, Session
from apps.authentication.services import consents
from apps.core import secrets
from apps.core.errors import NotFound
from apps.tokens.services import consents as taking_back
from tests import ceremonies
from tests.authenticator import SoftPasskey
from tests.ceremonies import Client
from tests.racing import race
from tests.world import World, web

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def kites(world: World) -> Client:
    made = applications.create_application(
        world.ctx,
        world.realm,
        display_name="Kite Rental",
        protocol_config=web(is_first_party=False),
        authenticator_config=world.acme.customers.config,
    )
    return Client(made.application, made.client_secret)


@pytest.fixture
def passkey(world: World) -> SoftPasskey:
    return ceremonies.give_passkey(world, world.bob)


def asked(world: World, kites: Client, passkey: SoftPasskey, **changes: str) -> LoginFlow:
    """A flow in which Bob is known and has yet to agree."""
    flow = ceremonies.begin(world.visitor, kites, **changes)
    assert ceremonies.prove(world.visitor, flow, passkey).code == ""
    return flow


def again(world: World, flow: LoginFlow) -> LoginFlow:
    """As another request reads it."""
    return flows.get_flow(world.visitor, flow.application, str(flow.pk), ceremonies.BROWSER)


def test_one_answer_counts(world: World, kites: Client, passkey: SoftPasskey) -> None:
    flow = asked(world, kites, passkey)
    copies = [again(world, flow) for _ in range(8)]
    verbs = [consents.give_consent, consents.refuse_consent] * 4
    finish = race(*(lambda v=verb, f=copy: v(world.visitor, f) for verb, copy in zip(verbs, copies, strict=True)))
    assert len(finish.won) == 1
    assert {type(refusal) for refusal in finish.refused} == {FlowOver}
    agreed = "code" in finish.won[0].parameters
    assert Grant.objects.count() == Consent.objects.count() == (1 if agreed else 0)


def test_one_proof_leads_to_the_question(world: World, kites: Client, passkey: SoftPasskey) -> None:
    flow = ceremonies.begin(world.visitor, kites)
    proof = passkey.get(secrets.from_base64url(flow.nonce), origin=ceremonies.origin())
    copies = [again(world, flow) for _ in range(8)]
    finish = race(*(lambda f=copy: authentication.authenticate(world.visitor, f, proof) for copy in copies))
    assert [done.code for done in finish.won] == [""]
    assert Session.objects.count() == 1
    assert not Grant.objects.exists()
    consents.give_consent(world.visitor, again(world, flow))


def test_what_is_agreed_to_in_several_windows_adds_up(world: World, kites: Client, passkey: SoftPasskey) -> None:
    scopes = ["openid", "openid profile", "openid email", "openid phone"] * 2
    open_flows = [again(world, asked(world, kites, passkey, scope=scope)) for scope in scopes]
    finish = race(*(lambda f=flow: consents.give_consent(world.visitor, f) for flow in open_flows))
    assert len(finish.won) == 8
    assert set(Consent.objects.get().scopes) == {"openid", "profile", "email", "phone"}


def test_what_is_taken_back_leaves_nothing_behind(world: World, kites: Client, passkey: SoftPasskey) -> None:
    code = consents.give_consent(world.visitor, again(world, asked(world, kites, passkey))).parameters["code"]
    kites.redeem(world.visitor, code)

    def sign_in() -> Any:
        return ceremonies.sign_in(world.visitor, kites, passkey, prompt="login")

    def take_back() -> None:
        taking_back.revoke_consent(world.ctx, world.bob, kites.application)

    finish = race(sign_in, sign_in, sign_in, take_back, take_back)
    assert {type(refusal) for refusal in finish.refused} <= {NotFound}
    assert not Consent.objects.exists()
    assert not AccessToken.objects.filter(revoked_at=None).exists()
    assert not Grant.objects.filter(revoked_at=None).exists()
