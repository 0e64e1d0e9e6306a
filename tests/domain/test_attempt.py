"""One verb, one transaction, its events: what is left behind by each way out of an attempt."""

from unittest import mock

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from apps.core.context import Actor, ActorType
from apps.core.errors import Conflict, Denied
from apps.directory.models import GroupMembership
from apps.events.attempt import Overtaken, attempt, record
from apps.events.models import Event
from apps.events.types import EventType
from apps.tenants.models import Tenant
from tests import record as auditor

pytestmark = pytest.mark.django_db


class TooLate(Denied):
    code = "too_late"


class Elsewhere(Denied):
    code = "elsewhere"
    outcome = "DENY"


def rename(world, name):
    Tenant.objects.filter(pk=world.acme.tenant.pk).update(display_name=name)


def try_to_rename(world, problem, keep=""):
    with attempt(world.ctx, EventType.TENANT_CHANGE, world.realm) as event:
        event.target(world.acme.tenant)
        event.note(EventType.POLICY_EVALUATION, outcome="ALLOW")
        if keep:
            event.keep(lambda: rename(world, keep))
        rename(world, "Apex")
        raise problem


def name_of(world):
    return Tenant.objects.get(pk=world.acme.tenant.pk).display_name


def test_a_clean_ending_keeps_the_rows_and_says_success(world):
    with attempt(world.ctx, EventType.TENANT_CHANGE, world.realm, action="UPDATE") as event:
        event.target(world.acme.tenant)
        event.changed("display_name", "Acme", "Apex")
        event.changed("unchanged", 1, 1)
        rename(world, "Apex")
    written = auditor.last(world.realm, EventType.TENANT_CHANGE)
    assert name_of(world) == "Apex"
    assert (written.outcome, written.data) == (
        "SUCCESS", {"action": "UPDATE", "changes": {"display_name": ["Acme", "Apex"]}},
    )  # fmt: skip
    assert written.targets == [{"type": "tenant", "id": world.acme.tenant.pk, "display_name": "Acme"}]
    assert (written.tenant_id, written.realm_id) == (world.acme.tenant.pk, world.realm.pk)


def test_a_refusal_takes_the_rows_back_and_leaves_its_own_outcome(world):
    with pytest.raises(TooLate):
        try_to_rename(world, TooLate("the shop is closed"))
    written = auditor.last(world.realm, EventType.TENANT_CHANGE)
    assert name_of(world) == "Acme"
    assert (written.outcome, written.data["reason"]) == ("TOO_LATE", "the shop is closed")
    assert written.targets[0]["id"] == world.acme.tenant.pk


def test_a_refusal_may_name_an_outcome_that_is_not_its_code(world):
    with pytest.raises(Elsewhere), attempt(world.ctx, EventType.TENANT_CHANGE, world.realm):
        raise Elsewhere
    assert auditor.last(world.realm, EventType.TENANT_CHANGE).outcome == "DENY"


@pytest.mark.parametrize("refuses", [False, True], ids=["clean", "refused"])
def test_what_was_noted_on_the_way_survives_either_ending(world, refuses):
    try:
        with attempt(world.ctx, EventType.CREDENTIAL_CHANGE, world.realm) as event:
            event.note(EventType.POLICY_EVALUATION, outcome="ALLOW", policy_version=1)
            if refuses:
                raise Conflict("in the way")
    except Conflict:
        pass
    told = auditor.told(world.realm, EventType.POLICY_EVALUATION, EventType.CREDENTIAL_CHANGE)
    assert told == [("POLICY_EVALUATION", "ALLOW"), ("CREDENTIAL_CHANGE", "CONFLICT" if refuses else "SUCCESS")]


def test_what_came_of_an_attempt_is_told_after_it(world):
    with attempt(world.ctx, EventType.CREDENTIAL_CHANGE, world.realm) as event:
        event.follow(EventType.SESSION_CHANGE, outcome="SUCCESS")
        event.note(EventType.POLICY_EVALUATION, outcome="ALLOW")
    types = [EventType.POLICY_EVALUATION, EventType.CREDENTIAL_CHANGE, EventType.SESSION_CHANGE]
    assert [type for type, _ in auditor.told(world.realm, *types)[-3:]] == types


def test_what_would_have_come_of_a_refused_attempt_is_not_told(world):
    before = auditor.told(world.realm)
    with pytest.raises(TooLate):
        promise_a_session(world)
    assert auditor.told(world.realm) == [*before, ("CREDENTIAL_CHANGE", "TOO_LATE")]


def promise_a_session(world):
    with attempt(world.ctx, EventType.CREDENTIAL_CHANGE, world.realm) as event:
        event.follow(EventType.SESSION_CHANGE, outcome="SUCCESS")
        raise TooLate


@pytest.mark.django_db(transaction=True)
def test_a_row_whose_ground_was_taken_away_meanwhile_is_refused_at_the_end(world):
    """Foreign keys are checked when the transaction commits: nobody's bug, somebody was quicker."""
    with pytest.raises(Overtaken) as refused:
        join_nothing(world)
    assert refused.value.code == "conflict"
    assert auditor.last(world.realm, EventType.GROUP_MEMBERSHIP_CHANGE).outcome == "CONFLICT"


def join_nothing(world):
    with attempt(world.ctx, EventType.GROUP_MEMBERSHIP_CHANGE, world.realm) as event:
        event.follow(EventType.SESSION_CHANGE, outcome="SUCCESS")
        GroupMembership.objects.create(
            tenant_id=world.acme.tenant.pk,
            realm=world.realm,
            group_id="0" * 16,
            identity=world.bob,
            created_at=world.ctx.now,
        )


def test_a_constraint_that_a_verb_does_not_expect_is_a_bug(world):
    before = Event.objects.count()
    with pytest.raises(IntegrityError), transaction.atomic():
        join_twice(world)
    assert Event.objects.count() == before


def join_twice(world):
    with attempt(world.ctx, EventType.GROUP_MEMBERSHIP_CHANGE, world.realm):
        for _ in range(2):
            GroupMembership.objects.create(
                tenant_id=world.acme.tenant.pk, realm=world.realm, group=world.acme.customers.contractors,
                identity=world.bob, created_at=world.ctx.now,
            )  # fmt: skip


def test_a_kept_change_survives_a_refusal_and_is_not_made_without_one(world):
    with pytest.raises(TooLate):
        try_to_rename(world, TooLate(), keep="Counted")
    assert name_of(world) == "Counted"
    with attempt(world.ctx, EventType.TENANT_CHANGE, world.realm) as event:
        event.keep(lambda: rename(world, "Again"))
    assert name_of(world) == "Counted"


def test_a_bug_leaves_nothing_behind(world):
    before = Event.objects.count()
    with pytest.raises(ZeroDivisionError):
        try_to_rename(world, ZeroDivisionError(), keep="Kept")
    assert (name_of(world), Event.objects.count()) == ("Acme", before)


def refuse_events(monkeypatch):
    """The database says no to events and to nothing else: a full partition, a trigger, a lost table."""
    monkeypatch.setattr("apps.events.attempt.insert", mock.Mock(side_effect=DatabaseError("no room for events")))


def test_a_verb_fails_when_its_event_cannot_be_written(world, monkeypatch):
    refuse_events(monkeypatch)
    with pytest.raises(DatabaseError), attempt(world.ctx, EventType.TENANT_CHANGE, world.realm):
        rename(world, "Apex")
    assert name_of(world) == "Acme"


def test_a_refusal_whose_event_cannot_be_written_keeps_nothing_either(world, monkeypatch):
    refuse_events(monkeypatch)
    with pytest.raises(DatabaseError):
        try_to_rename(world, TooLate(), keep="Kept")
    assert name_of(world) == "Acme"


def test_once_we_know_who_it_is_every_event_of_the_attempt_is_theirs(world):
    bob = Actor(ActorType.IDENTITY, world.bob.pk, "Bob Baker")
    with attempt(world.visitor, EventType.AUTHENTICATION_TRANSACTION, world.realm) as event:
        event.note(EventType.POLICY_EVALUATION, outcome="ALLOW")
        event.acting_as(bob)
        event.follow(EventType.SESSION_CHANGE, outcome="SUCCESS")
    assert {written.actor_id for written in auditor.events(world.realm)[-3:]} == {world.bob.pk}


def sign_in_refused(world, phase, refusal):
    with attempt(world.visitor, EventType.AUTHENTICATION_TRANSACTION, world.realm) as event:
        event.data["phase"] = phase
        raise refusal


@pytest.mark.parametrize(("refusal", "ending"), [(TooLate(), "DENY"), (Conflict("late"), "ERROR")])
def test_a_sign_in_that_is_complete_ends_in_one_of_three_ways(world, refusal, ending):
    for phase, written in (("COMPLETE", (ending, refusal.event_outcome)), ("SUSPEND", (refusal.event_outcome, None))):
        with pytest.raises(type(refusal)):
            sign_in_refused(world, phase, refusal)
        told = auditor.last(world.realm, EventType.AUTHENTICATION_TRANSACTION)
        assert (told.outcome, told.data.get("code")) == written


def test_what_describes_a_person_stands_apart(world):
    with attempt(world.ctx, EventType.IDENTITY_CHANGE, world.realm) as event:
        event.changed_personal("display_name", "Bob", "Robert")
    data = auditor.last(world.realm, EventType.IDENTITY_CHANGE).data
    assert data["personal"] == {"changes": {"display_name": ["Bob", "Robert"]}}
    assert "changes" not in data


def test_a_request_turned_away_at_the_door_is_recorded_without_an_attempt(world):
    record(world.visitor, EventType.API_REQUEST_DENIED, world.realm, outcome="FORBIDDEN", path="/v1")
    written = auditor.last(world.realm, EventType.API_REQUEST_DENIED)
    assert (written.outcome, written.actor_type, written.data) == ("FORBIDDEN", "anonymous", {"path": "/v1"})


def test_the_events_of_an_attempt_are_one_insert(world, django_assert_num_queries):
    with django_assert_num_queries(3):  # savepoint, insert, release
        in_five_steps(world)


def in_five_steps(world):
    with attempt(world.ctx, EventType.TENANT_CHANGE, world.realm) as event:
        for _ in range(5):
            event.note(EventType.POLICY_EVALUATION, outcome="ALLOW")
