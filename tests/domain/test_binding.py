"""Binding a passkey to an identity through an invitation: whose link, how often, and what the policy says."""

from datetime import timedelta

import pytest

from apps.core.errors import Invalid
from apps.credentials import selectors
from apps.credentials.models import Credential, JobState
from apps.credentials.selectors import LinkExpired, LinkRevoked, LinkUnknown, LinkUsed, job_for_link, state_of
from apps.credentials.services import jobs, passkeys
from apps.credentials.services.jobs import JobClosed, MissingAddress
from apps.credentials.services.passkeys import BindProof, IdentitySuspended, PasskeyKnown, ProofRefused
from apps.directory.services import identities
from apps.directory.traits import parse
from apps.events.types import EventType
from apps.policy import services as policy
from apps.policy.services import PolicyDenied, VerificationRequired
from tests import ceremonies
from tests import record as auditor
from tests.authenticator import SoftPasskey

pytestmark = pytest.mark.django_db


def rules(world, *made):
    policy.save_draft(world.ctx, world.realm, list(made))
    policy.publish_draft(world.ctx, world.realm)


def rule(action, message="", condition=None, transaction="credential_binding"):
    return {
        "id": action, "name": action, "transaction": transaction, "condition": condition or {},
        "action": {"type": action, "message": message},
    }  # fmt: skip


def link_of(world, invitation, **changes):
    asked = {"identity_id": invitation.job.identity_id, "job_id": invitation.job.pk}
    asked |= {"token": ceremonies.token_of(invitation.link), **changes}
    return job_for_link(world.realm, **asked)


def test_a_passkey_says_what_it_is_and_the_job_is_complete(world):
    invitation = ceremonies.invite(world, world.bob)
    made = ceremonies.bind(world.visitor, invitation, SoftPasskey())
    credential = selectors.get_credential(world.realm, made.pk)
    assert (credential.identity, credential.realm, credential.tenant_id) == (
        world.bob,
        world.realm,
        world.acme.tenant.pk,
    )
    assert (credential.binding, credential.method, credential.user_verified_at_bind) == ("hardware", "webauthn", True)
    assert (credential.attestation_format, credential.attestation_trusted) == ("none", False)
    assert len(credential.jwk_thumbprint) == 43
    assert "d" not in credential.jwk
    assert credential.display_name == "Chrome on Mac"
    invitation.job.refresh_from_db()
    assert (state_of(invitation.job), invitation.job.credential) == (JobState.COMPLETE, credential)


def test_a_passkey_that_may_be_copied_is_called_synced(world):
    google = bytes.fromhex("ea9b8d664d011d213ce4b6b48cb575d4")
    passkey = SoftPasskey(backup_eligible=True, aaguid=google)
    credential = ceremonies.bind(world.visitor, ceremonies.invite(world, world.bob), passkey)
    assert (credential.binding, credential.backup_eligible, credential.backed_up) == ("synced", True, True)
    assert credential.provider_name == credential.display_name == "Google Password Manager"


@pytest.mark.parametrize("algorithm", [-7, -8, -257])
def test_the_three_algorithms_we_offer_are_taken(world, algorithm):
    credential = ceremonies.bind(world.visitor, ceremonies.invite(world, world.bob), SoftPasskey(algorithm=algorithm))
    assert credential.jwk["kty"] == {-7: "EC", -8: "OKP", -257: "RSA"}[algorithm]


def test_packed_self_attestation_is_read_and_not_trusted(world):
    credential = ceremonies.bind(
        world.visitor, ceremonies.invite(world, world.bob), SoftPasskey(), attestation="packed"
    )
    assert (credential.attestation_format, credential.attestation_trusted) == ("packed", False)


def test_the_events_tell_the_whole_story_under_one_correlation_id(world):
    invitation = ceremonies.invite(world, world.bob)
    credential = ceremonies.bind(world.visitor, invitation, SoftPasskey())
    assert auditor.told(world.realm, correlation_id=invitation.job.correlation_id) == [
        ("CREDENTIAL_BINDING_JOB_CHANGE", "SUCCESS"),
        ("POLICY_EVALUATION", "ALLOW"),
        ("CREDENTIAL_CHANGE", "SUCCESS"),
        ("CREDENTIAL_BINDING_JOB_CHANGE", "SUCCESS"),
    ]
    change = auditor.last(world.realm, EventType.CREDENTIAL_CHANGE)
    assert (change.actor_type, change.actor_id) == ("identity", world.bob.pk)
    assert {target["id"] for target in change.targets} == {world.bob.pk, credential.pk}


def test_the_policy_is_asked_with_what_the_proof_showed(world):
    ceremonies.bind(world.visitor, ceremonies.invite(world, world.bob), SoftPasskey())
    asked = auditor.last(world.realm, EventType.POLICY_EVALUATION).data
    facts = asked["input"]["attributes"]
    assert asked["input"]["type"] == "credential_binding"
    assert facts["binding.reason"] == "first"
    assert facts["credential.binding"] == "hardware"
    assert facts["credential.user_verified"] is True
    assert facts["identity.id"] == world.bob.pk
    assert facts["request.ip"] == "203.0.113.7"
    assert (facts["device.platform"], facts["browser.name"]) == ("macos", "chrome")
    assert asked["policy_version"] == 1
    assert set(asked["decision"]) == {"action", "matched_rule_id", "message", "monitors"}


def test_a_second_passkey_by_invitation_says_so(world):
    ceremonies.give_passkey(world, world.bob)
    ceremonies.give_passkey(world, world.bob)
    facts = auditor.last(world.realm, EventType.POLICY_EVALUATION).data["input"]["attributes"]
    assert (facts["binding.reason"], facts["identity.credential_count"]) == ("invited", 1)


def test_a_denied_binding_gives_the_rules_message_and_leaves_the_link_alive(world):
    rules(world, rule("deny", "Come to the front desk."))
    invitation = ceremonies.invite(world, world.bob)
    with pytest.raises(PolicyDenied, match="Come to the front desk."):
        ceremonies.bind(world.visitor, invitation, SoftPasskey())
    assert not Credential.objects.filter(identity=world.bob).exists()
    assert auditor.told(world.realm, EventType.POLICY_EVALUATION, EventType.CREDENTIAL_CHANGE) == [
        ("POLICY_EVALUATION", "DENY"), ("CREDENTIAL_CHANGE", "DENY"),
    ]  # fmt: skip
    rules(world, rule("allow"))
    ceremonies.bind(world.visitor, invitation, SoftPasskey())


def test_nothing_matched_denies(world):
    rules(world)
    with pytest.raises(PolicyDenied):
        ceremonies.bind(world.visitor, ceremonies.invite(world, world.bob), SoftPasskey())


def test_a_rule_may_ask_for_the_devices_own_check_which_every_binding_shows(world):
    rules(world, rule("allow_with_biometric"))
    ceremonies.bind(world.visitor, ceremonies.invite(world, world.bob), SoftPasskey())
    with pytest.raises(ProofRefused):
        ceremonies.bind(world.visitor, ceremonies.invite(world, world.bob), SoftPasskey(), user_verified=False)
    assert VerificationRequired.outcome == "PROVE"


def test_a_link_works_once(world):
    invitation = ceremonies.invite(world, world.bob)
    ceremonies.bind(world.visitor, invitation, SoftPasskey())
    with pytest.raises(JobClosed):
        ceremonies.bind(world.visitor, invitation, SoftPasskey())
    with pytest.raises(LinkUsed):
        link_of(world, invitation)
    assert Credential.objects.filter(identity=world.bob).count() == 1


def test_a_link_that_is_too_old_binds_nothing_although_nobody_cleaned_up(world):
    past = jobs.create_job(
        world.at(timedelta(minutes=-6)), world.bob, delivery_method="RETURN", expires_after=timedelta(minutes=5),
        authenticator_config=world.acme.customers.config,
    )  # fmt: skip
    assert (past.job.state, state_of(past.job)) == (JobState.LINK_SENT, JobState.EXPIRED)
    with pytest.raises(LinkExpired):
        link_of(world, past)
    with pytest.raises(JobClosed):
        ceremonies.bind(world.visitor, past, SoftPasskey())


def test_a_revoked_link_binds_nothing(world):
    invitation = ceremonies.invite(world, world.bob)
    jobs.revoke_job(world.ctx, invitation.job)
    jobs.revoke_job(world.ctx, invitation.job)
    with pytest.raises(LinkRevoked):
        link_of(world, invitation)
    with pytest.raises(JobClosed):
        ceremonies.bind(world.visitor, invitation, SoftPasskey())


def test_a_job_that_is_complete_cannot_be_revoked(world):
    invitation = ceremonies.invite(world, world.bob)
    ceremonies.bind(world.visitor, invitation, SoftPasskey())
    with pytest.raises(JobClosed):
        jobs.revoke_job(world.ctx, invitation.job)
    invitation.job.refresh_from_db()
    assert invitation.job.state == JobState.COMPLETE


def test_looking_at_a_link_consumes_nothing_however_often(world):
    invitation = ceremonies.invite(world, world.bob)
    for _ in range(10):
        job = link_of(world, invitation)
        jobs.open_job(world.visitor, job)
        jobs.deliver_job(world.visitor, job)
    ceremonies.bind(world.visitor, invitation, SoftPasskey())
    told = [event.data["action"] for event in auditor.events(world.realm, EventType.CREDENTIAL_BINDING_JOB_CHANGE)]
    assert told == ["CREATE", "LINK_OPENED", "REQUEST_DELIVERED", "COMPLETE"]


def test_a_request_may_be_delivered_before_the_link_was_opened_and_never_goes_back(world):
    job = ceremonies.invite(world, world.bob).job
    jobs.deliver_job(world.visitor, job)
    jobs.open_job(world.visitor, job)
    job.refresh_from_db()
    assert job.state == JobState.REQUEST_DELIVERED


@pytest.mark.parametrize("part", ["token", "identity_id", "job_id"])
def test_a_link_with_any_part_changed_is_unknown_and_leaves_an_event(world, part):
    invitation, other = ceremonies.invite(world, world.bob), ceremonies.invite(world, world.acme.customers.carol)
    changed = {"token": ceremonies.token_of(other.link), "identity_id": other.job.identity_id, "job_id": other.job.pk}
    asked = {"identity_id": world.bob.pk, "job_id": invitation.job.pk, "token": ceremonies.token_of(invitation.link)}
    with pytest.raises(LinkUnknown):
        jobs.read_link(world.visitor, world.realm, **{**asked, part: changed[part]})
    assert auditor.last(world.realm, EventType.CREDENTIAL_BINDING_JOB_CHANGE).outcome == "LINK_UNKNOWN"


@pytest.mark.parametrize("token", ["", "x", "\x00", "é" * 64, "a" * 5000])
def test_a_token_of_any_shape_is_only_unknown(world, token):
    invitation = ceremonies.invite(world, world.bob)
    with pytest.raises(LinkUnknown):
        link_of(world, invitation, token=token)


def test_only_the_digest_of_a_links_token_is_kept(world):
    invitation = ceremonies.invite(world, world.bob)
    token = ceremonies.token_of(invitation.link)
    assert len(token) == 64
    assert token not in str(list(type(invitation.job).objects.values()))
    assert all(token not in str(event.data) for event in auditor.events(world.realm))


def test_binding_with_a_token_that_is_not_the_jobs_is_refused_whatever_the_challenge_says(world):
    invitation = ceremonies.invite(world, world.bob)
    passkey = SoftPasskey()
    made = passkey.create(ceremonies.bind_challenge(invitation.job, "guessed"), origin=ceremonies.origin())
    with pytest.raises(ProofRefused):
        passkeys.bind_passkey(world.visitor, invitation.job, "guessed", BindProof("WEBAUTHN", made.raw))


def test_a_suspended_person_binds_nothing(world):
    invitation = ceremonies.invite(world, world.bob)
    identities.suspend_identity(world.ctx, world.bob)
    with pytest.raises(IdentitySuspended):
        ceremonies.bind(world.visitor, invitation, SoftPasskey())
    assert auditor.last(world.realm, EventType.CREDENTIAL_CHANGE).outcome == "IDENTITY_SUSPENDED"
    assert EventType.POLICY_EVALUATION not in {type for type, _ in auditor.told(world.realm)}


def test_a_link_dies_with_the_person(world):
    invitation = ceremonies.invite(world, world.bob)
    identity_id = world.bob.pk
    identities.delete_identity(world.ctx, world.bob)
    with pytest.raises(LinkUnknown):
        link_of(world, invitation, identity_id=identity_id)


@pytest.mark.parametrize("elsewhere", ["same realm", "other realm", "other tenant"])
def test_a_passkey_that_is_known_anywhere_is_not_taken_again(world, elsewhere):
    passkey = ceremonies.give_passkey(world, world.bob)
    others = {
        "same realm": world.acme.customers.carol,
        "other realm": world.acme.staff.bob,
        "other tenant": world.evil.customers.bob,
    }
    invitation = ceremonies.invite(world, others[elsewhere])
    with pytest.raises(PasskeyKnown):
        ceremonies.bind(world.visitor, invitation, passkey)
    invitation.job.refresh_from_db()
    assert invitation.job.state == JobState.LINK_SENT


def test_mail_needs_an_address(world):
    given = {"type": "traits_v0", "username": "silent"}
    silent = identities.create_identity(
        world.ctx, world.realm, display_name="Silent", traits=parse(given, creating=True)
    )
    with pytest.raises(MissingAddress):
        jobs.create_job(world.ctx, silent, delivery_method="EMAIL", authenticator_config=world.acme.customers.config)


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"delivery_method": "SMS"}, "job.delivery_method"),
        ({"expires_after": timedelta(minutes=4)}, "job.expires_after"),
        ({"expires_after": timedelta(days=31)}, "job.expires_after"),
        ({"post_binding_redirect_uri": "javascript:alert(1)"}, "job.post_binding_redirect_uri"),
        ({"post_binding_redirect_uri": "http://evil.test/"}, "job.post_binding_redirect_uri"),
        ({"post_binding_redirect_uri": "https://acme.test/#x"}, "job.post_binding_redirect_uri"),
    ],
)
def test_a_job_that_cannot_be_is_refused_by_its_field(world, options, field):
    asked = {"delivery_method": "RETURN", "authenticator_config": world.acme.customers.config, **options}
    with pytest.raises(Invalid) as refused:
        jobs.create_job(world.ctx, world.bob, **asked)
    assert [violation.field for violation in refused.value.violations] == [field]


NO_PROOFS = [
    "", "{}", "[]", "null", "not json", "[" * 5000,
    '{"client_data_json_base64": 5, "attestation_object": "AA"}',
    '{"client_data_json_base64": "AA", "attestation_object": "AA"}',
    '{"client_data_json_base64": "e30", "attestation_object": "*"}',
]  # fmt: skip


@pytest.mark.parametrize("raw", NO_PROOFS)
def test_a_proof_that_is_none_is_malformed_and_costs_nothing(world, raw):
    invitation = ceremonies.invite(world, world.bob)
    with pytest.raises(Invalid):
        passkeys.bind_passkey(
            world.visitor, invitation.job, ceremonies.token_of(invitation.link), BindProof("WEBAUTHN", raw)
        )
    ceremonies.bind(world.visitor, invitation, SoftPasskey())


def test_a_kind_of_proof_we_do_not_know_is_malformed(world):
    invitation = ceremonies.invite(world, world.bob)
    with pytest.raises(Invalid):
        passkeys.bind_passkey(
            world.visitor, invitation.job, ceremonies.token_of(invitation.link), BindProof("PIN", "0000")
        )


def test_renaming_a_passkey(world):
    ceremonies.give_passkey(world, world.bob)
    credential = selectors.active_credentials_of(world.bob).get()
    passkeys.rename_credential(world.ctx, credential, display_name="Bob's laptop")
    with pytest.raises(Invalid):
        passkeys.rename_credential(world.ctx, credential, display_name="<b>")
    credential.refresh_from_db()
    assert credential.display_name == "Bob's laptop"
