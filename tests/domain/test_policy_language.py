"""What a rule may say: every mistake is named with its JSON path, and nothing is ever a crash (extensions.md §6, §10)."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.policy import attributes, engine
from apps.policy.engine import RuleError

LEAF = {"attribute": "identity.username", "operator": "equals", "value": "bob"}
OFFICE = {"start": "08:00", "end": "18:00", "weekdays": ["mon", "tue"], "zone": "Europe/Berlin"}
VALUES = {
    attributes.Kind.ID: ["6880b672d577a1a2"],
    attributes.Kind.IDS: ["6880b672d577a1a2"],
    attributes.Kind.STRING: "bob",
    attributes.Kind.INTEGER: 3,
    attributes.Kind.NUMBER: 900.5,
    attributes.Kind.BOOLEAN: True,
    attributes.Kind.VERSION: "17.4",
    attributes.Kind.IP: ["203.0.113.0/24", "2001:db8::/32", "198.51.100.1"],
    attributes.Kind.CODE: ["DE", "AT"],
    attributes.Kind.TIME: OFFICE,
}


def rule(condition=None, **changes):
    made = {
        "id": "r1",
        "name": "A rule",
        "transaction": "any",
        "condition": {} if condition is None else condition,
        "action": {"type": "allow"},
    }
    return {name: value for name, value in {**made, **changes}.items() if value is not ...}


def value_for(name, operator):
    attribute = attributes.find(name)
    if attribute.kind == attributes.Kind.ENUM:
        return sorted(attribute.values)[:2] or ["anything"]
    if attribute.integers:
        return [64496]
    value = VALUES[attribute.kind]
    return [value] if operator == "in" and isinstance(value, str) else value


def problems(*rules):
    with pytest.raises(RuleError) as caught:
        engine.parse(list(rules))
    return dict(caught.value.problems)


EVERY_LEAF = [
    (name, op) for name, found in attributes.ATTRIBUTES.items() for op in sorted(attributes.operators_of(found))
]


@pytest.mark.parametrize(("name", "operator"), EVERY_LEAF)
def test_every_attribute_takes_every_operator_of_its_kind(name, operator):
    (parsed,) = engine.parse([rule({"attribute": name, "operator": operator, "value": value_for(name, operator)})])
    assert parsed.condition.attribute == name


@pytest.mark.parametrize("name", attributes.ATTRIBUTES)
def test_no_attribute_takes_an_operator_of_another_kind(name):
    every = {operator for operators in attributes.OPERATORS.values() for operator in operators}
    for operator in every - attributes.operators_of(attributes.find(name)):
        leaf = {"attribute": name, "operator": operator, "value": value_for(name, operator)}
        assert "policy.rules.0.condition.operator" in problems(rule(leaf))


@pytest.mark.parametrize(("name", "operator"), EVERY_LEAF)
@pytest.mark.parametrize(
    "value", [None, [], {}, "", [[]], [{}], [None], {"start": 1}, float("inf"), pytest.param(10**400, id="huge")]
)
def test_no_attribute_takes_a_value_of_no_kind(name, operator, value):
    (path,) = problems(rule({"attribute": name, "operator": operator, "value": value}))
    assert path in ("policy.rules.0.condition.value", "policy.rules.0.condition.value.0")


def test_any_trait_may_be_asked_about():
    engine.parse([rule({"attribute": "identity.traits.department", "operator": "in", "value": ["Sales"]})])
    for name in ("", "\x00", "Department", "a.b", "x" * 65):
        assert "policy.rules.0.condition.attribute" in problems(rule({**LEAF, "attribute": f"identity.traits.{name}"}))


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ("text", "policy.rules.0"),
        (None, "policy.rules.0"),
        (rule(id=...), "policy.rules.0.id"),
        (rule(id=""), "policy.rules.0.id"),
        (rule(id=5), "policy.rules.0.id"),
        (rule(id="default"), "policy.rules.0.id"),
        (rule(id="x" * 65), "policy.rules.0.id"),
        (rule(name=[]), "policy.rules.0.name"),
        (rule(description="x" * 301), "policy.rules.0.description"),
        (rule(enabled="yes"), "policy.rules.0.enabled"),
        (rule(transaction=...), "policy.rules.0.transaction"),
        (rule(transaction="login"), "policy.rules.0.transaction"),
        (rule(transaction=["any"]), "policy.rules.0.transaction"),
        (rule(action=...), "policy.rules.0.action.type"),
        (rule(action={"type": "permit"}), "policy.rules.0.action.type"),
        (rule(action={"type": ["allow"]}), "policy.rules.0.action.type"),
        (rule(action={"type": "deny", "message": "x" * 301}), "policy.rules.0.action.message"),
        (rule(action={"type": "deny", "note": ""}), "policy.rules.0.action.note"),
        (rule(colour="red"), "policy.rules.0.colour"),
        (rule([]), "policy.rules.0.condition"),
        (rule({"all": []}), "policy.rules.0.condition.all"),
        (rule({"any": {}}), "policy.rules.0.condition.any"),
        (rule({"not": {}}), "policy.rules.0.condition.not"),
        (rule({"not": [LEAF]}), "policy.rules.0.condition.not"),
        (rule({"all": [LEAF], "any": [LEAF]}), "policy.rules.0.condition"),
        (rule({"none": [LEAF]}), "policy.rules.0.condition"),
        (rule({"all": [LEAF, {}]}), "policy.rules.0.condition.all.1"),
        (rule({"all": [LEAF, {"any": [LEAF, {**LEAF, "value": 5}]}]}), "policy.rules.0.condition.all.1.any.1.value"),
        (rule({**LEAF, "attribute": "identity.shoe_size"}), "policy.rules.0.condition.attribute"),
        (rule({**LEAF, "attribute": ["identity.username"]}), "policy.rules.0.condition.attribute"),
        (rule({**LEAF, "operator": ["equals"]}), "policy.rules.0.condition.operator"),
        (rule({**LEAF, "operator": {}}), "policy.rules.0.condition.operator"),
        (rule({**LEAF, "operator": "matches"}), "policy.rules.0.condition.operator"),
        (rule({**LEAF, "value": "a\x00b"}), "policy.rules.0.condition.value"),
        (rule({**LEAF, "case": True}), "policy.rules.0.condition.case"),
        (rule(name="a\x00b"), "policy.rules.0.name"),
        (rule(name="\ud800"), "policy.rules.0.name"),
    ],
)
def test_a_mistake_is_named_where_it_stands(given, path):
    assert path in problems(given)


def test_every_mistake_is_named_and_not_only_the_first():
    wrong = rule({"all": [{**LEAF, "operator": "like"}, {**LEAF, "value": 1}]}, transaction="x", action={"type": "y"})
    assert set(problems(rule(id="fine"), wrong)) == {
        "policy.rules.1.transaction",
        "policy.rules.1.action.type",
        "policy.rules.1.condition.all.0.operator",
        "policy.rules.1.condition.all.1.value",
    }


def test_two_rules_cannot_share_an_id():
    assert problems(rule(), rule()) == {"policy.rules.1.id": "used by a rule above"}


def test_the_limits_are_two_hundred_rules_fifty_leaves_and_eight_levels():
    engine.parse([rule(id=str(i)) for i in range(200)])
    assert "200" in problems(*[rule(id=str(i)) for i in range(201)])["policy.rules"]
    engine.parse([rule({"any": [LEAF] * 50})])
    assert "50" in problems(rule({"any": [{"all": [LEAF] * 26}, {"all": [LEAF] * 26}]}))["policy.rules.0.condition"]
    engine.parse([rule(nested(7))])
    (path,) = problems(rule(nested(8)))
    assert path == "policy.rules.0.condition" + ".not" * 8


def nested(levels):
    return {"not": nested(levels - 1)} if levels else LEAF


def test_rules_that_are_no_list_are_refused():
    with pytest.raises(RuleError) as caught:
        engine.parse({"rules": []})
    assert caught.value.problems == (("policy.rules", "must be a list"),)


@pytest.mark.parametrize(
    "window",
    [
        {**OFFICE, "start": "8:00"}, {**OFFICE, "start": "0800"}, {**OFFICE, "end": "24:00"}, {**OFFICE, "end": "T0800"},
        {**OFFICE, "end": "08+01"}, {**OFFICE, "start": 800}, {**OFFICE, "zone": "Mars/Olympus"}, {**OFFICE, "zone": ""},
        {**OFFICE, "zone": "../../etc/passwd"}, {**OFFICE, "zone": "Europe"}, {**OFFICE, "zone": 5},
        {**OFFICE, "zone": "\x00"}, {**OFFICE, "weekdays": []}, {**OFFICE, "weekdays": ["monday"]},
        {**OFFICE, "weekdays": [["mon"]]}, {**OFFICE, "weekdays": "mon"}, {**OFFICE, "day": "mon"},
    ],
)  # fmt: skip
def test_a_window_that_is_none_is_refused(window):
    wrong = next((name for name in OFFICE if window[name] != OFFICE[name]), "")
    (path,) = problems(rule({"attribute": "request.time", "operator": "within", "value": window}))
    assert path.removesuffix(".0") == ".".join(filter(None, ("policy.rules.0.condition.value", wrong)))


@pytest.mark.parametrize("network", ["10.0.0.0/33", "10.0.0", "::/129", "host", 5, True, [], "10.0.0.0/8/8", "\x00"])
def test_a_network_that_is_none_is_refused(network):
    leaf = {"attribute": "request.ip", "operator": "in_cidr", "value": ["10.0.0.0/8", network]}
    assert "policy.rules.0.condition.value.1" in problems(rule(leaf))


@pytest.mark.parametrize("version", ["", "v17", "17.", ".4", "17..4", "1.2.3-beta", "１７", 17, 17.4, "9" * 65])
def test_a_version_that_is_none_is_refused(version):
    leaf = {"attribute": "device.os_version", "operator": "gte", "value": version}
    assert "policy.rules.0.condition.value" in problems(rule(leaf))


WORDS = "id name enabled transaction condition action type message all any not attribute operator value".split()
ATOMS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
JSON = st.recursive(
    ATOMS | st.sampled_from(list(attributes.ATTRIBUTES)),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(WORDS) | st.text(max_size=5), inner, max_size=5)
    ),
    max_leaves=30,
)


@given(st.lists(JSON, max_size=4))
def test_whatever_is_given_parses_or_is_refused_with_paths(given_rules):
    found = found_wrong(given_rules)
    assert all(path.startswith("policy.rules") and why for path, why in found)
    if not found:
        json.dumps(given_rules, allow_nan=False).encode()  # what parses can be stored


def found_wrong(given_rules):
    try:
        engine.parse(given_rules)
    except RuleError as error:
        return error.problems
    return ()


@given(st.lists(JSON, max_size=2))
def test_what_parses_is_printed_and_parses_to_the_same(given_rules):
    if not found_wrong(given_rules):
        parsed = engine.parse(given_rules)
        assert engine.parse(engine.printed(parsed)) == parsed


@pytest.mark.parametrize(("name", "operator"), EVERY_LEAF)
def test_every_leaf_is_printed_as_it_was(name, operator):
    leaf = {"attribute": name, "operator": operator, "value": value_for(name, operator)}
    every = [
        rule(leaf, description="Why"), rule({"not": {"any": [leaf, {"all": [leaf]}]}}, id="r2", enabled=False),
        rule(id="r3", action={"type": "deny", "message": "No."}, notify={"emails": ["guard@acme.test"]}),
        rule(id="r4", action={"type": "monitor"}, notify={"alert": True}),
        rule(id="r5", action={"type": "deny"}, notify={"emails": ["guard@acme.test"], "alert": True}),
    ]  # fmt: skip
    printed = engine.printed(engine.parse(every))
    assert [one["condition"] for one in printed] == [one["condition"] for one in every]
    assert [one.get("notify") for one in printed] == [one.get("notify") for one in every]
    assert engine.parse(printed) == engine.parse(every)
    assert engine.printed(engine.parse(printed)) == printed


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"notify": {"emails": ["guard@acme.test"]}}, "policy.rules.0.notify"),
        ({"notify": [], "action": {"type": "deny"}}, "policy.rules.0.notify"),
        ({"notify": {"emails": []}, "action": {"type": "deny"}}, "policy.rules.0.notify.emails"),
        ({"notify": {"emails": ["a@b.c"] * 6}, "action": {"type": "monitor"}}, "policy.rules.0.notify.emails"),
        (
            {"notify": {"emails": ["a@b.c", "a@b\r\nBcc: x"]}, "action": {"type": "deny"}},
            "policy.rules.0.notify.emails.1",
        ),
        ({"notify": {"emails": ["a@b@c"]}, "action": {"type": "deny"}}, "policy.rules.0.notify.emails.0"),
        ({"notify": {"emails": [5]}, "action": {"type": "deny"}}, "policy.rules.0.notify.emails.0"),
        ({"notify": {"emails": ["a@b.c"], "sms": 1}, "action": {"type": "deny"}}, "policy.rules.0.notify"),
        ({"notify": {}, "action": {"type": "deny"}}, "policy.rules.0.notify"),
        ({"notify": {"alert": True}}, "policy.rules.0.notify"),
        ({"notify": {"alert": False}, "action": {"type": "deny"}}, "policy.rules.0.notify.alert"),
        ({"notify": {"alert": "yes"}, "action": {"type": "deny"}}, "policy.rules.0.notify.alert"),
        ({"notify": {"emails": ["a@b.c"], "alert": 1}, "action": {"type": "deny"}}, "policy.rules.0.notify.alert"),
        ({"notify": {"emails": [], "alert": True}, "action": {"type": "deny"}}, "policy.rules.0.notify.emails"),
    ],
)
def test_only_addresses_and_streams_are_told_and_only_by_rules_that_monitor_or_deny(changes, path):
    assert path in problems(rule(**changes))


@pytest.mark.parametrize("country", ["Germany", "D", "D3", "", "é1", "DEU"])
def test_a_country_has_two_letters(country):
    leaf = {"attribute": "request.country", "operator": "in", "value": [country]}
    assert "policy.rules.0.condition.value.0" in problems(rule(leaf))
