"""Asking rules again what the record holds: page by page, whatever it holds, of one realm (contract/extensions.md §6)."""

from datetime import timedelta
from typing import Any

import pytest

from apps.core.errors import Invalid
from apps.events.attempt import record
from apps.events.types import EventType
from apps.policy import engine, replay
from apps.realms.models import Realm
from tests.world import World

pytestmark = pytest.mark.django_db

RULES = engine.parse(
    [
        {"id": "bob", "transaction": "authentication", "action": {"type": "allow"},
         "condition": {"attribute": "identity.username", "operator": "equals", "value": "bob"}},
        {"id": "face", "transaction": "authentication", "action": {"type": "allow_with_biometric"},
         "condition": {"attribute": "identity.username", "operator": "equals", "value": "carol"}},
    ]
)  # fmt: skip


def evaluated(world: World, username: str, action: str, realm: Realm | None = None, **changes: Any) -> None:
    data = {
        "input": {"type": "authentication", "attributes": {"identity.username": username}},
        "decision": {"action": action, "matched_rule_id": "old", "message": "", "monitors": []},
        **changes,
    }
    record(world.ctx, EventType.POLICY_EVALUATION, realm or world.realm, outcome=action.upper(), **data)


def span(world: World) -> dict[str, Any]:
    return {"start": world.ctx.now - timedelta(hours=1), "end": world.ctx.now + timedelta(hours=1)}


def test_each_evaluation_is_counted_by_what_became_of_it_and_by_the_rule_that_decides_now(world: World) -> None:
    for username, action in (
        ("bob", "allow"), ("bob", "deny"), ("carol", "allow"), ("eve", "allow"), ("eve", "deny"),
    ):  # fmt: skip
        evaluated(world, username, action)
    evaluated(world, "eve", "allow", world.acme.staff.realm)
    report = replay.run(world.realm, RULES, **span(world))
    assert (report.evaluated, report.unchanged) == (5, 2)
    assert (report.newly_allowed, report.changed_action, report.newly_denied) == (1, 1, 1)
    assert {rule_id: tally.matched for rule_id, tally in report.by_rule.items()} == {"bob": 2, "face": 1, "default": 2}
    assert [(sample.kind, sample.rule_id) for sample in report.samples] == [
        ("newly_allowed", "bob"), ("changed_action", "face"), ("newly_denied", "default"),
    ]  # fmt: skip


def test_it_is_told_page_by_page_and_at_most_a_hundred_are_shown(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replay, "_PAGE", 50)
    for _ in range(120):
        evaluated(world, "eve", "allow")
    seen = [report.evaluated for report in replay.steps(world.realm, RULES, **span(world))]
    assert seen == [50, 100, 120]
    assert len(replay.run(world.realm, RULES, **span(world)).samples) == replay.SAMPLES


@pytest.mark.parametrize(
    "changes",
    [
        {"input": None}, {"input": []}, {"input": {"type": "login", "attributes": {}}}, {"decision": "allow"},
        {"input": {"type": "authentication", "attributes": ["x"]}}, {"decision": {}}, {"input": {"type": ["x"]}},
    ],
)  # fmt: skip
def test_what_is_no_evaluation_is_passed_over(world: World, changes: dict[str, Any]) -> None:
    evaluated(world, "bob", "allow", **changes)
    evaluated(world, "bob", "allow")
    assert replay.run(world.realm, RULES, **span(world)).evaluated == 1


def test_a_span_has_a_beginning_before_its_end(world: World) -> None:
    with pytest.raises(Invalid):
        replay.run(world.realm, RULES, start=world.ctx.now, end=world.ctx.now)
