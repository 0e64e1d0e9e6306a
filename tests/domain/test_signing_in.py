"""Answering a login flow with a passkey: one answer a challenge, and what every refusal leaves behind."""

from datetime import timedelta

import pytest

from apps.authentication import flows
from apps.authentication import services as authentication
from apps.authentication.flows import FlowOver, FlowUnknown
from apps.authentication.models import LoginFlow, Session
from apps.authentication.services import Finished, PasskeyUnknown
from apps.core import secrets
from apps.credentials import selectors as credentials
from apps.credentials.services import passkeys
from apps.credentials.services.passkeys import IdentitySuspended, ProofRefused
from apps.directory.services import groups, identities
from apps.events.types import EventType
from apps.policy import services as policy
from apps.policy.services import PolicyDenied
from tests import ceremonies
from tests import record as auditor
from tests.authenticator import SoftPasskey

pytestmark = pytest.mark.django_db

FLOW_TYPES = (EventType.AUTHORIZE_REQUEST, EventType.AUTHENTICATION_TRANSACTION, EventType.POLICY_EVALUATION)


@pytest.fixture
def passkey(world):
    return ceremonies.give_passkey(world, world.bob)


@pytest.fixture
def client(world):
    return ceremonies.client_of(world)


def publish(world, *rules):
    policy.save_draft(world.ctx, world.realm, list(rules))
    policy.publish_draft(world.ctx, world.realm)


def rule(name, action, condition=None, message="", transaction="authentication"):
    return {
        "id": name, "name": name, "transaction": transaction, "condition": condition or {},
        "action": {"type": action, "message": message},
    }  # fmt: skip


def test_a_sign_in_ends_in_a_code_a_session_and_a_redirect_with_state_and_issuer(world, client, passkey):
    done = ceremonies.sign_in(world.visitor, client, passkey)
    assert done.redirect_url.startswith(
        f"http://localhost:3000/callback?code={done.code}&state={client.state}&iss=http"
    )
    assert done.identity == world.bob
    session = Session.objects.get(identity=world.bob)
    assert session.token_digest == secrets.digest(done.session_token)
    assert (session.acr, session.amr) == ("phr", ["pop", "hwk", "user"])


def test_what_the_token_says_of_the_proof_is_what_was_proven(world, client):
    synced = ceremonies.give_passkey(world, world.bob, backup_eligible=True)
    answer = ceremonies.tokens_for(world.visitor, client, synced)
    assert ceremonies.payload_of(answer["id_token"])["amr"] == ["pop", "swk", "user"]


def test_the_events_of_one_sign_in_share_its_correlation_id_from_start_to_token(world, client, passkey):
    visitor = world.visitor
    flow = ceremonies.begin(visitor, client)
    done = ceremonies.prove(world.visitor, flow, passkey)  # other requests of the same browser
    client.redeem(world.visitor, done.code)
    assert auditor.told(world.realm, correlation_id=visitor.correlation_id) == [
        ("AUTHORIZE_REQUEST", "ACCEPTED"),
        ("AUTHENTICATION_TRANSACTION", "START"),
        ("POLICY_EVALUATION", "ALLOW"),
        ("AUTHENTICATION_TRANSACTION", "ALLOW"),
        ("SESSION_CHANGE", "SUCCESS"),
        ("TOKEN_REQUEST", "SUCCESS"),
    ]


def test_the_policy_is_told_of_the_application_and_of_the_groups(world, client):
    carol = world.acme.customers.carol
    ceremonies.sign_in(world.visitor, client, ceremonies.give_passkey(world, carol))
    facts = auditor.last(world.realm, EventType.POLICY_EVALUATION).data["input"]["attributes"]
    assert facts["application.id"] == str(world.application.pk)
    assert facts["identity.group_ids"] == [world.acme.customers.contractors.pk]
    assert facts["authenticator.type"] == "hosted_web"
    assert "identity.days_since_last_authentication" not in facts


def test_the_use_of_a_passkey_is_remembered(world, client, passkey):
    ceremonies.sign_in(world.visitor, client, passkey)
    used = credentials.active_credentials_of(world.bob).get()
    world.bob.refresh_from_db()
    assert (used.last_used_ip, used.last_used_at) == ("203.0.113.7", world.bob.last_authenticated_at)
    assert used.last_used_at is not None


# --- one answer a challenge ------------------------------------------------------------------------------------------


def test_an_accepted_answer_is_not_accepted_again(world, client, passkey):
    flow = ceremonies.begin(world.visitor, client)
    answer = passkey.get(secrets.from_base64url(flow.nonce), origin=ceremonies.origin())
    authentication.authenticate(world.visitor, flow, answer)
    with pytest.raises((FlowOver, ProofRefused)):
        authentication.authenticate(world.visitor, LoginFlow.objects.get(pk=flow.pk), answer)
    with pytest.raises(FlowOver):
        flows.get_flow(world.ctx, client.application, str(flow.pk), ceremonies.BROWSER)
    assert Session.objects.count() == 1


def test_an_accepted_answer_opens_no_other_flow(world, client, passkey):
    first, second = ceremonies.begin(world.visitor, client), ceremonies.begin(world.visitor, client)
    answer = passkey.get(secrets.from_base64url(first.nonce), origin=ceremonies.origin())
    authentication.authenticate(world.visitor, first, answer)
    with pytest.raises(ProofRefused):
        authentication.authenticate(world.visitor, second, answer)


def test_after_a_wrong_answer_the_flow_asks_anew_and_the_old_challenge_is_dead(world, client, passkey):
    flow = ceremonies.begin(world.visitor, client)
    asked = flow.nonce
    with pytest.raises(PasskeyUnknown):
        ceremonies.prove(world.visitor, flow, SoftPasskey())
    assert flow.nonce != asked
    assert LoginFlow.objects.get(pk=flow.pk).nonce == flow.nonce
    with pytest.raises(ProofRefused):
        ceremonies.prove(world.visitor, flow, passkey, challenge=secrets.from_base64url(asked))
    ceremonies.prove(world.visitor, flow, passkey)


def test_a_flow_lives_a_quarter_of_an_hour(world, client, passkey):
    flow = ceremonies.begin(world.at(timedelta(minutes=-16)), client, browser=ceremonies.BROWSER)
    with pytest.raises(FlowOver):
        flows.get_flow(world.ctx, client.application, str(flow.pk), ceremonies.BROWSER)
    flows.ask(world.visitor, flow)  # the challenge is new; the sign-in is not
    with pytest.raises(FlowOver):
        ceremonies.prove(world.visitor, flow, passkey)
    assert Session.objects.count() == 0


def test_a_flow_belongs_to_the_browser_that_began_it(world, client):
    flow = ceremonies.begin(world.visitor, client)
    for browser in ("", "another browser", ceremonies.BROWSER + " "):
        with pytest.raises(FlowUnknown):
            flows.get_flow(world.ctx, client.application, str(flow.pk), browser)


@pytest.mark.parametrize("flow_id", ["", "x", "\x00", "0" * 32, "018f0000-0000-7000-8000-000000000000", None, 5, []])
def test_a_flow_nobody_began_is_unknown(world, client, flow_id):
    with pytest.raises(FlowUnknown):
        flows.get_flow(world.ctx, client.application, flow_id, ceremonies.BROWSER)


# --- who may not ------------------------------------------------------------------------------------------------------


def test_a_suspended_person_is_refused_before_any_rule_is_asked(world, client, passkey):
    flow = ceremonies.begin(world.visitor, client)
    identities.suspend_identity(world.ctx, world.bob)
    with pytest.raises(IdentitySuspended):
        ceremonies.prove(world.visitor, flow, passkey)
    event = auditor.last(world.realm, EventType.AUTHENTICATION_TRANSACTION)
    assert (event.outcome, event.data["code"], event.actor_id) == ("DENY", "IDENTITY_SUSPENDED", world.bob.pk)
    assert len(auditor.events(world.realm, EventType.POLICY_EVALUATION)) == 1  # the binding's


def test_a_person_let_in_again_signs_in_with_the_same_passkey(world, client, passkey):
    identities.suspend_identity(world.ctx, world.bob)
    identities.unsuspend_identity(world.ctx, world.bob)
    ceremonies.sign_in(world.visitor, client, passkey)


def test_a_revoked_passkey_is_as_unknown_as_one_that_never_was(world, client, passkey):
    passkeys.revoke_credential(world.ctx, credentials.active_credentials_of(world.bob).get())
    flow = ceremonies.begin(world.visitor, client)
    with pytest.raises(PasskeyUnknown) as revoked:
        ceremonies.prove(world.visitor, flow, passkey)
    with pytest.raises(PasskeyUnknown) as never:
        ceremonies.prove(world.visitor, flow, SoftPasskey())
    assert revoked.value.message == never.value.message


def test_the_passkey_of_a_deleted_person_is_unknown(world, client, passkey):
    identities.delete_identity(world.ctx, world.bob)
    with pytest.raises(PasskeyUnknown):
        ceremonies.sign_in(world.visitor, client, passkey)


# --- the policy ---------------------------------------------------------------------------------------------------------


def contractors_stay_out(world):
    ids = [world.acme.customers.contractors.pk]
    condition = {
        "all": [
            {"attribute": "application.id", "operator": "in", "value": [str(world.application.pk)]},
            {"attribute": "identity.group_ids", "operator": "contains_any", "value": ids},
        ]
    }
    return rule("contractors", "deny", condition, "Contractors sign in at the gate.")


def test_a_rule_denies_with_its_message_and_only_whom_it_names(world, client, passkey):
    carols = ceremonies.give_passkey(world, world.acme.customers.carol)
    publish(world, contractors_stay_out(world), rule("everybody", "allow"))
    with pytest.raises(PolicyDenied, match="Contractors sign in at the gate."):
        ceremonies.sign_in(world.visitor, client, carols)
    ceremonies.sign_in(world.visitor, client, passkey)
    assert [outcome for _, outcome in auditor.told(world.realm, EventType.POLICY_EVALUATION)[-2:]] == ["DENY", "ALLOW"]


def test_who_leaves_the_group_is_let_in_at_the_next_try(world, client):
    carol = world.acme.customers.carol
    passkey = ceremonies.give_passkey(world, carol)
    publish(world, contractors_stay_out(world), rule("everybody", "allow"))
    flow = ceremonies.begin(world.visitor, client)
    with pytest.raises(PolicyDenied):
        ceremonies.prove(world.visitor, flow, passkey)
    groups.remove_members(world.ctx, world.acme.customers.contractors, [carol.pk])
    ceremonies.prove(world.visitor, flow, passkey)


def test_with_no_rule_that_matches_nobody_signs_in(world, client, passkey):
    publish(world)
    with pytest.raises(PolicyDenied) as denied:
        ceremonies.sign_in(world.visitor, client, passkey)
    assert denied.value.facts["rule_id"] == "default"
    assert denied.value.message == policy.DENIED_MESSAGE


def test_a_denial_keeps_the_flow_alive_with_a_new_challenge_and_leaves_its_evaluation(world, client, passkey):
    publish(world)
    flow = ceremonies.begin(world.visitor, client)
    asked = flow.nonce
    with pytest.raises(PolicyDenied):
        ceremonies.prove(world.visitor, flow, passkey)
    assert flow.nonce != asked
    assert auditor.told(world.realm, *FLOW_TYPES)[-2:] == [
        ("POLICY_EVALUATION", "DENY"),
        ("AUTHENTICATION_TRANSACTION", "DENY"),
    ]
    assert Session.objects.count() == 0
    publish(world, rule("everybody", "allow"))
    ceremonies.prove(world.visitor, flow, passkey)


# --- a session that suffices --------------------------------------------------------------------------------------------


def signed_in(world, client, passkey):
    done = ceremonies.sign_in(world.visitor, client, passkey)
    return Session.objects.get(token_digest=secrets.digest(done.session_token))


def again(world, client, session, **changes):
    query = client.query(**changes)
    return authentication.start(
        world.visitor, client.application, query, session=session, browser_key=ceremonies.BROWSER
    )


def test_who_is_signed_in_gets_a_code_without_another_proof_and_the_policy_is_asked_all_the_same(
    world, client, passkey
):
    session = signed_in(world, client, passkey)
    before = len(auditor.events(world.realm, EventType.POLICY_EVALUATION))
    assert isinstance(again(world, client, session), Finished)
    assert isinstance(again(world, client, session, prompt="none"), Finished)
    assert len(auditor.events(world.realm, EventType.POLICY_EVALUATION)) == before + 2


def test_a_sign_in_by_session_tells_when_the_proof_was_given(world, client, passkey):
    session = signed_in(world, client, passkey)
    found = again(world, client, session)
    code = found.redirect_url.partition("code=")[2].partition("&")[0]
    claims = ceremonies.payload_of(client.redeem(world.visitor, code)["id_token"])
    assert claims["auth_time"] == int(session.authenticated_at.timestamp())
    assert claims["sid"] == str(session.pk)


@pytest.mark.parametrize("changes", [{"prompt": "login"}, {"max_age": "0"}])
def test_a_client_may_ask_for_a_fresh_proof(world, client, passkey, changes):
    session = signed_in(world, client, passkey)
    Session.objects.update(authenticated_at=world.at(timedelta(seconds=-5)).now)
    session.refresh_from_db()
    assert not isinstance(again(world, client, session, **changes), Finished)


def test_without_a_session_prompt_none_goes_back_with_login_required(world, client):
    with pytest.raises(authentication.LoginRefused) as refused:
        again(world, client, None, prompt="none")
    assert refused.value.code == "login_required"
    assert f"state={client.state}" in refused.value.redirect_url
    assert "iss=" in refused.value.redirect_url


def test_whom_the_policy_denies_meanwhile_has_to_ask_again_with_its_message_in_view(world, client, passkey):
    session = signed_in(world, client, passkey)
    publish(world, rule("closed", "deny", message="Closed for today."))
    found = again(world, client, session)
    assert found.flow.notice == "Closed for today."
    with pytest.raises(authentication.LoginRefused):
        again(world, client, session, prompt="none")


def test_a_session_of_another_realm_or_a_revoked_passkey_suffices_for_nothing(world, client, passkey):
    session = signed_in(world, client, passkey)
    elsewhere = ceremonies.client_of(world, world.acme.staff.application)
    assert not isinstance(again(world, elsewhere, session), Finished)
    passkeys.revoke_credential(world.ctx, credentials.active_credentials_of(world.bob).get())
    session = Session.objects.select_related("credential").get(pk=session.pk)
    assert not isinstance(again(world, client, session), Finished)
