"""Editing and publishing a realm's rules: a draft, a version in force, and who was quicker."""

import pytest

from apps.core.errors import Invalid
from apps.events.types import EventType
from apps.policy import selectors
from apps.policy import services as policy
from apps.policy.services import DraftChanged
from tests import record as auditor

pytestmark = pytest.mark.django_db

NOBODY = {"id": "nobody", "name": "Nobody", "transaction": "any", "condition": {}, "action": {"type": "deny"}}


def test_a_realm_begins_with_the_starter_rules_as_version_one(world):
    version = selectors.published(world.realm)
    assert (version.version, [rule["name"] for rule in version.rules]) == (1, ["First passkey", "Passkey sign-in"])


def test_until_somebody_edits_the_draft_equals_what_is_published(world):
    draft = selectors.draft_of(world.realm)
    assert (draft.revision, draft.base_version, draft.rules) == (0, 1, selectors.published(world.realm).rules)
    assert not selectors.has_unpublished_changes(world.realm)


def test_a_draft_changes_nothing_until_it_is_published(world):
    policy.save_draft(world.ctx, world.realm, [NOBODY])
    assert selectors.rules_in_force(world.realm)[0] == 1
    version = policy.publish_draft(world.ctx, world.realm, comment="Closed for the holidays")
    number, rules = selectors.rules_in_force(world.realm)
    assert (number, [rule.id for rule in rules]) == (2, ["nobody"])
    assert (version.comment, version.published_by, version.published_by_name) == (
        "Closed for the holidays", world.ada.pk, "Ada Admin",
    )  # fmt: skip
    assert not selectors.has_unpublished_changes(world.realm)


def test_old_versions_stay_as_they_were(world):
    before = selectors.published(world.realm).rules
    policy.save_draft(world.ctx, world.realm, [NOBODY])
    policy.publish_draft(world.ctx, world.realm)
    assert [(version.version, version.rules) for version in selectors.versions_in(world.realm)] == [
        (2, [NOBODY]), (1, before),
    ]  # fmt: skip


def test_rules_that_do_not_parse_are_refused_with_their_paths_and_an_event(world):
    with pytest.raises(Invalid) as refused:
        policy.save_draft(world.ctx, world.realm, [{**NOBODY, "action": {"type": "shout"}}])
    assert [violation.field for violation in refused.value.violations] == ["policy.rules.0.action.type"]
    assert auditor.told(world.realm, EventType.POLICY_CHANGE)[1:] == [("POLICY_CHANGE", "BAD_REQUEST")]
    assert not selectors.has_unpublished_changes(world.realm)


def test_of_two_editors_the_slower_one_is_told(world):
    policy.save_draft(world.ctx, world.realm, [NOBODY], expected_revision=0)
    with pytest.raises(DraftChanged):
        policy.save_draft(world.ctx, world.realm, [], expected_revision=0)
    policy.save_draft(world.ctx, world.realm, [], expected_revision=1)
    assert selectors.draft_of(world.realm).rules == []


def test_a_draft_on_an_older_version_is_not_published_over_a_newer_one(world):
    policy.save_draft(world.ctx, world.realm, [NOBODY])
    stale = selectors.draft_of(world.realm)
    policy.publish_draft(world.ctx, world.realm)
    stale.pk, stale.base_version = None, 1
    stale.save(force_insert=True)
    with pytest.raises(DraftChanged):
        policy.publish_draft(world.ctx, world.realm)
    assert selectors.published(world.realm).version == 2


def test_publishing_without_a_draft_leaves_the_published_version_standing(world):
    assert policy.publish_draft(world.ctx, world.realm).version == 1


def test_discarding_goes_back_to_what_is_published(world):
    policy.save_draft(world.ctx, world.realm, [NOBODY])
    policy.discard_draft(world.ctx, world.realm)
    policy.discard_draft(world.ctx, world.realm)
    assert selectors.draft_of(world.realm).rules == selectors.published(world.realm).rules


def test_every_step_is_an_event_that_shows_what_changed(world):
    policy.save_draft(world.ctx, world.realm, [NOBODY])
    policy.publish_draft(world.ctx, world.realm)
    began, saved, published = auditor.events(world.realm, EventType.POLICY_CHANGE)
    assert [event.data["action"] for event in (began, saved, published)] == ["CREATE", "SAVE_DRAFT", "PUBLISH"]
    assert published.data["changes"]["version"] == [1, 2]
    assert published.data["changes"]["rules"][1] == [NOBODY]
    assert published.actor_id == world.ada.pk


def test_another_realms_rules_are_not_touched(world):
    policy.save_draft(world.ctx, world.realm, [NOBODY])
    policy.publish_draft(world.ctx, world.realm)
    for other in (world.acme.staff.realm, world.evil.customers.realm, world.acme.admin_realm):
        assert selectors.published(other).version == 1
        assert not selectors.has_unpublished_changes(other)


def test_asking_which_rules_are_in_force_is_one_small_query(world, django_assert_num_queries):
    selectors.rules_in_force(world.realm)
    with django_assert_num_queries(1):
        selectors.rules_in_force(world.realm)
