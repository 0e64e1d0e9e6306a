"""Publishing a policy at the console: only what was seen, not oneself out, and told when nobody gets in."""

from datetime import timedelta

import pytest
from django.test import Client

from apps.events.types import EventType
from apps.policy import selectors
from apps.policy import services as policy
from tests import record
from tests.faces.console.policy_forms import add, filled, publish
from tests.faces.console.policy_forms import admin_rules as admin_rules  # noqa: PLC0414 - fixtures
from tests.faces.console.policy_forms import rules as rules  # noqa: PLC0414
from tests.words import words_of
from tests.world import World

pytestmark = pytest.mark.django_db


def test_nobody_publishes_what_they_have_not_seen(world: World, ada: Client, rules: str) -> None:
    add(ada, rules)
    form = filled(ada, f"{rules}/publish")
    policy.save_draft(world.at(timedelta(minutes=1)), world.realm, [])
    answer = ada.post(f"{rules}/publish", form)
    assert answer.status_code == 409
    assert "Somebody else changed the draft; look at it before you publish it." in answer.content.decode()
    assert selectors.published(world.realm).version == 1


@pytest.mark.parametrize("version", ["", "yesterday", "9" * 40, "2026-99-99", "\u0660"])
def test_a_reading_that_never_was_is_a_conflict(world: World, ada: Client, rules: str, version: str) -> None:
    form = {**filled(ada, f"{rules}/rules/new", name="Mine", action="deny", place="0"), "version": version}
    assert ada.post(f"{rules}/rules/new", form).status_code == 409


# --- the admin realm --------------------------------------------------------------------------------------------------


def test_publishing_in_the_admin_realm_warns_and_asks_for_the_realms_name(
    world: World, ada: Client, admin_rules: str
) -> None:
    add(ada, admin_rules, transaction="add_device")
    assert "You can lock administrators out" in ada.get(admin_rules).content.decode()
    answer = publish(ada, admin_rules, confirmation="yes")
    assert answer.status_code == 422
    assert "What you typed is not the realm&#x27;s name." in answer.content.decode()
    assert publish(ada, admin_rules, confirmation="Identity Cloud Admin Realm").status_code == 303
    assert selectors.published(world.acme.admin_realm).version == 2


def test_rules_that_would_keep_the_publisher_out_are_refused_and_leave_an_event(
    world: World, ada: Client, admin_rules: str
) -> None:
    add(ada, admin_rules, transaction="any")
    answer = publish(ada, admin_rules, confirmation="Identity Cloud Admin Realm", comment="Oops")
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Nobody would be left who could sign in to the console." in page
    assert 'value="Oops"' in page
    assert selectors.published(world.acme.admin_realm).version == 1
    assert record.last(world.acme.admin_realm, EventType.POLICY_CHANGE).outcome == "WOULD_LOCK_OUT"


# --- hostile words ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"transaction": "authentication"}, "Nobody could sign in any more"),
        ({"transaction": "credential_binding"}, "Nobody could create a passkey any more"),
        ({"transaction": "authentication", "action": "monitor"}, ""),
        ({"transaction": "authentication", "place": "2"}, ""),
    ],
    ids=["sign-ins", "passkeys", "a rule that only watches", "below what lets in"],
)
def test_publishing_says_when_a_draft_lets_nobody_in(
    ada: Client, rules: str, fields: dict[str, str], told: str
) -> None:
    assert add(ada, rules, **fields).status_code == 303
    for page in (rules, f"{rules}/publish"):
        words = words_of(ada.get(page))
        for title in ("Nobody could sign in any more", "Nobody could create a passkey any more"):
            assert (title in words) is (title == told)


def test_a_policy_that_let_nobody_in_before_takes_nothing_away(ada: Client, rules: str) -> None:
    add(ada, rules, transaction="authentication")
    publish(ada, rules)
    add(ada, rules, transaction="authentication", name="Again")
    assert "Nobody could sign in any more" not in words_of(ada.get(f"{rules}/publish"))
