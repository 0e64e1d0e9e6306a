"""Trust before publishing: templates and typed conditions, the test bench, tests, replay, versions, JSON."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from apps.console.rule_diff import side_by_side
from apps.console.rule_rows import Row, RowWrong, condition_of, operators_of, row_of
from apps.console.rule_templates import TEMPLATES
from apps.policy import attributes, engine, selectors
from apps.policy import services as policy
from tests import ceremonies
from tests.faces.console.test_policy import filled
from tests.world import World

DENY = {"type": "deny", "message": "No"}


@pytest.fixture
def url(world: World) -> str:
    return f"/console/realms/{world.realm.pk}/policy"


def rule(pk: str, **further: Any) -> dict[str, Any]:
    return {"id": pk, "name": pk, "description": "", "enabled": True, "transaction": "authentication", "condition": {},
            "action": {"type": "allow"}, **further}  # fmt: skip


# --- typed conditions -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "condition"),
    [
        (Row("request.country", "not_in", "de, fr"), ("request.country", "not_in", ["DE", "FR"])),
        (Row("identity.credential_count", "gte", "2"), ("identity.credential_count", "gte", 2)),
        (Row("request.asn", "in", "64512,64513"), ("request.asn", "in", [64512, 64513])),
        (Row("device.is_new", "is", "true"), ("device.is_new", "is", True)),
        (Row("device.os_version", "lt", "17.4"), ("device.os_version", "lt", "17.4")),
        (Row("request.ip", "in_cidr", "203.0.113.0/24"), ("request.ip", "in_cidr", ["203.0.113.0/24"])),
    ],
)
def test_a_row_says_what_was_typed(row: Row, condition: tuple[str, str, Any]) -> None:
    assert condition_of(row) == dict(zip(("attribute", "operator", "value"), condition, strict=True))


def test_hours_are_typed_as_one_says_them() -> None:
    said = condition_of(Row("request.time", "outside", "Mon–Wed, fri 8:00 – 18:00 Europe/Berlin"))
    window = {"start": "08:00", "end": "18:00", "weekdays": ["mon", "tue", "wed", "fri"], "zone": "Europe/Berlin"}
    assert said == {"not": {"attribute": "request.time", "operator": "within", "value": window}}
    assert row_of(said) == Row("request.time", "outside", "mon,tue,wed,fri 08:00-18:00 Europe/Berlin")


@pytest.mark.parametrize(
    "row",
    [
        Row("request.country", "in", "Germany"), Row("request.country", "in", ""), Row("nothing.known", "in", "x"),
        Row("identity.credential_count", "gte", "two"), Row("request.time", "within", "always"),
        Row("request.time", "within", "mon-fri 25:00-18:00 Europe/Berlin"), Row("device.is_new", "is", "maybe"),
        Row("request.time", "within", "mon-fri 08:00-18:00 Mars/Olympus"), Row("request.country", "gt", "DE"),
    ],
)  # fmt: skip
def test_what_no_rule_can_say_is_refused_in_words(row: Row) -> None:
    with pytest.raises(RowWrong):
        condition_of(row)


@given(st.text(max_size=60), st.sampled_from(sorted(attributes.ATTRIBUTES)), st.data())
def test_whatever_is_typed_is_a_condition_or_refused(text: str, attribute: str, data: st.DataObject) -> None:
    row = Row(attribute, data.draw(st.sampled_from(operators_of(attribute))), text)
    try:
        condition = condition_of(row)
    except RowWrong:
        return
    engine.parse([{**rule("1"), "condition": condition}])
    again = row_of(condition)
    assert again is not None
    assert condition_of(again) == condition


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda each: each.key)
def test_every_template_is_a_rule_whose_conditions_the_form_shows(template: Any) -> None:
    made = {**template.rule(), "id": "1"}
    engine.parse([made])
    assert not made["condition"] or row_of(made["condition"]) is not None


@pytest.mark.django_db
@pytest.mark.parametrize("template", ["office-hours", "device-limit", "step-up"])
def test_a_template_fills_in_the_form_and_becomes_a_rule_of_the_draft(
    world: World, ada: Client, url: str, template: str
) -> None:
    assert template in ada.get(f"{url}/templates").content.decode()
    page = f"{url}/rules/new?template={template}"
    ada.post(f"{url}/rules/new", filled(ada, page, place="0"))
    first = selectors.draft_of(world.realm).rules[0]
    wanted = next(each for each in TEMPLATES if each.key == template)
    assert first["condition"] == dict(wanted.condition)
    assert first["action"]["type"] == wanted.action


@pytest.mark.django_db
def test_a_wrong_condition_keeps_what_was_typed_and_says_what_to_change(ada: Client, url: str) -> None:
    form = filled(ada, f"{url}/rules/new", name="X", place="0")
    rows = {"row_attribute": ["request.country"], "row_operator": ["in"], "row_value": ["Germany"]}
    answer = ada.post(f"{url}/rules/new", {**form, **rows})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert 'value="Germany"' in page
    assert "country of two letters" in page


@pytest.mark.django_db
def test_without_a_script_a_condition_is_added_by_the_form_itself(world: World, ada: Client, url: str) -> None:
    form = filled(ada, f"{url}/rules/new", name="Half done", place="0")
    answer = ada.post(f"{url}/rules/new", {**form, "add_row": "1"})
    assert answer.status_code == 200
    assert 'value="Half done"' in answer.content.decode()
    assert len(answer.context["form"].rows) == 1
    assert selectors.draft_of(world.realm).revision == 0
    row = ada.get(f"{url}/rules/row", {"row_attribute": "device.is_new"}).content.decode()
    assert '<option value="true" selected>' in row
    assert ada.get(f"{url}/rules/row?gone=1").content == b""


# --- the bench and its tests ----------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_bench_says_who_gets_in_and_why(world: World, ada: Client, url: str) -> None:
    contractors = world.acme.customers.contractors.pk
    closed = {"attribute": "identity.group_ids", "operator": "contains_any", "value": [contractors]}
    rules = [rule("closed", condition=closed, action=DENY), rule("open")]
    policy.save_draft(world.ctx, world.realm, rules)
    carol = world.acme.customers.carol.username
    page = ada.get(f"{url}/try", {"type": "authentication", "person": carol, "version": "draft"})
    assert page.context["decision"].action == "deny"
    assert page.context["decided_by"] == "closed"
    assert "<q>No</q>" in page.content.decode()
    allowed = ada.get(f"{url}/try", {"type": "authentication", "person": carol, "version": "published"})
    assert allowed.context["decision"].action == "allow"
    nobody = ada.get(f"{url}/try", {"type": "authentication", "person": "nobody-here"})
    assert nobody.status_code == 422
    assert "Nobody in this realm is called this." in nobody.content.decode()
    assert ada.get(f"{url}/try", {"type": "authentication", "ip": "not an address"}).status_code == 422


@pytest.mark.django_db
def test_an_answer_is_kept_as_a_test_and_stands_in_the_way_of_a_draft_that_breaks_it(
    world: World, ada: Client, url: str
) -> None:
    page = ada.get(f"{url}/try", {"type": "authentication", "person": "bob", "version": "published"})
    form = {"name": "Bob gets in", "transaction": page.context["transaction"], "action": "allow", "rule_id": ""}
    ada.post(f"{url}/tests/keep", form)
    assert ada.get(f"{url}/tests").context["passed"] == 1
    policy.save_draft(world.request, world.realm, [rule("closed", action=DENY)])
    (failing,) = ada.get(f"{url}/tests").context["listed"]
    assert not failing["passes"]
    refused = ada.post(f"{url}/publish", filled(ada, f"{url}/publish", comment="x"))
    assert refused.status_code == 409
    assert "Bob gets in" in refused.content.decode()
    ada.post(f"{url}/tests/drop", {"name": "Bob gets in"})
    assert ada.post(f"{url}/publish", filled(ada, f"{url}/publish")).status_code in (302, 303)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "transaction", ["", "{", "[]", '{"type":"x"}', "\ud800", '{"type":"authentication","identity_id":"\\u0000"}']
)
def test_a_test_that_is_none_is_refused(world: World, ada: Client, url: str, transaction: str) -> None:
    form = {"name": "X", "transaction": transaction.encode("utf-8", "replace").decode(), "action": "allow"}
    assert ada.post(f"{url}/tests/keep", form).status_code in (302, 303)
    assert selectors.tests_of(world.realm).tests == []


# --- replay ---------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_replay_tells_what_the_draft_would_have_done_and_links_to_it(world: World, ada: Client, url: str) -> None:
    client = ceremonies.client_of(world, world.application)
    passkey = ceremonies.give_passkey(world, world.bob)
    ceremonies.sign_in(world.visitor, client, passkey)
    policy.save_draft(world.request, world.realm, [rule("closed", action=DENY)])
    page = ada.post(f"{url}/replay", {"days": "1"})
    totals = {each["label"]: each["count"] for each in page.context["totals"]}
    assert totals["Newly denied"] == page.context["evaluated"] > 0
    assert page.context["samples"][0]["url"] in page.content.decode()
    assert ada.get(page.context["samples"][0]["url"]).status_code == 200


@pytest.mark.django_db
def test_with_a_script_it_goes_slice_by_slice_and_forgets_a_state_that_is_not_ours(
    world: World, ada: Client, url: str
) -> None:
    hx = {"HX-Request": "true"}
    page = ada.post(f"{url}/replay", {"days": "7"}, headers=hx)
    assert page.context["progress"] == 8
    state = page.context["state"]
    for _ in range(11):
        page = ada.post(f"{url}/replay", {"state": state}, headers=hx)
        state = page.context["state"]
    assert page.context["is_over"]
    forged = ada.post(f"{url}/replay", {"state": "x" + state}, headers=hx)
    assert forged.context["progress"] == 8
    policy.save_draft(world.at(timedelta(seconds=5)), world.realm, [rule("closed", action=DENY)])
    assert ada.post(f"{url}/replay", {"state": state}, headers=hx).context["progress"] == 8, "the draft is another"


# --- versions -------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_an_old_version_is_seen_beside_what_is_in_force_and_restored_into_the_draft(
    world: World, ada: Client, url: str
) -> None:
    first = selectors.published(world.realm)
    policy.save_draft(world.request, world.realm, [rule("closed", action=DENY)])
    policy.publish_draft(world.request, world.realm, comment="Closed for the holidays")
    listed = ada.get(f"{url}/versions").content.decode()
    assert "Closed for the holidays" in listed
    page = ada.get(f"{url}/versions/1?with=published")
    assert {line["kind"] for line in page.context["lines"]} == {"removed", "added"}
    seen = page.context["restore"].version
    ada.post(f"{url}/versions/1/restore", {"version": seen})
    draft = selectors.draft_of(world.realm)
    assert (draft.rules, draft.base_version) == (first.rules, 2)
    assert ada.get(f"{url}/versions/9").status_code == 404
    assert ada.get(f"{url}/versions/{'9' * 30}").status_code == 404


def test_rules_stand_side_by_side_whatever_became_of_them() -> None:
    before = [rule("a"), rule("b"), rule("c"), rule("d")]
    after = [rule("b"), rule("new"), rule("a", name="other"), rule("d")]
    lines = side_by_side(before, after)
    assert [line.right["id"] for line in lines if line.right] == ["b", "new", "a", "d"]
    assert [line.left["id"] for line in lines if line.mark == "removed"] == ["c"]
    assert {line.right["id"] for line in lines if line.right and line.mark == "added"} == {"new"}


# --- JSON -----------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_draft_is_written_as_json_and_mistakes_come_with_their_paths(world: World, ada: Client, url: str) -> None:
    page = ada.get(f"{url}/json")
    version = page.context["draft"].updated_at.isoformat()
    wrong = json.dumps({"rules": [rule("1", condition={"attribute": "nope", "operator": "in", "value": []})]})
    answer = ada.post(f"{url}/json", {"rules": wrong, "version": version})
    assert answer.status_code == 422
    assert "policy.rules.0.condition.attribute" in answer.content.decode()
    assert "nope" in answer.context["text"]
    ada.post(f"{url}/json", {"rules": json.dumps({"rules": [rule("1")]}), "version": version})
    assert [each["id"] for each in selectors.draft_of(world.realm).rules] == ["1"]
    lost = ada.post(f"{url}/json", {"rules": json.dumps({"rules": [rule("2")]}), "version": version})
    assert lost.status_code == 409
    assert re.search(r"Somebody else changed the draft", lost.content.decode())


@pytest.mark.django_db
@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"rules": 1}', '{"rules":[],"rules":[]}', '{"rules":[],"x":1}', "[" * 100]
)
def test_json_that_is_no_policy_is_refused(world: World, ada: Client, url: str, text: str) -> None:
    version = selectors.draft_of(world.realm).updated_at.isoformat()
    assert ada.post(f"{url}/json", {"rules": text, "version": version}).status_code == 422
    assert selectors.draft_of(world.realm).revision == 0


# --- order ----------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize(("to", "order"), [("0", "cab"), ("2", "abc"), ("99", "abc"), ("x", "abc")])
def test_a_rule_is_dropped_at_a_place(world: World, ada: Client, url: str, to: str, order: str) -> None:
    policy.save_draft(world.ctx, world.realm, [rule(pk) for pk in "abc"])
    version = selectors.draft_of(world.realm).updated_at.isoformat()
    ada.post(f"{url}/rules/c/move", {"version": version, "to": to})
    assert "".join(each["id"] for each in selectors.draft_of(world.realm).rules) == order


@pytest.mark.django_db
def test_who_may_only_read_changes_nothing(world: World, clerk: Any, url: str) -> None:
    reader = clerk("realms:read", "policy:read")
    for path in ("", "/try", "/tests", "/replay", "/versions", "/versions/1", "/json"):
        assert reader.get(f"{url}{path}").status_code == 200
    for path in ("/tests/keep", "/tests/drop", "/versions/1/restore", "/json"):
        assert reader.post(f"{url}{path}", {}).status_code == 403
