"""The policy at the console: rules as sentences, a draft that nobody loses, publishing, and not locking oneself out."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from apps.core import ids
from apps.directory.services import groups
from apps.events.types import EventType
from apps.policy import selectors
from apps.policy import services as policy
from apps.policy.services import PolicyDenied
from tests import ceremonies, record
from tests.faces.console.policy_forms import add, filled, publish
from tests.faces.console.policy_forms import admin_rules as admin_rules  # noqa: PLC0414 - fixtures
from tests.faces.console.policy_forms import rules as rules  # noqa: PLC0414
from tests.words import words_of
from tests.world import World

pytestmark = pytest.mark.django_db

HTMX = {"HTTP_HX_REQUEST": "true"}
HOSTILE = '<img src=x onerror=alert(1)>"'


def draft(world: World) -> list[Any]:
    return list(selectors.draft_of(world.realm).rules)


def step(client: Client, world: World, rules: str, rule_id: str, verb: str, **fields: str) -> Any:
    version = selectors.draft_of(world.realm).updated_at.isoformat()
    return client.post(f"{rules}/rules/{rule_id}/{verb}", {"version": version, **fields})


# --- reading ----------------------------------------------------------------------------------------------------------


def test_the_page_reads_the_published_rules_in_order_and_ends_with_deny(ada: Client, rules: str) -> None:
    page = ada.get(rules).content.decode()
    assert page.index("First passkey") < page.index("Passkey sign-in") < page.index("When nothing above fits")
    assert "When anyone makes a passkey, and the passkey is <strong>the first one" in page
    assert "When anyone signs in" in page
    assert "Version 1, published by" in page
    assert "Not published yet" not in page


def test_the_admin_realms_rules_name_the_console_and_its_group(ada: Client, admin_rules: str) -> None:
    page = ada.get(admin_rules).content.decode()
    said = "When anyone in <strong>Admin Console Access</strong> signs in to <strong>Identity Cloud Admin Console"
    assert said in page


def test_who_may_only_read_gets_no_tools(clerk: Callable[..., Client], rules: str) -> None:
    page = clerk("policy:read").get(rules).content.decode()
    assert "First passkey" in page
    for tool in ("Add rule", "Edit", "Move", "Publish", "Discard"):
        assert f">{tool}<" not in page


# --- editing the draft ------------------------------------------------------------------------------------------------


def test_a_rule_is_added_to_the_draft_and_published(world: World, ada: Client, rules: str) -> None:
    place = world.acme.customers
    answer = add(ada, rules, groups=[place.contractors.pk], applications=[str(place.application.pk)])
    assert (answer.status_code, answer["Location"]) == (303, rules)
    page = ada.get(rules).content.decode()
    assert "Not published yet: 1 rule added" in page
    assert "When anyone in <strong>Contractors</strong> signs in to <strong>Shop</strong>" in page
    assert "<q>Ask your manager.</q>" in page
    assert [rule["name"] for rule in selectors.published(world.realm).rules] == ["First passkey", "Passkey sign-in"]
    assert publish(ada, rules, comment="Audit").status_code == 303
    version = selectors.published(world.realm)
    assert (version.version, version.comment, version.rules[0]["name"]) == (2, "Audit", "Contractors stay out")
    assert not selectors.has_unpublished_changes(world.realm)
    assert record.last(world.realm, EventType.POLICY_CHANGE).data["action"] == "PUBLISH"


def test_a_published_deny_refuses_the_next_sign_in_with_its_message(world: World, ada: Client, rules: str) -> None:
    """The whole of it: rule by form, publish, a passkey, a refused sign-in, and the record that tells of it."""
    place = world.acme.customers
    carols, bobs = ceremonies.give_passkey(world, place.carol), ceremonies.give_passkey(world, place.bob)
    add(ada, rules, groups=[place.contractors.pk], applications=[str(place.application.pk)])
    ceremonies.sign_in(world.visitor, ceremonies.client_of(world), carols)  # a draft decides nothing
    publish(ada, rules)
    with pytest.raises(PolicyDenied, match="Ask your manager."):
        ceremonies.sign_in(world.visitor, ceremonies.client_of(world), carols)
    ceremonies.sign_in(world.visitor, ceremonies.client_of(world), bobs)
    events = ada.get(f"/console/realms/{world.realm.pk}/events").content.decode()
    assert "<strong>Carol Contractor</strong> was denied <strong>Shop</strong>: “Ask your manager.”" in events
    assert "Rule “Contractors stay out”, version 2" in events


def test_passkey_kind_system_and_verification_are_told_in_the_sentence(world: World, ada: Client, rules: str) -> None:
    add(
        ada, rules, action="allow_with_os_verification", bindings=["hardware", "synced"], platforms=["windows"],
        message="",
    )  # fmt: skip
    page = ada.get(rules).content.decode()
    said = "with <strong>a hardware passkey or a synced passkey</strong> on <strong>Windows</strong>"
    assert said in page
    assert "Allow, once the device has verified them" in page
    assert draft(world)[0]["condition"] == {
        "all": [
            {"attribute": "credential.binding", "operator": "in", "value": ["hardware", "synced"]},
            {"attribute": "device.platform", "operator": "in", "value": ["windows"]},
        ]
    }


def test_a_message_is_kept_for_denials_alone(world: World, ada: Client, rules: str) -> None:
    add(ada, rules, action="allow")
    assert draft(world)[0]["action"] == {"type": "allow"}


def test_a_new_rule_may_stand_after_another(world: World, ada: Client, rules: str) -> None:
    add(ada, rules, place="2")
    assert [rule["name"] for rule in draft(world)] == ["First passkey", "Passkey sign-in", "Contractors stay out"]
    assert "Never asked: rule 2 decides first" in ada.get(rules).content.decode()


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"name": ""}, "This field is required."),
        ({"name": "x" * 101}, "at most 100 characters"),
        ({"message": "x" * 301}, "at most 300 characters"),
        ({"transaction": "sabotage"}, "not one of the available choices"),
        ({"action": "shrug"}, "not one of the available choices"),
        ({"groups": ["0" * 16]}, "not one of the available choices"),
        ({"applications": ["nonsense"]}, "not one of the available choices"),
        ({"bindings": ["paper"]}, "not one of the available choices"),
        ({"place": "99"}, "not one of the available choices"),
        ({"name": "a\x00b"}, "Null characters are not allowed."),
    ],
)
def test_what_is_wrong_is_said_on_its_field_and_nothing_is_stored(
    world: World, ada: Client, rules: str, fields: dict[str, Any], said: str
) -> None:
    answer = add(ada, rules, **fields)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not selectors.has_unpublished_changes(world.realm)


def test_groups_and_applications_of_another_realm_are_not_offered(world: World, ada: Client, rules: str) -> None:
    assert add(ada, rules, groups=[world.acme.staff.contractors.pk]).status_code == 422
    assert add(ada, rules, applications=[str(world.evil.customers.application.pk)]).status_code == 422
    assert "Evil" not in words_of(ada.get(f"{rules}/rules/new"))


def test_a_rule_is_moved_switched_off_removed_and_brought_back(world: World, ada: Client, rules: str) -> None:
    first, second = (rule["id"] for rule in draft(world))
    step(ada, world, rules, second, "move", direction="up")
    assert [rule["id"] for rule in draft(world)] == [second, first]
    step(ada, world, rules, second, "switch", enabled="false")
    assert draft(world)[0]["enabled"] is False
    assert "Switched off" in ada.get(rules).content.decode()
    step(ada, world, rules, first, "remove")
    assert [rule["id"] for rule in draft(world)] == [second]
    page = ada.get(rules).content.decode()
    assert "<s>First passkey</s> is removed" in page
    step(ada, world, rules, first, "restore")
    assert [rule["id"] for rule in draft(world)] == [first, second]
    step(ada, world, rules, second, "switch", enabled="true")
    assert "The draft says what is published" in ada.get(rules).content.decode()


def test_the_ends_of_the_list_hold(world: World, ada: Client, rules: str) -> None:
    before = draft(world)
    step(ada, world, rules, before[0]["id"], "move", direction="up")
    step(ada, world, rules, before[1]["id"], "move", direction="down")
    assert draft(world) == before


def test_a_draft_is_discarded(world: World, ada: Client, rules: str) -> None:
    add(ada, rules)
    assert "The draft is discarded." in ada.post(f"{rules}/discard", follow=True).content.decode()
    assert not selectors.has_unpublished_changes(world.realm)


# --- what the form cannot express -------------------------------------------------------------------------------------


def elsewhere(world: World) -> dict[str, Any]:
    """A rule as only the API can write it."""
    return {
        "id": str(ids.uuid7()),
        "name": "Office hours",
        "description": "From elsewhere",
        "enabled": True,
        "transaction": "authentication",
        "condition": {
            "all": [
                {"attribute": "identity.group_ids", "operator": "contains_any", "value": ["0" * 16]},
                {
                    "not": {
                        "attribute": "request.time",
                        "operator": "within",
                        "value": {
                            "start": "08:00",
                            "end": "18:00",
                            "weekdays": ["mon", "tue", "wed", "thu", "fri"],
                            "zone": "Europe/Berlin",
                        },
                    }
                },
                {
                    "any": [
                        {"attribute": "request.country", "operator": "in", "value": ["DE"]},
                        {"attribute": "identity.email_domain", "operator": "equals", "value": "acme.test"},
                    ]
                },
            ]
        },
        "action": {"type": "deny", "message": "Closed"},
    }


def test_other_conditions_are_read_aloud_and_survive_an_edit_untouched(world: World, ada: Client, rules: str) -> None:
    rule = elsewhere(world)
    policy.save_draft(world.ctx, world.realm, [rule])
    page = ada.get(rules).content.decode()
    assert "anyone in <strong>a deleted group</strong>" in page
    assert "outside <strong>Mon–Fri 08:00–18:00 Europe/Berlin</strong>" in page
    assert "(the country is <strong>Germany</strong> or their e-mail domain is <strong>acme.test</strong>)" in page
    url = f"{rules}/rules/{rule['id']}"
    assert "These conditions hold others." in ada.get(url).content.decode()
    ada.post(url, filled(ada, url, name="Opening hours"))
    assert draft(world) == [{**rule, "name": "Opening hours"}]
    ada.post(url, filled(ada, url, groups=[world.acme.customers.contractors.pk]))
    kept = draft(world)[0]["condition"]["all"]
    assert kept[0]["value"] == [world.acme.customers.contractors.pk]
    assert kept[1:] == rule["condition"]["all"][1:]


# --- two at once ------------------------------------------------------------------------------------------------------


def test_who_loses_the_race_keeps_what_was_typed_and_sees_both_sides(world: World, ada: Client, rules: str) -> None:
    rule = draft(world)[1]
    url = f"{rules}/rules/{rule['id']}"
    form = filled(ada, url, name="My name for it")
    later = world.at(timedelta(seconds=1))
    policy.save_draft(later, world.realm, [{**rule, "name": "Their name for it"}])
    answer = ada.post(url, form)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Ada Admin changed the draft while you edited it" in page
    assert "<strong>Their name for it</strong>: When anyone signs in" in page
    assert 'value="My name for it"' in page
    assert draft(world)[0]["name"] == "Their name for it"
    ada.post(url, {**form, "version": answer.context["form"]["version"].value()})
    assert draft(world)[0]["name"] == "My name for it"


def test_a_rule_that_was_removed_meanwhile_comes_back_when_it_is_saved_again(
    world: World, ada: Client, rules: str
) -> None:
    first, second = draft(world)
    url = f"{rules}/rules/{second['id']}"
    form = filled(ada, url, name="Mine")
    policy.save_draft(world.at(timedelta(seconds=1)), world.realm, [first])
    answer = ada.post(url, form)
    assert "This rule was removed." in answer.content.decode()
    ada.post(url, {**form, "version": answer.context["form"]["version"].value()})
    assert [rule["name"] for rule in draft(world)] == ["Mine", "First passkey"]


def test_a_step_on_a_draft_that_changed_does_nothing_and_says_so(world: World, ada: Client, rules: str) -> None:
    rule_id = draft(world)[1]["id"]
    version = selectors.draft_of(world.realm).updated_at.isoformat()
    policy.save_draft(world.at(timedelta(seconds=1)), world.realm, draft(world))
    form = {"version": version, "direction": "up"}
    page = ada.post(f"{rules}/rules/{rule_id}/move", form, HTTP_REFERER=f"http://testserver{rules}", follow=True)
    assert "Somebody else changed the draft." in page.content.decode()
    assert draft(world)[1]["id"] == rule_id


def test_a_draft_that_was_begun_anew_is_not_taken_for_the_old_one(world: World, ada: Client, rules: str) -> None:
    """Both are revision 1."""
    policy.save_draft(world.at(timedelta(seconds=1)), world.realm, draft(world)[:1])
    form = filled(ada, f"{rules}/rules/new", name="Mine", action="deny", place="0")
    policy.discard_draft(world.ctx, world.realm)
    policy.save_draft(world.at(timedelta(seconds=2)), world.realm, draft(world)[1:])
    assert ada.post(f"{rules}/rules/new", form).status_code == 409


def test_hostile_names_and_messages_are_shown_as_text(world: World, ada: Client, rules: str) -> None:
    groups.create_group(world.ctx, world.realm, display_name="Fine")
    add(ada, rules, name=HOSTILE, message=HOSTILE)
    rule_id = draft(world)[0]["id"]
    ada.post(f"{rules}/publish", filled(ada, f"{rules}/publish", comment=HOSTILE))
    step(ada, world, rules, rule_id, "remove")
    event = record.last(world.realm, EventType.POLICY_CHANGE)
    pages = [rules, f"{rules}/rules/{rule_id}", f"/console/realms/{world.realm.pk}/events/{event.pk}"]
    for url in pages:
        page = ada.get(url).content.decode()
        assert "<img src=x" not in page
        assert "&lt;img src=x" in page


def test_the_preview_reads_the_rule_while_it_is_typed_and_stores_nothing(world: World, ada: Client, rules: str) -> None:
    form = {"name": "", "action": "deny", "message": HOSTILE, "groups": [world.acme.customers.contractors.pk]}
    page = ada.post(f"{rules}/rules/preview", form, **HTMX).content.decode()
    assert "When anyone in <strong>Contractors</strong> signs in" in page
    assert "&lt;img src=x" in page
    assert not selectors.has_unpublished_changes(world.realm)
    assert ada.post(f"{rules}/rules/preview", {"transaction": "x", "groups": ["?"], "rule_id": ""}).status_code == 200
    assert ada.post(f"{rules}/rules/preview", {"rule_id": "nobody"}).status_code == 404
