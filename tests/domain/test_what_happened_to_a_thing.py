"""The newest events about one thing, signing a person out everywhere, and the catalogue of outcomes."""

import pytest

from apps.authentication.services import sessions
from apps.directory.services import groups, identities
from apps.events import outcomes
from apps.events import selectors as events
from apps.events.types import EventType
from tests import ceremonies, record
from tests.world import World

pytestmark = pytest.mark.django_db


def test_what_a_person_did_and_what_was_done_to_them_come_newest_first(world: World) -> None:
    passkey = ceremonies.give_passkey(world, world.bob)
    ceremonies.sign_in(world.visitor, ceremonies.client_of(world), passkey)
    identities.suspend_identity(world.ctx, world.bob)
    found = events.recent_about(world.realm, world.bob.pk, size=50)
    assert [event.pk for event in found] == sorted((event.pk for event in found), reverse=True)
    assert [event.data["action"] for event in found[:2]] == ["END", "SUSPEND"]  # the sessions, and why
    told = {(event.type, event.actor_id == world.bob.pk) for event in found}
    assert (EventType.IDENTITY_CHANGE, False) in told
    assert (EventType.AUTHENTICATION_TRANSACTION, True) in told
    assert len(events.recent_about(world.realm, world.bob.pk, size=3)) == 3


def test_nothing_of_other_things_or_realms_is_among_them(world: World) -> None:
    groups.add_members(world.ctx, world.acme.customers.contractors, [world.acme.customers.people["dave"].pk])
    assert all(
        event.actor_id == world.bob.pk or world.bob.pk in {target["id"] for target in event.targets}
        for event in events.recent_about(world.realm, world.bob.pk)
    )
    assert events.recent_about(world.acme.staff.realm, world.bob.pk) == []


def test_signing_out_everywhere_is_one_event_and_fine_twice(world: World) -> None:
    passkey = ceremonies.give_passkey(world, world.bob)
    for _ in range(2):
        ceremonies.sign_in(world.visitor, ceremonies.client_of(world), passkey)
    assert [sessions.sign_out_everywhere(world.ctx, world.bob) for _ in range(2)] == [2, 0]
    ends = [event for event in record.events(world.realm, EventType.SESSION_CHANGE) if event.data["action"] == "END"]
    assert [event.data["count"] for event in ends] == [2, 0]


def test_a_sign_in_says_which_kind_of_passkey_it_was(world: World) -> None:
    passkey = ceremonies.give_passkey(world, world.bob, backup_eligible=True)
    ceremonies.sign_in(world.visitor, ceremonies.client_of(world), passkey)
    done = record.last(world.realm, EventType.AUTHENTICATION_TRANSACTION)
    assert (done.data["binding"], done.data["method"]) == ("synced", "webauthn")


def test_every_refusal_is_in_the_catalogue_of_outcomes() -> None:
    known = outcomes.known()
    assert known == sorted(set(known))
    assert {"SUCCESS", "DENY", "PROVE", "PROOF_REFUSED", "PASSKEY_UNKNOWN", "WOULD_LOCK_OUT", "CONFLICT"} <= set(known)
    assert "REFUSED" not in known
