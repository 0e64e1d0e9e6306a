"""R/policy (contract/extensions.md §6, §10): the draft, publishing, versions, evaluate, replay, tests."""

from datetime import timedelta
from typing import Any

import pytest

from apps.core.times import rfc3339
from apps.directory.services import identities
from apps.events.types import EventType
from apps.policy import replay as past
from apps.policy import services as policy
from tests import ceremonies, record
from tests.domain.test_policy_table import PAIRS, wrong_value
from tests.faces.api import caller
from tests.faces.api.caller import FORBIDDEN, Caller, read
from tests.world import World

DRAFT, PUBLISH, EVALUATE, REPLAY, TESTS = (
    "/policy/draft", "/policy/draft:publish", "/policy:evaluate", "/policy:replay", "/policy/tests",
)  # fmt: skip


def leaf(attribute: str, operator: str, value: Any) -> dict[str, Any]:
    return {"attribute": attribute, "operator": operator, "value": value}


def rule(name: str, action: str = "allow", condition: Any = None, **changes: Any) -> dict[str, Any]:
    return {
        "id": name, "transaction": "any", "condition": condition or {}, "action": {"type": action}, **changes,
    }  # fmt: skip


def put(api: Caller, *rules: Any, **headers: str) -> Any:
    return api.put(DRAFT, {"policy": {"rules": list(rules)}}, **headers)


def publish(api: Caller, *rules: Any, **body: Any) -> Any:
    read(put(api, *rules))
    return api.post(PUBLISH, body)


def refused_fields(response: Any) -> set[str]:
    return {field for field, _ in caller.violations(response)}


# --- reading, editing, publishing ---------------------------------------------------------------------------------------
def test_until_somebody_edits_the_draft_is_what_is_published(world: World, api: Caller) -> None:
    found, draft = read(api.get("/policy")), read(api.get(DRAFT))
    assert set(found) == {
        "id", "realm_id", "tenant_id", "version", "rules", "comment", "publish_time", "published_by",
    }  # fmt: skip
    assert (found["version"], found["realm_id"]) == (1, world.realm.pk)
    assert set(draft) == {"base_version", "rules", "update_time", "updated_by"}
    assert (draft["base_version"], draft["rules"]) == (1, found["rules"])


def test_a_draft_is_edited_published_and_in_force(world: World, api: Caller) -> None:
    answer = put(api, rule("closed", "deny"))
    assert (read(answer)["rules"], answer["ETag"]) == ([rule("closed", "deny")], api.get(DRAFT)["ETag"])
    assert read(api.get("/policy"))["version"] == 1
    told = read(api.post(PUBLISH, {"comment": "Closed"}))
    assert (told["version"], told["comment"], told["rules"]) == (2, "Closed", [rule("closed", "deny")])
    assert read(api.get("/policy")) == told
    assert told["published_by"] == str(world.acme.management_api.pk)
    listed = read(api.get("/policy/versions"))
    assert [each["version"] for each in listed["versions"]] == [2, 1]
    assert listed["versions"][0] == {
        "version": 2, "comment": "Closed", "publish_time": told["publish_time"],
        "published_by": told["published_by"], "rule_count": 1,
    }  # fmt: skip
    assert read(api.get("/policy/versions/2")) == told


def test_what_get_answers_may_be_put_back(api: Caller) -> None:
    draft = read(api.get(DRAFT))
    assert read(api.put(DRAFT, {"policy": draft}))["rules"] == draft["rules"]


def test_of_two_who_read_the_same_draft_the_slower_is_told(api: Caller) -> None:
    tag = api.get(DRAFT)["ETag"]
    put(api, rule("first"), if_match=tag)
    assert put(api, rule("second"), if_match=tag).status_code == 412
    assert api.post(PUBLISH, {}, if_match=tag).status_code == 412
    assert read(api.get(DRAFT))["rules"] == [rule("first")]
    assert read(api.post(PUBLISH, {}, if_match=api.get(DRAFT)["ETag"]))["version"] == 2
    assert read(api.post(PUBLISH, {}))["version"] == 2  # nothing is left to publish


def test_a_draft_that_was_begun_on_an_older_version_is_stale(world: World, api: Caller) -> None:
    put(api, rule("mine"))
    policy.publish_at_once(world.ctx, world.realm, [rule("theirs")], comment="Recovered")
    assert api.post(PUBLISH, {}).status_code == 412
    read(api.post("/policy/draft:discard"))
    assert read(api.get(DRAFT))["rules"] == [rule("theirs")]


def test_an_old_version_is_taken_into_the_draft(api: Caller) -> None:
    first = read(api.get("/policy"))["rules"]
    publish(api, rule("open"))
    put(api, rule("half done"))
    tag = api.get(DRAFT)["ETag"]
    assert read(api.post("/policy/versions/1:restore", if_match=tag))["rules"] == first
    assert api.post("/policy/versions/1:restore", if_match=tag).status_code == 412
    assert read(api.get("/policy"))["rules"] == [rule("open")]
    told = read(api.post(PUBLISH, {"comment": "As it was"}))
    assert (told["version"], told["rules"]) == (3, first)


@pytest.mark.parametrize("version", ["0", "7", "draft", "-1", "9" * 30, "1.0", "\u0661"])
def test_a_version_that_is_not_there_is_not_found(api: Caller, version: str) -> None:
    for response in (api.get(f"/policy/versions/{version}"), api.post(f"/policy/versions/{version}:restore")):
        assert response.status_code == 404


def test_every_mistake_is_named_with_its_path(api: Caller) -> None:
    wrong = rule("b", "allow", {"all": [leaf("identity.shoe_size", "eq", 1), leaf("request.ip", "is", True)]})
    assert refused_fields(put(api, rule("a"), wrong)) == {
        "policy.rules.1.condition.all.0.attribute", "policy.rules.1.condition.all.1.operator",
    }  # fmt: skip
    assert refused_fields(api.put(DRAFT, {"policy": {"rules": [], "colour": 1}})) == {"policy.colour"}
    assert refused_fields(api.put(DRAFT, {"policy": {}})) == {"policy.rules"}
    assert refused_fields(api.put(DRAFT, {"rules": []})) == {"rules", "policy"}
    assert refused_fields(api.post(PUBLISH, {"comment": 5, "confirm_lockout": "yes", "now": True})) == {
        "comment", "confirm_lockout", "now",
    }  # fmt: skip


def test_a_wrong_value_of_every_row_of_the_table_is_a_400_with_its_path(api: Caller) -> None:
    wrong = [(name, operator, *wrong_value(name, operator)) for name, operator in PAIRS]
    rules = [rule(f"r{i}", "deny", {"any": [leaf(*each[:3])]}) for i, each in enumerate(wrong)]
    answer = put(api, *rules)
    assert answer.status_code == 400
    assert refused_fields(answer) == {
        f"policy.rules.{i}.condition.any.0.value{where}" for i, (*_, where) in enumerate(wrong)
    }


def test_a_policy_too_large_or_too_deep_is_a_400_with_its_path(api: Caller) -> None:
    one = leaf("identity.username", "equals", "bob")
    deep: Any = one
    for _ in range(8):
        deep = {"not": deep}
    assert refused_fields(put(api, *(rule(str(i)) for i in range(201)))) == {"policy.rules"}
    assert refused_fields(put(api, rule("a", condition={"any": [one] * 51}))) == {"policy.rules.0.condition.any"}
    assert refused_fields(put(api, rule("a", condition=deep))) == {"policy.rules.0.condition" + ".not" * 8}


def test_each_verb_has_its_scope(world: World, api: Caller) -> None:
    reader = Caller(api.browser, ceremonies.management_token(world.ctx, world.acme, scope="policy:read"), world.realm)
    read(reader.get("/policy")), read(reader.get(DRAFT)), read(reader.get(TESTS))
    for refused in (
        put(reader, rule("a")), reader.post(PUBLISH, {}), reader.post("/policy/draft:discard"),
        reader.post("/policy/versions/1:restore"), reader.put(TESTS, {"tests": []}),
    ):  # fmt: skip
        assert read(refused, 403) == FORBIDDEN


def test_rules_that_lock_administrators_out_are_refused_with_who_they_are(world: World, api: Caller) -> None:
    admin = api.at(world.acme.admin_realm)
    for body in ({}, {"confirm_lockout": True}):
        refused = read(publish(admin, rule("closed", "deny"), **body), 409)
        assert refused == {
            "code": "conflict", "message": "would_lock_out",
            "details": [{"type": "WouldLockOut", "identity_ids": [world.ada.pk]}],
        }  # fmt: skip
    assert read(admin.get("/policy"))["version"] == 1


# --- evaluate -----------------------------------------------------------------------------------------------------------
def ask(api: Caller, version: Any = "draft", **transaction: Any) -> Any:
    return api.post(EVALUATE, {"transaction": {"type": "authentication", **transaction}, "version": version})


def test_a_transaction_is_decided_with_the_trace_of_every_rule(world: World, api: Caller) -> None:
    office = leaf("request.ip", "in_cidr", ["203.0.113.0/24"])
    put(
        api,
        rule("watch", "monitor", leaf("identity.username", "equals", "BOB")),
        rule("abroad", "deny", {"not": leaf("request.country", "in", ["DE"])}),
        rule("office", "allow", {"all": [office, leaf("identity.group_ids", "contains_none", ["g"])]}),
        rule("never asked", "deny"),
    )
    told = read(ask(api, identity_id=world.bob.pk, attributes={"request.ip": "203.0.113.7"}))
    assert told["decision"] == {
        "action": "allow", "matched_rule_id": "office", "message": "", "monitors": ["watch"],
    }  # fmt: skip
    assert [(each["rule_id"], each["result"]) for each in told["trace"]] == [
        ("watch", "matched"), ("abroad", "not_matched"), ("office", "matched"), ("never asked", "skipped"),
    ]  # fmt: skip
    assert told["trace"][1]["leaves"] == [
        {"path": "policy.rules.1.condition.not", "attribute": "request.country", "operator": "in", "value": ["DE"],
         "actual": None, "result": False, "unknown": True},
    ]  # fmt: skip
    assert read(ask(api, "published"))["decision"]["matched_rule_id"] == read(api.get("/policy"))["rules"][1]["id"]
    assert read(ask(api, 1))["decision"]["action"] == read(ask(api, "1"))["decision"]["action"] == "allow"
    assert read(api.post(EVALUATE, {"transaction": {"type": "add_device"}}))["decision"] == {
        "action": "deny", "matched_rule_id": "default", "message": "", "monitors": [],
    }  # fmt: skip


def test_facts_of_what_is_named_are_looked_up_and_attributes_win(world: World, api: Caller) -> None:
    ceremonies.give_passkey(world, world.bob)
    (passkey,) = read(api.get(f"/identities/{world.bob.pk}/credentials"))["credentials"]
    put(api, rule("bobs", "allow", {"all": [
        leaf("application.id", "in", [str(world.application.pk)]), leaf("credential.binding", "in", ["hardware"]),
        leaf("identity.credential_count", "eq", 1), leaf("authenticator.type", "in", ["hosted_web"]),
    ]}))  # fmt: skip
    named = {"application_id": str(world.application.pk), "credential_id": passkey["id"]}
    assert read(ask(api, **named))["decision"]["action"] == "allow"
    assert read(ask(api, **named, attributes={"credential.binding": "synced"}))["decision"]["action"] == "deny"
    assert read(ask(api, **named, attributes={"application.id": None}))["decision"]["action"] == "deny"


def test_who_is_suspended_is_denied_before_any_rule(world: World, api: Caller) -> None:
    put(api, rule("open"))
    identities.suspend_identity(world.ctx, world.bob)
    told = read(ask(api, identity_id=world.bob.pk))
    assert (told["decision"]["action"], told["trace"][0]["result"]) == ("deny", "skipped")


@pytest.mark.parametrize(
    ("transaction", "fields"),
    [
        ({"type": "login"}, {"transaction.type"}),
        ({"type": ["authentication"]}, {"transaction.type"}),
        ({"type": "authentication", "who": 1, "identity_id": 5}, {"transaction.who", "transaction.identity_id"}),
        ({"type": "authentication", "attributes": []}, {"transaction.attributes"}),
        (
            {"type": "authentication", "attributes": {"request.ip": "here", "shoe.size": 1, "device.is_new": "yes"}},
            {"transaction.attributes.request.ip", "transaction.attributes.shoe.size",
             "transaction.attributes.device.is_new"},
        ),
        (
            {"type": "authentication", "attributes": {"device.platform": "amiga", "request.time": "noon"}},
            {"transaction.attributes.device.platform", "transaction.attributes.request.time"},
        ),
        ("authentication", {"transaction"}),
        (None, {"transaction"}),
    ],
)  # fmt: skip
def test_a_transaction_that_is_none_is_refused(api: Caller, transaction: Any, fields: set[str]) -> None:
    assert refused_fields(api.post(EVALUATE, {"transaction": transaction})) == fields


def test_what_is_named_is_of_the_realm(world: World, api: Caller) -> None:
    for named in (
        {"identity_id": world.acme.staff.bob.pk}, {"identity_id": "0"}, {"credential_id": "f" * 16},
        {"application_id": str(world.acme.staff.application.pk)}, {"application_id": "shop"},
    ):  # fmt: skip
        assert ask(api, **named).status_code == 404
    for version in ("latest", None, True, 1.5, []):
        assert refused_fields(ask(api, version)) == {"version"}
    assert ask(api, 9).status_code == 404


# --- replay -------------------------------------------------------------------------------------------------------------
def replay(api: Caller, world: World, **changes: Any) -> Any:
    span = {"start_time": rfc3339(world.ctx.now - timedelta(days=1)), "end_time": rfc3339(world.ctx.now + timedelta(1))}
    return api.post(REPLAY, {**span, **changes})


def test_the_past_is_asked_again_by_the_rules_of_the_draft(world: World, api: Caller) -> None:
    passkey = ceremonies.give_passkey(world, world.bob)
    ceremonies.tokens_for(world.visitor, ceremonies.client_of(world), passkey)
    put(api, rule("bind", transaction="credential_binding"), rule("closed", "deny"))
    told = read(replay(api, world))
    assert {name: told[name] for name in told if name not in ("samples", "rules")} == {
        "evaluated": 2, "unchanged": 1, "newly_denied": 1, "newly_allowed": 0, "changed_action": 0,
    }  # fmt: skip
    (sample,) = told["samples"]
    assert sample == str(record.events(world.realm, EventType.POLICY_EVALUATION)[-1].pk)
    assert {each["rule_id"]: each["newly_denied"] for each in told["rules"]} == {"bind": 0, "closed": 1}
    assert read(replay(api, world, version="published"))["unchanged"] == 2
    put(api, rule("face", "allow_with_biometric"))
    assert read(replay(api, world))["changed_action"] == 2
    assert read(replay(api, world, end_time=rfc3339(world.ctx.now - timedelta(hours=1))))["evaluated"] == 0


def test_a_long_past_is_replayed_in_parts_that_add_up(
    world: World, api: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    passkey = ceremonies.give_passkey(world, world.bob)
    for _ in range(4):
        ceremonies.sign_in(world.visitor, ceremonies.client_of(world), passkey)
    monkeypatch.setattr(past, "_PAGE", 2)
    monkeypatch.setattr(past, "AT_ONCE", 2)
    now = world.ctx.now
    span = {"start_time": rfc3339(now - timedelta(days=1)), "end_time": rfc3339(now + timedelta(1))}
    put(api, rule("closed", "deny"))
    told, parts = read(api.post(REPLAY, span)), []
    while token := told.get("next_page_token"):
        parts.append(told["newly_denied"])
        told = read(api.post(REPLAY, {**span, "page_token": token}))
    assert [*parts, told["newly_denied"]] == [2, 2, 1]
    for wrong in ("x", 5, [], {"a": 1}, "a:b:c"):
        assert refused_fields(api.post(REPLAY, {**span, "page_token": wrong})) == {"page_token"}
    first = read(api.post(REPLAY, span))["next_page_token"]
    shorter = {**span, "end_time": rfc3339(now + timedelta(hours=2))}
    assert refused_fields(api.post(REPLAY, {**shorter, "page_token": first})) == {"page_token"}
    put(api, rule("open"))
    assert refused_fields(api.post(REPLAY, {**span, "page_token": first})) == {"page_token"}


def test_a_span_that_is_none_is_refused(world: World, api: Caller) -> None:
    now = rfc3339(world.ctx.now)
    assert refused_fields(replay(api, world, start_time=now, end_time=now)) == {"end_time"}
    for wrong in ("yesterday", 5, None, "2026-01-01T00:00:00", "2026-01-01", "9" * 50, "2026-01-01 00:00:00Z"):
        assert refused_fields(replay(api, world, start_time=wrong)) == {"start_time"}
    assert refused_fields(api.post(REPLAY, {})) == {"start_time", "end_time"}
    assert refused_fields(replay(api, world, version="newest")) == {"version"}
    assert replay(api, world, version=99).status_code == 404


# --- tests --------------------------------------------------------------------------------------------------------------
def expect(name: str, action: str, **more: Any) -> dict[str, Any]:
    transaction = {"type": "authentication", "attributes": {"identity.username": name}}
    return {"name": name, "transaction": transaction, "expect": {"action": action, **more}}


def test_a_failing_policy_test_refuses_the_publish(api: Caller) -> None:
    wanted = [expect("ann", "allow", matched_rule_id="ann"), expect("eve", "deny", matched_rule_id="default")]
    answer = api.put(TESTS, {"tests": wanted})
    assert read(answer) == {"tests": wanted} == read(api.get(TESTS))
    refused = read(publish(api, rule("open")), 409)
    failed = [
        {"name": "ann", "expected": {"action": "allow", "matched_rule_id": "ann"},
         "actual": {"action": "allow", "matched_rule_id": "open"}},
        {"name": "eve", "expected": {"action": "deny", "matched_rule_id": "default"},
         "actual": {"action": "allow", "matched_rule_id": "open"}},
    ]  # fmt: skip
    assert refused["code"] == "conflict"
    assert refused["details"] == [{"type": "PolicyTestsFailed", "failed": failed}]
    assert read(api.post("/policy/tests:run", {})) == {"passed": 0, "failed": failed}
    put(api, rule("ann", "allow", leaf("identity.username", "equals", "ann")))
    assert read(api.post("/policy/tests:run", {"version": "draft"})) == {"passed": 2, "failed": []}
    assert read(api.post("/policy/tests:run", {"version": "published"}))["passed"] == 0
    assert read(api.post(PUBLISH, {}))["version"] == 2


def test_a_test_of_somebody_who_is_gone_fails(world: World, api: Caller) -> None:
    test = expect("bob", "allow")
    test["transaction"]["identity_id"] = world.bob.pk
    read(api.put(TESTS, {"tests": [test]}))
    identities.delete_identity(world.ctx, world.bob)
    (failure,) = read(api.post("/policy/tests:run", {}))["failed"]
    assert failure["actual"] == {"error": "identity not found"}


def test_tests_are_checked_and_nobody_overwrites_what_they_have_not_seen(api: Caller) -> None:
    wrong = [
        {**expect("a", "monitor"), "note": ""}, expect("a", "deny"), "x",
        {"name": "", "transaction": {"type": "x"}, "expect": {"rule": "r"}},
    ]  # fmt: skip
    assert refused_fields(api.put(TESTS, {"tests": wrong})) == {
        "tests.0.note", "tests.0.expect.action", "tests.1.name", "tests.2", "tests.3.name",
        "tests.3.transaction.type", "tests.3.expect.rule", "tests.3.expect.action",
    }  # fmt: skip
    assert refused_fields(api.put(TESTS, {})) == {"tests"}
    tag = api.get(TESTS)["ETag"]
    read(api.put(TESTS, {"tests": [expect("a", "deny")]}, if_match=tag))
    assert api.put(TESTS, {"tests": []}, if_match=tag).status_code == 412
    assert [test["name"] for test in read(api.get(TESTS))["tests"]] == ["a"]
