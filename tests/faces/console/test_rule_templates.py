"""Each template of the builder does what its card says, once its rule stands above one that allows (extensions.md §6)."""

from datetime import UTC, datetime
from typing import Any

import pytest

from apps.console.rule_parts import Parts, join, split
from apps.console.rule_templates import TEMPLATES, find
from apps.policy import engine
from apps.policy.engine import Transaction, TransactionType

ALLOW = {"id": "rest", "transaction": "any", "condition": {}, "action": {"type": "allow"}}
MONDAY, SUNDAY = datetime(2026, 11, 23, 12, tzinfo=UTC), datetime(2026, 11, 22, 12, tzinfo=UTC)
CONTRACTOR = {"identity.group_ids": ["contractors"]}
# key: (facts that it is about, facts that it is not about); the one chosen in the form besides, by its picker
CASES: dict[str, tuple[list[dict[str, Any]], list[dict[str, Any]], dict[str, tuple[str, ...]]]] = {
    "device-limit": (
        [{"identity.credential_count": 2}, {"identity.credential_count": 3}], [{"identity.credential_count": 1}], {},
    ),
    "platforms": (
        [{"device.platform": "linux"}, {"device.platform": "other"}],
        [{"device.platform": "ios"}, {"device.platform": "macos"}],
        {},
    ),
    "hardware-only": (
        [{"credential.binding": each} for each in ("synced", "software", "none")], [{"credential.binding": "hardware"}], {},
    ),
    "countries": ([{"request.country": "US"}], [{"request.country": "FR"}, {}], {}),
    "country-block": ([{"request.country": "AQ"}], [{"request.country": "FR"}, {}], {}),
    "office-hours": ([{"request.time": SUNDAY}], [{"request.time": MONDAY}], {}),
    "contractors": (
        [{**CONTRACTOR, "request.ip": "198.51.100.7"}],
        [{**CONTRACTOR, "request.ip": "203.0.113.7"}, {"identity.group_ids": ["staff"], "request.ip": "198.51.100.7"}],
        {"groups": ("contractors",)},
    ),
    "step-up": ([{"application.id": "payroll"}], [{"application.id": "wiki"}], {"applications": ("payroll",)}),
    "new-device": ([{"device.is_new": True}], [{"device.is_new": False}, {}], {}),
    "travel": ([{"risk.travel_speed_kmh": 1200}], [{"risk.travel_speed_kmh": 850}, {}], {}),
    "failures": ([{"risk.failed_attempts_1h": 10}], [{"risk.failed_attempts_1h": 9}], {}),
    "further-passkeys": ([{"binding.reason": "additional"}], [{"binding.reason": "recovery"}], {}),
    "add-device": ([{"add_device.role": "source"}, {"add_device.role": "target"}], [], {}),
}  # fmt: skip


def decided(key: str, facts: dict[str, Any], kind: str = "") -> engine.Decision:
    template = find(key)
    assert template is not None
    before = split(template.condition)
    condition = join(Parts({**before.picked, **CASES[key][2]}, before.rest, before.rows))
    rules = engine.parse([{**template.rule(), "id": key, "condition": condition}, ALLOW])
    return engine.decide(rules, Transaction(TransactionType(kind or template.transaction), facts))


def test_every_template_is_tried() -> None:
    assert list(CASES) == [each.key for each in TEMPLATES]


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda each: each.key)
def test_a_template_does_what_its_card_says(template: Any) -> None:
    about, others, _chosen = CASES[template.key]
    for facts in about:
        decision = decided(template.key, facts)
        if template.action == "monitor":
            assert (decision.matched_rule_id, decision.monitors) == ("rest", (template.key,))
        else:
            assert (decision.matched_rule_id, decision.action) == (template.key, template.action)
            assert decision.message == str(template.message)
    for facts in others:
        decision = decided(template.key, facts)
        assert (decision.matched_rule_id, decision.monitors) == ("rest", ()), facts


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda each: each.key)
def test_a_template_is_about_one_kind_of_request_alone(template: Any) -> None:
    for kind in set(TransactionType) - {template.transaction}:
        assert decided(template.key, CASES[template.key][0][0], kind).matched_rule_id == "rest"
