"""An evaluation's event shows every rule of then, what each of its conditions found, and who may see that."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from apps.directory.services import groups
from apps.events.attempt import record as write
from apps.events.models import Event
from apps.events.types import EventType
from apps.policy import services as policy
from tests import ceremonies, record
from tests.world import World

pytestmark = pytest.mark.django_db


def rule(name: str, action: str, **more: Any) -> dict[str, Any]:
    given = {"description": "", "enabled": True, "transaction": "authentication", "condition": {}, **more}
    return {"id": name.lower().replace(" ", "-"), "name": name, "action": {"type": action}, **given}


@pytest.fixture
def decided(world: World) -> Event:
    """Bob, a rider, signs in under rules of which the third lets him in."""
    passkey = ceremonies.give_passkey(world, world.bob)
    riders = groups.create_group(world.ctx, world.realm, display_name="Riders")
    groups.add_members(world.ctx, riders, [world.bob.pk])
    contractors = world.acme.customers.contractors.pk
    rules = [
        rule("No contractors", "deny", condition={
            "attribute": "identity.group_ids", "operator": "contains_any", "value": [contractors]}),
        rule("Sleeping", "deny", enabled=False),
        rule("Own devices", "deny", transaction="add_device"),
        rule("Not from Mars", "allow", condition={
            "not": {"attribute": "request.ip", "operator": "in_cidr", "value": ["198.51.100.0/24"]}}),
        rule("Everybody else", "deny"),
    ]  # fmt: skip
    policy.save_draft(world.ctx, world.realm, rules)
    policy.publish_draft(world.ctx, world.realm)
    ceremonies.tokens_for(world.visitor, ceremonies.client_of(world), passkey)
    return record.last(world.realm, EventType.POLICY_EVALUATION)


def page_of(world: World, event: Event) -> str:
    return f"/console/realms/{world.realm.pk}/events/{event.pk}"


def text(page: Any) -> str:
    return re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", page.content.decode()))


def test_every_rule_of_then_stands_with_what_it_found(world: World, ada: Client, decided: Event) -> None:
    policy.save_draft(world.ctx, world.realm, [rule("Nobody", "deny")])
    policy.publish_draft(world.ctx, world.realm)  # what is in force today is not asked
    page = ada.get(page_of(world, decided))
    lines = page.context["decision"]["lines"]
    assert [(line["name"], line["result"], line["decides"]) for line in lines] == [
        ("No contractors", "Does not fit", False),
        ("Sleeping", "Switched off", False),
        ("Own devices", "For something else", False),
        ("Not from Mars", "Fits", True),
        ("Everybody else", "Not reached", False),
    ]
    (leaf,) = lines[0]["leaves"]
    assert (leaf["wanted"], leaf["actual"], leaf["result"]) == ("Contractors", "Riders", False)
    assert "their groups include Contractors here: Riders" in text(page)
    assert "the address is in 198.51.100.0/24 here: 203.0.113.7" in text(page)
    assert "When anyone in Contractors signs in" in text(page) or "anyone in Contractors" in text(page)
    assert f"policy/versions/{decided.data['policy_version']}" in page.content.decode()


def test_who_may_not_read_the_policy_is_told_the_decision_alone(
    world: World, clerk: Callable[..., Client], decided: Event
) -> None:
    page = clerk("events:read", "realms:read").get(page_of(world, decided))
    assert "Not from Mars" in text(page)
    assert "Everybody else" not in page.content.decode()
    assert "policy/versions" not in page.content.decode()


def test_the_part_below_a_line_leads_to_the_trace(world: World, ada: Client, decided: Event) -> None:
    part = ada.get(page_of(world, decided), HTTP_HX_REQUEST="true").content.decode()
    assert f'href="{page_of(world, decided)}#trace"' in part
    assert "Everybody else" not in part


@pytest.mark.parametrize(
    "told",
    [
        {
            "decision": {"action": "deny", "matched_rule_id": "gone"},
            "policy_version": 99,
            "input": {"type": "nonsense"},
        },
        {"decision": {"action": "banish"}, "policy_version": "x", "input": {"attributes": ["?"]}},
        {
            "decision": {"action": "allow"},
            "policy_version": 10**12,
            "input": {"type": "authentication", "attributes": {}},
        },
    ],
)
def test_what_cannot_be_asked_again_says_so(world: World, ada: Client, told: dict[str, Any]) -> None:
    write(world.ctx, EventType.POLICY_EVALUATION, world.realm, **told)
    page = ada.get(page_of(world, record.last(world.realm, EventType.POLICY_EVALUATION)))
    assert page.status_code == 200
    assert "cannot be asked any more" in text(page)


def test_rules_that_would_say_otherwise_today_are_marked(world: World, ada: Client, decided: Event) -> None:
    told = {**decided.data, "decision": {**decided.data["decision"], "action": "deny"}}
    write(world.ctx, EventType.POLICY_EVALUATION, world.realm, **told)
    page = ada.get(page_of(world, record.last(world.realm, EventType.POLICY_EVALUATION)))
    assert "say something else than they did" in text(page)
