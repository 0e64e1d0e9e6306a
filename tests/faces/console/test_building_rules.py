"""The form of a rule: what it lets one choose from, however much there is, and whom the rule tells."""

import copy
import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.applications.models import Application
from apps.core import ids
from apps.directory.models import Group
from tests.faces.console.test_policy import add, draft
from tests.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def url(world: World) -> str:
    return f"/console/realms/{world.realm.pk}/policy"


def test_an_alert_and_mails_are_told_in_the_sentence_and_come_back_in_the_form(
    world: World, ada: Client, url: str
) -> None:
    assert "No event stream takes alerts alone yet" in ada.get(f"{url}/rules/new").content.decode()
    add(ada, url, notify="guard@acme.test", alert="on")
    rule = draft(world)[0]
    assert rule["notify"] == {"emails": ["guard@acme.test"], "alert": True}
    assert "alerts, and mails guard@acme.test" in ada.get(url).content.decode()
    form = ada.get(f"{url}/rules/{rule['id']}").context["form"]
    assert (form["notify"].value(), form["alert"].value()) == ("guard@acme.test", True)
    add(ada, url, action="allow", alert="on")
    assert "notify" not in draft(world)[0]


# --- choosing among many ----------------------------------------------------------------------------------------------


def copied(row: Any, names: list[str], **further: Any) -> None:
    """As many more as there are names, without what making one takes."""
    rows = []
    for number, name in enumerate(names):
        made = copy.copy(row)
        made.pk, made.display_name = further["key"](number), name
        if isinstance(made, Application):
            made.client_id = f"copy-{number}"
        rows.append(made)
    type(row)._default_manager.bulk_create(rows)


@pytest.fixture
def many(world: World) -> None:
    copied(world.application, [f"Tool {number:04}" for number in range(1500)], key=lambda number: ids.uuid7())
    group = Group.objects.get(pk=world.acme.customers.contractors.pk)
    copied(group, [f"Team {number:04}" for number in range(1500)], key=lambda number: f"{number:016x}")


def options(page: str, field: str) -> list[tuple[str, bool]]:
    """(label, whether it is ticked) of a picker's choices, as they stand on the page."""
    told = rf'<input type="(?:checkbox|radio)" name="{field}" value="[^"]*"( checked)?><span>([^<]*)</span>'
    return [(label, bool(ticked)) for ticked, label in re.findall(told, page)]


def test_a_rule_is_built_among_thousands_with_few_questions_and_a_small_page(
    world: World, ada: Client, url: str, many: None
) -> None:
    ada.get(f"{url}/rules/new")
    for path in ("rules/new", "try"):
        with CaptureQueriesContext(connection) as asked:
            page = ada.get(f"{url}/{path}").content.decode()
        assert len(asked) <= 12
        assert len(page) < 60_000
        assert "There are more: type to find them." in page
    assert len(options(ada.get(f"{url}/rules/new").content.decode(), "groups")) == 8


def test_what_is_typed_is_found_and_what_is_chosen_stays_by_its_name(
    world: World, ada: Client, url: str, many: None
) -> None:
    shop = str(world.application.pk)
    asked = {"name": "applications", "attribute": "application.id", "applications": [shop, "gone"]}
    with CaptureQueriesContext(connection) as questions:
        answer = ada.get(f"{url}/choices", {**asked, "find_applications": "tool 142"})
    assert len(questions) <= 12
    found = options(answer.content.decode(), "applications")
    assert found[:2] == [("Shop", True), ("a deleted application", True)]
    assert found[2:] == [(f"Tool 142{digit}", False) for digit in range(8)]
    nothing = ada.get(f"{url}/choices", {"name": "groups", "attribute": "identity.group_ids", "find_groups": "<b>%"})
    assert "Nothing by that name." in nothing.content.decode()


def test_without_a_script_a_search_is_sent_with_the_form_and_nothing_typed_is_lost(
    world: World, ada: Client, url: str, many: None
) -> None:
    team = f"{7:016x}"
    given = {"name": "Half done", "action": "deny", "groups": [team], "find_applications": "tool 0007"}
    for asked in ({"find": "1"}, {"enter": "1"}):
        answer = ada.post(f"{url}/rules/new", {**given, **asked})
        page = answer.content.decode()
        assert answer.status_code == 200
        assert ("Team 0007", True) in options(page, "groups")
        assert options(page, "applications") == [("Tool 0007", False)]
        assert 'value="Half done"' in page
    assert draft(world)[0]["name"] != "Half done"
    pk = str(Application.objects.get(display_name="Tool 0007").pk)
    add(ada, url, groups=[team], applications=[pk], find_applications="")
    leaves = draft(world)[0]["condition"]["all"]
    assert {leaf["attribute"]: leaf["value"] for leaf in leaves} == {
        "application.id": [pk], "identity.group_ids": [team],
    }  # fmt: skip


def row(attribute: str, operator: str, *chosen: str) -> dict[str, Any]:
    """A condition's row as the browser sends it."""
    field = {"request.country": "countries", "identity.id": "people", "application.id": "applications"}[attribute]
    return {
        "row_attribute": [attribute], "row_operator": [operator], "row_value": [""], "row_key": ["0123abcd"],
        f"pick_0123abcd_{field}": list(chosen),
    }  # fmt: skip


def test_people_and_countries_of_a_condition_are_chosen_by_their_names(world: World, ada: Client, url: str) -> None:
    countries = {"name": "pick_0123abcd_countries", "attribute": "request.country"}
    page = ada.get(f"{url}/choices", {**countries, "find_pick_0123abcd_countries": "fr"}).content.decode()
    assert options(page, "pick_0123abcd_countries")[0] == ("France", False)
    people = {"name": "pick_0123abcd_people", "attribute": "identity.id", "find_pick_0123abcd_people": "bob"}
    page = ada.get(f"{url}/choices", people).content.decode()
    assert options(page, "pick_0123abcd_people") == [("Bob Baker", False)]
    add(ada, url, **row("request.country", "not_in", "FR", "DE"))
    assert draft(world)[0]["condition"] == {"attribute": "request.country", "operator": "not_in", "value": ["FR", "DE"]}
    add(ada, url, **row("identity.id", "in", world.bob.pk))
    assert "the person is <strong>Bob Baker</strong>" in ada.get(url).content.decode()
    rule_id = draft(world)[0]["id"]
    assert ("Bob Baker", True) in options(ada.get(f"{url}/rules/{rule_id}").content.decode(), r"pick_\w{8}_people")
    assert add(ada, url, **row("request.country", "in")).status_code == 422


def test_a_row_offers_choices_of_the_attribute_that_it_has_now(world: World, ada: Client, url: str) -> None:
    shop = str(world.application.pk)
    asked = {**row("application.id", "in", shop), "row_attribute": "application.id", "row_key": "0123abcd"}
    page = ada.get(f"{url}/rules/row", asked).content.decode()
    assert options(page, "pick_0123abcd_applications")[0] == ("Shop", True)
    changed = ada.get(f"{url}/rules/row", {**asked, "row_attribute": "request.country"}).content.decode()
    assert not any(ticked for _, ticked in options(changed, "pick_0123abcd_countries"))
    assert ada.get(f"{url}/rules/row", {**asked, "row_key": "<script>"}).status_code == 200


@pytest.mark.parametrize(
    "asked",
    [
        {}, {"name": "groups"}, {"name": "groups", "attribute": "request.ip"}, {"name": "x", "attribute": "application.id"},
        {"name": "groups", "attribute": "application.id"}, {"name": "pick_0_people", "attribute": "identity.id"},
        {"name": "pick_0123abcd_people", "attribute": "request.country"},
    ],
)  # fmt: skip
def test_a_picker_that_there_is_none_of_is_not_found(ada: Client, url: str, asked: dict[str, str]) -> None:
    assert ada.get(f"{url}/choices", asked).status_code == 404


def test_whatever_is_ticked_or_typed_breaks_nothing(world: World, ada: Client, url: str) -> None:
    for kind, attribute in (("groups", "identity.group_ids"), ("applications", "application.id")):
        for text in ("%", "'", "x" * 5000, "\u0661"):
            asked = {"name": kind, "attribute": attribute, kind: [text[:80]] * 20, f"find_{kind}": text}
            assert ada.get(f"{url}/choices", asked).status_code == 200
    assert add(ada, url, groups=["a\x00b"], find_groups="\x00").status_code == 422


def test_who_may_not_read_people_finds_none(clerk: Any, url: str) -> None:
    people = {"name": "pick_0123abcd_people", "attribute": "identity.id", "find_pick_0123abcd_people": "bob"}
    page = clerk("policy:read", "policy:update").get(f"{url}/choices", people).content.decode()
    assert options(page, "pick_0123abcd_people") == []
