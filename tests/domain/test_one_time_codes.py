"""One-time codes: six digits to an address of record, three tries, one redeem; equal to whoever asks (security.md §1G)."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.applications.services import applications
from apps.authentication import flows
from apps.authentication import one_time_codes as kept
from apps.authentication import services as authentication
from apps.authentication.models import CodeAllowance, OneTimeCode, Session
from apps.authentication.services import Finished, NeedsProof, completion
from apps.authentication.services import one_time_codes as codes
from apps.authentication.services.one_time_codes import CodeOver, CodeRefused, CodesClosed
from apps.authenticators import services as authenticators
from apps.core.errors import Invalid, RateLimited
from apps.directory.models import Identity
from apps.directory.services import identities
from apps.events.models import Event
from apps.events.types import EventType
from apps.onboarding.seeds import HOSTED_PASSKEYS
from apps.policy.services import PolicyDenied
from apps.realms.models import OutgoingMail
from tests import ceremonies, post
from tests import record as auditor
from tests.domain.test_signing_in import publish, rule
from tests.racing import race
from tests.world import REDIRECT_URI, web

pytestmark = pytest.mark.django_db

BOB = "bob@acme.test"


@pytest.fixture
def flow(world):
    ceremonies.open_codes(world)
    return ceremonies.begin(world.visitor, ceremonies.client_of(world))


def anew(world, flow):
    return flows.get_flow(world.visitor, flow.application, str(flow.pk), ceremonies.BROWSER)


def ask(world, flow, address=BOB):
    codes.issue(world.visitor, flow, address)
    return post.last_code()


def wrong(code):
    return f"{(int(code) + 1) % 10**6:06}"


def test_a_code_signs_in_whoever_has_the_address(world, flow):
    done = codes.redeem(world.visitor, flow, ask(world, flow))
    assert (done.identity, done.credential) == (world.bob, None)
    session = Session.objects.get(identity=world.bob)
    assert (session.acr, session.amr) == ("urn:identity-cloud:otp", ["otp"])
    assert Identity.objects.get(pk=world.bob.pk).email_verified_at is not None
    facts = auditor.last(world.realm, EventType.POLICY_EVALUATION).data["input"]["attributes"]
    assert (facts["credential.method"], facts["credential.binding"]) == ("otp", "none")


def test_a_session_by_code_opens_nothing_where_only_passkeys_are_taken(world, flow):
    """One realm, one session, two authenticators: the one that is content with less lets nobody in at the other."""
    codes.redeem(world.visitor, flow, ask(world, flow))
    session = Session.objects.get(identity=world.bob)
    here = ceremonies.client_of(world)
    found = authentication.start(world.visitor, here.application, here.query(), session=session, browser_key="x")
    assert isinstance(found, Finished)
    vault = applications.create_application(
        world.ctx,
        world.realm,
        display_name="Vault",
        protocol_config=web(REDIRECT_URI),
        authenticator_config=authenticators.create_authenticator_config(
            world.ctx, world.realm, display_name="Passkeys", config=HOSTED_PASSKEYS
        ),
    )
    there = ceremonies.Client(vault.application, vault.client_secret)
    found = authentication.start(world.visitor, there.application, there.query(), session=session, browser_key="x")
    assert isinstance(found, NeedsProof)


def test_the_code_goes_to_the_address_of_record_and_nowhere_else(world, flow):
    codes.issue(world.visitor, flow, "BOB@Acme.Test")
    assert OutgoingMail.objects.get(kind="one_time_password").recipient == BOB


def test_a_stranger_is_signed_up_by_the_address_where_the_profile_says_so(world, flow):
    code = ask(world, flow, "new=one#x@acme.test")
    assert not Identity.objects.filter(username="new=one#x@acme.test").exists()
    identity = codes.redeem(world.visitor, flow, code).identity
    assert (identity.username, identity.primary_email_address) == ("new=one#x@acme.test",) * 2
    assert identity.display_name == "new one x"
    assert Identity.objects.get(pk=identity.pk).email_verified_at is not None
    assert auditor.last(world.realm, EventType.IDENTITY_CHANGE).data["by"] == "sign_up"


@pytest.mark.parametrize("pasted", ["{0} {1}", "{0}-{1}", " {0}{1}\n"])
def test_a_code_is_taken_as_people_paste_it(world, flow, pasted):
    code = ask(world, flow)
    codes.redeem(world.visitor, flow, pasted.format(code[:3], code[3:]))


@pytest.mark.parametrize("given", ["", "12345", None, 123456, [], "\x00" * 6, "x" * 10_000, "١٢٣٤٥٦"])
def test_what_is_no_code_is_a_wrong_code(world, flow, given):
    ask(world, flow)
    with pytest.raises(CodeRefused) as refused:
        codes.redeem(world.visitor, flow, given)
    assert refused.value.tries_left == 2


def test_an_old_address_is_not_forgotten_while_a_code_is_on_its_way(world, flow):
    """With it would go the code, and how many there were in the hour."""
    codes.issue(world.visitor, flow, BOB)
    CodeAllowance.objects.update(updated_at=world.at(-timedelta(days=31)).now)
    kept.forget(world.ctx)
    assert OneTimeCode.objects.count() == 1
    OneTimeCode.objects.update(created_at=world.at(-timedelta(days=2)).now)
    kept.forget(world.ctx)
    assert not CodeAllowance.objects.exists()


@pytest.mark.parametrize("address", ["", "bob", "bob@", None, 5, "a\x00b@acme.test", f"{'a' * 250}@acme.test"])
def test_what_is_no_address_is_refused(world, flow, address):
    with pytest.raises(Invalid):
        codes.issue(world.visitor, flow, address)


def test_three_tries_and_the_code_is_dead_for_the_right_one_too(world, flow):
    code = ask(world, flow)
    left = []
    for _ in range(3):
        with pytest.raises(CodeRefused) as refused:
            codes.redeem(world.visitor, flow, wrong(code))
        left.append(refused.value.tries_left)
    assert left == [2, 1, 0]
    with pytest.raises(CodeOver):
        codes.redeem(world.visitor, flow, code)


def test_a_code_lives_ten_minutes_by_the_clock_of_the_database(world, flow):
    code = ask(world, flow)
    OneTimeCode.objects.update(expires_at=world.at(timedelta(seconds=-1)).now)
    with pytest.raises(CodeOver):
        codes.redeem(world.visitor, flow, code)


def test_a_new_code_takes_the_place_of_the_old_one(world, flow):
    first = ask(world, flow)
    ask(world, flow)
    with pytest.raises(CodeRefused):
        codes.redeem(world.visitor, flow, first)


def test_a_code_is_used_once_and_for_its_own_flow(world, flow):
    other = ceremonies.begin(world.visitor, ceremonies.client_of(world), browser="another browser")
    code = ask(world, flow)
    with pytest.raises(CodeOver):
        codes.redeem(world.visitor, other, code)
    codes.redeem(world.visitor, flow, code, pauses=True)
    with pytest.raises(CodeOver):
        codes.redeem(world.visitor, anew(world, flow), code)
    with pytest.raises(flows.FlowOver):
        codes.issue(world.visitor, anew(world, flow), BOB)


def test_five_codes_an_hour_whoever_has_the_address(world, flow):
    for address in (BOB, "nobody@acme.test"):
        for _ in range(5):
            codes.issue(world.visitor, flow, address)
        with pytest.raises(RateLimited) as limited:
            codes.issue(world.visitor, flow, address.upper())
        assert 0 < limited.value.retry_after_seconds <= 3600
    OneTimeCode.objects.update(created_at=world.at(timedelta(hours=-1)).now)
    codes.issue(world.visitor, flow, BOB)


def test_twenty_codes_a_day_and_none_after_a_hundred_wrong_ones(world, flow):
    codes.issue(world.visitor, flow, BOB)
    for _ in range(19):
        OneTimeCode.objects.update(created_at=world.at(timedelta(hours=-2)).now)
        codes.issue(world.visitor, flow, BOB)
    OneTimeCode.objects.update(created_at=world.at(timedelta(hours=-2)).now)
    with pytest.raises(RateLimited):
        codes.issue(world.visitor, flow, BOB)
    OneTimeCode.objects.all().delete()
    CodeAllowance.objects.update(failures=100)
    codes.issue(world.visitor, flow, BOB)
    assert not OneTimeCode.objects.get().was_sent


@pytest.mark.parametrize("sign_up", [True, False])
def test_nothing_tells_who_has_an_address(world, flow, sign_up):
    ceremonies.open_codes(world, sign_up={"enabled": sign_up})
    identities.suspend_identity(world.ctx, world.acme.customers.people["dave"])
    told = {}
    for address in (BOB, "dave@acme.test", "who@acme.test", "bob" * 30 + "@acme.test"):
        with CaptureQueriesContext(connection) as asked:
            sent = codes.issue(world.visitor, flow, address)
        statements = [re.sub(r"\bs\d+_x\d+\b|'[^']*'|\b\d+\b|[0-9a-f]{32}", "?", each["sql"])[:60] for each in asked]
        refusals = []
        for _ in range(3):
            with pytest.raises(CodeRefused) as refused:
                codes.redeem(world.visitor, flow, "000000")
            refusals.append((refused.value.tries_left, refused.value.message, refused.value.code))
        told[address] = (sent.tries_left, statements, refusals)
    first = told[BOB]
    for address, each in told.items():
        assert each == first, address


def test_a_code_that_was_never_sent_redeems_nothing(world, flow):
    ceremonies.open_codes(world, sign_up={"enabled": False})
    codes.issue(world.visitor, flow, "bob@elsewhere.test")
    nobody = codes.Addressee("bob@elsewhere.test", reason="address_unknown")
    fresh = codes.kept.insert_code(world.visitor, flow, CodeAllowance.objects.get(), nobody)
    with pytest.raises(CodeRefused):
        codes.redeem(world.visitor, flow, fresh.code)
    assert not Identity.objects.filter(username="bob@elsewhere.test").exists()


def test_a_person_suspended_meanwhile_looks_like_a_dead_code_before_any_rule(world, flow):
    code = ask(world, flow)
    identities.suspend_identity(world.ctx, world.bob)
    with pytest.raises(CodeOver):
        codes.redeem(world.visitor, flow, code)
    event = auditor.last(world.realm, EventType.AUTHENTICATION_TRANSACTION)
    assert (event.outcome, event.data["code"], event.data["reason"]) == ("DENY", "CODE_OVER", "identity_suspended")
    assert not auditor.events(world.realm, EventType.POLICY_EVALUATION)


def test_an_address_that_changed_meanwhile_proves_nothing(world, flow):
    code = ask(world, flow)
    Identity.objects.filter(pk=world.bob.pk).update(email_key="bob@new.test", primary_email_address="bob@new.test")
    with pytest.raises(CodeOver):
        codes.redeem(world.visitor, flow, code)


def test_who_is_denied_by_the_policy_is_not_signed_up_and_the_code_is_spent(world, flow):
    publish(
        world, rule("otp", "deny", {"attribute": "credential.method", "operator": "in", "value": ["otp"]}, "No codes.")
    )
    code = ask(world, flow, "new@acme.test")
    with pytest.raises(PolicyDenied, match="No codes."):
        codes.redeem(world.visitor, flow, code)
    assert not Identity.objects.filter(username="new@acme.test").exists()
    assert "by" not in auditor.last(world.realm, EventType.IDENTITY_CHANGE).data
    with pytest.raises(CodeOver):
        codes.redeem(world.visitor, flow, code)


def test_without_a_profile_there_are_no_codes(world):
    flow = ceremonies.begin(world.visitor, ceremonies.client_of(world))
    with pytest.raises(CodesClosed):
        codes.issue(world.visitor, flow, BOB)


def test_no_code_stands_in_the_database_or_in_the_record(world, flow):
    sent = [ask(world, flow) for _ in range(5)]
    with pytest.raises(CodeRefused):
        codes.redeem(world.visitor, flow, wrong(sent[-1]))
    codes.redeem(world.visitor, flow, sent[-1])
    stored = [str(row) for row in OneTimeCode.objects.values()] + [
        str(row) for row in Event.objects.values("data", "targets")
    ]
    stored += [str(row) for row in CodeAllowance.objects.values()]
    assert not [code for code in sent if any(f"'{code}'" in row for row in stored)]
    assert BOB not in str(list(CodeAllowance.objects.values()))


def test_a_flow_that_paused_goes_on_once(world, flow):
    codes.redeem(world.visitor, flow, ask(world, flow), pauses=True)
    paused = anew(world, flow)
    url = completion.go_on(world.visitor, paused)
    assert url.startswith("http://localhost:3000/callback?code=")
    with pytest.raises(flows.FlowOver):
        completion.go_on(world.visitor, paused)


def test_a_flow_without_a_proof_does_not_go_on(world, flow):
    with pytest.raises(flows.FlowUnknown):
        completion.go_on(world.visitor, flow)


@pytest.mark.django_db(transaction=True)
def test_of_two_redeems_at_once_one_wins_and_of_many_guesses_three_are_looked_at(world, flow):
    code = ask(world, flow)
    found = race(lambda: codes.redeem(world.visitor, anew(world, flow), code), times=2)
    assert len(found.won) == 1
    assert Session.objects.filter(identity=world.bob).count() == 1
    second = ceremonies.begin(world.visitor, ceremonies.client_of(world))
    code = ask(world, second)
    guesses = race(lambda: codes.redeem(world.visitor, anew(world, second), wrong(code)), times=6)
    assert (guesses.won, len(guesses.refused)) == ([], 6)
    assert OneTimeCode.objects.get(flow=second).tries == 3
    assert CodeAllowance.objects.get().failures == 3


@pytest.mark.django_db(transaction=True)
def test_codes_asked_for_at_once_are_counted_one_by_one(world, flow):
    found = race(lambda: codes.issue(world.visitor, anew(world, flow), BOB), times=8)
    assert (len(found.won), len(found.refused)) == (5, 3)
