"""Eight at once: exactly one wins, the rest are refused in order, nothing is left lying about (anchors R16, L4)."""

import threading

import pytest

from apps.applications.models import AccessToken, Grant
from apps.applications.services import applications
from apps.authentication import services as authentication
from apps.authentication import sessions
from apps.authentication.flows import FlowOver
from apps.authentication.models import LoginFlow, Session
from apps.authentication.services import sessions as sessions_verbs
from apps.credentials import selectors as credentials
from apps.credentials.models import Credential
from apps.credentials.services import jobs, passkeys
from apps.credentials.services.jobs import JobClosed
from apps.credentials.services.passkeys import PasskeyKnown, ProofRefused
from apps.directory import selectors as directory
from apps.directory.models import Identity
from apps.directory.services import groups, identities
from apps.directory.services.groups import LastAdministrator
from apps.directory.services.identity_rows import UsernameTaken
from apps.onboarding import services as onboarding
from apps.policy import selectors as policies
from apps.policy import services as policy
from apps.policy.services import DraftChanged
from apps.realms.services import RealmNameTaken
from apps.tokens.models import SigningKey
from apps.tokens.services.exchange import TokenRefused
from tests import ceremonies
from tests import record as auditor
from tests.authenticator import SoftPasskey
from tests.racing import race
from tests.world import acting_as, join, web

pytestmark = pytest.mark.django_db(transaction=True)


def fresh(flow):
    """The flow as another request would read it."""
    return LoginFlow.objects.select_related("application__realm", "application__authenticator_config").get(pk=flow.pk)


def test_a_code_is_redeemed_once_and_leaves_no_token_nobody_holds(world):
    client = ceremonies.client_of(world)
    code = ceremonies.sign_in(world.visitor, client, ceremonies.give_passkey(world, world.bob)).code
    finish = race(lambda: client.redeem(world.visitor, code), times=8)
    assert len(finish.won) == 1
    assert {type(refusal) for refusal in finish.refused} == {TokenRefused}
    assert {refusal.code for refusal in finish.refused} == {"invalid_grant"}
    (token,) = AccessToken.objects.all()
    assert token.revoked_at is not None  # seven others used the code a second time
    assert Grant.objects.filter(consumed_at=None).count() == 0


def test_eight_codes_at_once_are_eight_tokens(world):
    client = ceremonies.client_of(world)
    passkey = ceremonies.give_passkey(world, world.bob)
    codes = [ceremonies.sign_in(world.visitor, client, passkey).code for _ in range(8)]
    finish = race(*(lambda code=code: client.redeem(world.visitor, code) for code in codes))
    assert len(finish.won) == 8
    assert AccessToken.objects.filter(revoked_at=None).count() == 8


def test_a_link_binds_one_passkey(world):
    invitation = ceremonies.invite(world, world.bob)
    finish = race(lambda: ceremonies.bind(world.visitor, invitation, SoftPasskey()), times=8)
    assert len(finish.won) == 1
    assert {type(refusal) for refusal in finish.refused} == {JobClosed}
    assert Credential.objects.get() == finish.won[0]


def test_one_passkey_is_bound_once_whoevers_link_it_comes_by(world):
    people = [world.bob, world.acme.customers.carol, world.acme.staff.bob, world.evil.customers.bob]
    invitations = [ceremonies.invite(world, person) for person in people]
    passkey = SoftPasskey()
    finish = race(*(lambda one=one: ceremonies.bind(world.visitor, one, passkey) for one in invitations))
    assert len(finish.won) == 1
    assert {type(refusal) for refusal in finish.refused} == {PasskeyKnown}


def test_binding_and_revoking_the_link_never_both_succeed(world):
    for _ in range(4):
        invitation = ceremonies.invite(world, world.bob)
        finish = race(
            lambda: ceremonies.bind(world.visitor, invitation, SoftPasskey()),  # noqa: B023
            lambda: jobs.revoke_job(world.ctx, jobs.CredentialBindingJob.objects.get(pk=invitation.job.pk)),  # noqa: B023
        )
        assert len(finish.won) == 1
        assert {type(refusal) for refusal in finish.refused} == {JobClosed}


def test_one_answer_opens_one_session(world):
    client = ceremonies.client_of(world)
    passkey = ceremonies.give_passkey(world, world.bob)
    flow = ceremonies.begin(world.visitor, client)
    answer = passkey.get(ceremonies.product_secrets.from_base64url(flow.nonce), origin=ceremonies.origin())

    def authenticate():
        return ceremonies.authentication.authenticate(world.visitor, fresh(flow), answer)

    finish = race(authenticate, times=8)
    assert len(finish.won) == 1
    assert {type(refusal) for refusal in finish.refused} <= {FlowOver, ProofRefused}
    assert (Session.objects.count(), Grant.objects.count()) == (1, 1)


def test_a_right_answer_among_wrong_ones_wins_or_nobody_does(world):
    client = ceremonies.client_of(world)
    passkey = ceremonies.give_passkey(world, world.bob)
    flow = ceremonies.begin(world.visitor, client)

    def answer(with_passkey):
        ceremonies.prove(world.visitor, fresh(flow), with_passkey)

    finish = race(lambda: answer(passkey), *[lambda: answer(SoftPasskey())] * 5)
    assert len(finish.won) <= 1
    assert Session.objects.count() == len(finish.won)


def test_a_username_is_taken_once(world):
    finish = race(lambda: join(world.request, world.realm, "nina", "Nina New", "acme.test"), times=8)
    assert len(finish.won) == 1
    assert {type(refusal) for refusal in finish.refused} == {UsernameTaken}
    assert Identity.objects.filter(realm=world.realm, username_key="nina").count() == 1
    outcomes = [event.outcome for event in auditor.events(world.realm) if event.type == "IDENTITY_CHANGE"][-8:]
    assert sorted(outcomes) == ["CONFLICT"] * 7 + ["SUCCESS"]


def test_a_realms_name_is_taken_once(world):
    company = world.acme
    finish = race(
        lambda: onboarding.create_realm(world.request, company.tenant, company.admin_realm, display_name="Partners"),
        times=8,
    )
    assert len(finish.won) == 1
    assert {type(refusal) for refusal in finish.refused} == {RealmNameTaken}


def test_a_draft_is_published_once(world):
    policy.save_draft(world.ctx, world.realm, [])
    finish = race(lambda: policy.publish_draft(world.request, world.realm).version, times=8)
    assert set(finish.won) == {2}
    assert {type(refusal) for refusal in finish.refused} <= {DraftChanged}
    assert policies.published(world.realm).version == 2


def test_of_eight_first_editors_one_wins(world):
    finish = race(lambda: policy.save_draft(world.request, world.realm, [], expected_revision=0), times=8)
    assert len(finish.won) == 1
    assert {type(refusal) for refusal in finish.refused} == {DraftChanged}
    assert policies.draft_of(world.realm).revision == 1


def test_of_eight_later_editors_one_wins(world):
    policy.save_draft(world.request, world.realm, [])
    finish = race(lambda: policy.save_draft(world.request, world.realm, [], expected_revision=1), times=8)
    assert len(finish.won) == 1
    assert policies.draft_of(world.realm).revision == 2


def test_two_administrators_who_remove_each_other_leave_one(world):
    admins = directory.groups_in(world.acme.admin_realm).get(is_managed=True)
    grace = join(world.ctx, world.acme.admin_realm, "grace", "Grace Second", "acme.test")
    groups.add_members(world.ctx, admins, [grace.pk])
    as_ada, as_grace = world.request, acting_as(world.request, grace)
    finish = race(
        lambda: groups.remove_members(as_ada, directory.get_group(world.acme.admin_realm, admins.pk), [grace.pk]),
        lambda: groups.remove_members(as_grace, directory.get_group(world.acme.admin_realm, admins.pk), [world.ada.pk]),
    )
    assert len(finish.won) == 1
    assert {type(refusal) for refusal in finish.refused} == {LastAdministrator}


def test_two_administrators_who_suspend_each_other_leave_one(world):
    realm = world.acme.admin_realm
    admins = directory.groups_in(realm).get(is_managed=True)
    grace = join(world.ctx, realm, "grace", "Grace Second", "acme.test")
    groups.add_members(world.ctx, admins, [grace.pk])
    finish = race(
        lambda: identities.suspend_identity(world.request, directory.get_identity(realm, grace.pk)),
        lambda: identities.suspend_identity(
            acting_as(world.request, grace), directory.get_identity(realm, world.ada.pk)
        ),
    )
    assert len(finish.won) == 1
    assert directory.members_of(admins).filter(status="active").count() == 1


def test_signing_in_while_being_suspended_leaves_nothing_that_works(world):
    client = ceremonies.client_of(world)
    passkey = ceremonies.give_passkey(world, world.bob)
    flows = [ceremonies.begin(world.visitor, client) for _ in range(4)]
    race(
        *(lambda flow=flow: ceremonies.prove(world.visitor, fresh(flow), passkey) for flow in flows),
        lambda: identities.suspend_identity(world.request, directory.get_identity(world.realm, world.bob.pk)),
    )
    assert not ceremonies.live_sessions(world, world.bob)


def test_a_session_that_ends_while_it_answers_several_requests_leaves_no_code_that_works(world):
    client = ceremonies.client_of(world)
    token = ceremonies.sign_in(world.visitor, client, ceremonies.give_passkey(world, world.bob)).session_token
    session = sessions.find_session(world.visitor, world.realm.pk, token)

    def ask():
        found = sessions.find_session(world.visitor, world.realm.pk, token)
        return authentication.start(
            world.visitor, client.application, client.query(), session=found, browser_key="of-no-meaning-here"
        )

    finish = race(*([ask] * 6), lambda: sessions_verbs.sign_out(world.visitor, session))
    assert not finish.refused
    assert Grant.objects.exclude(session_id=None).exists()
    assert not Grant.objects.filter(session_id=session.pk, revoked_at=None).exists()


def test_signing_in_while_the_passkey_is_revoked_leaves_no_session_that_works(world):
    client = ceremonies.client_of(world)
    passkey = ceremonies.give_passkey(world, world.bob)
    credential = credentials.active_credentials_of(world.bob).select_related("identity", "realm").get()
    flows = [ceremonies.begin(world.visitor, client) for _ in range(4)]
    race(
        *(lambda flow=flow: ceremonies.prove(world.visitor, fresh(flow), passkey) for flow in flows),
        lambda: passkeys.revoke_credential(world.request, credential),
    )
    assert not ceremonies.live_sessions(world, world.bob)


def test_applications_that_want_a_new_algorithm_at_once_share_one_key(world):
    config = web(token_configuration={"expires_after": 60, "token_signing_algorithm": "EdDSA"})
    names = iter([f"App {number}" for number in range(6)])
    lock = threading.Lock()

    def create():
        with lock:
            name = next(names)
        return applications.create_application(
            world.request, world.realm, display_name=name, protocol_config=config,
            authenticator_config=world.acme.customers.config,
        )  # fmt: skip

    finish = race(create, times=6)
    assert len(finish.won) == 6
    assert SigningKey.objects.filter(realm=world.realm, algorithm="EdDSA", state="current").count() == 1
