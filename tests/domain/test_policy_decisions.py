"""What rules decide: the first terminating match, monitors on the way, and nothing for what is not known (§6)."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.policy import attributes, engine
from apps.policy.engine import Action, Decision, Transaction, TransactionType

AUTHENTICATION = TransactionType.AUTHENTICATION


def leaf(attribute, operator, value):
    return {"attribute": attribute, "operator": operator, "value": value}


def rule(number, condition, action="allow", **changes):
    return {
        "id": f"r{number}", "name": "", "transaction": "any", "condition": condition,
        "action": {"type": action, **changes.pop("with_action", {})}, **changes,
    }  # fmt: skip


def decide(*rules, kind=AUTHENTICATION, **facts) -> Decision:
    return engine.decide(engine.parse(list(rules)), Transaction(kind, facts.get("facts", {})))


def holds(attribute, operator, value, fact, negated=False):
    condition = leaf(attribute, operator, value)
    condition = {"not": condition} if negated else condition
    return decide(rule(1, condition), facts={} if fact is ... else {attribute: fact}).matched_rule_id == "r1"


def test_with_no_rules_everything_is_denied_by_default():
    assert decide() == Decision(Action.DENY, "default")


def test_an_empty_condition_matches():
    assert decide(rule(1, {})).action == Action.ALLOW


def test_the_first_match_decides_and_later_rules_are_not_asked():
    deny = rule(2, {}, "deny", with_action={"message": "Not today."})
    decision = decide(
        rule(1, leaf("identity.username", "equals", "eve")), deny, rule(3, {}), facts={"identity.username": "bob"}
    )
    assert (decision.action, decision.matched_rule_id, decision.message) == (Action.DENY, "r2", "Not today.")
    assert [(trace.rule_id, trace.result) for trace in decision.trace] == [
        ("r1", "not_matched"), ("r2", "matched"), ("r3", "skipped"),
    ]  # fmt: skip


def test_a_monitor_is_noted_and_the_next_rule_is_asked():
    decision = decide(rule(1, {}, "monitor"), rule(2, {}, "monitor"), rule(3, {}))
    assert (decision.matched_rule_id, decision.monitors) == ("r3", ("r1", "r2"))
    assert decide(rule(1, {}, "monitor")).matched_rule_id == "default"


def test_a_disabled_rule_and_a_rule_for_another_transaction_are_skipped():
    skipped = [rule(1, {}, enabled=False), rule(2, {}, transaction="add_device")]
    decision = decide(*skipped)
    assert decision.matched_rule_id == "default"
    assert [trace.result for trace in decision.trace] == ["skipped", "skipped"]
    assert decide(*skipped, kind=TransactionType.ADD_DEVICE).matched_rule_id == "r2"


@pytest.mark.parametrize("action", ["allow_with_os_verification", "allow_with_biometric"])
def test_some_actions_ask_for_the_devices_own_check(action):
    decision = decide(rule(1, {}, action))
    assert decision.needs_user_verification
    assert not decision.denies


CASES = [
    ("application.id", "in", ["a", "b"], "b", True), ("application.id", "in", ["a"], "b", False),
    ("application.id", "not_in", ["a"], "b", True), ("application.id", "not_in", ["b"], "b", False),
    ("identity.group_ids", "contains_any", ["a", "b"], ["b", "c"], True),
    ("identity.group_ids", "contains_any", ["a"], [], False),
    ("identity.group_ids", "contains_all", ["a", "b"], ["a", "b", "c"], True),
    ("identity.group_ids", "contains_all", ["a", "b"], ["a"], False),
    ("identity.group_ids", "contains_none", ["a"], [], True), ("identity.group_ids", "contains_none", ["a"], ["a"], False),
    ("identity.username", "equals", "BOB", "bob", True), ("identity.username", "equals", "bob", "bobby", False),
    ("identity.username", "in", ["Ann", "BOB"], "bob", True), ("identity.username", "starts_with", "BO", "bob", True),
    ("identity.email", "ends_with", "@ACME.test", "bob@acme.test", True),
    ("identity.email_domain", "equals", "acme.test", "evil.acme.test", False),
    ("identity.traits.department", "equals", "sales", "Sales", True),
    ("identity.credential_count", "eq", 2, 2, True), ("identity.credential_count", "lt", 2, 2, False),
    ("identity.credential_count", "lte", 2, 2, True), ("identity.credential_count", "gt", 2, 2, False),
    ("identity.credential_count", "gte", 2, 2, True), ("risk.travel_speed_kmh", "gt", 900, 900.5, True),
    ("credential.binding", "in", ["hardware"], "hardware", True),
    ("credential.binding", "not_in", ["synced"], "synced", False),
    ("credential.user_verified", "is", True, True, True), ("credential.user_verified", "is", False, True, False),
    ("device.os_version", "gte", "17.4", "17.10", True), ("device.os_version", "lt", "17.4", "17.4.0", False),
    ("device.os_version", "eq", "17", "17.0.0", True), ("device.os_version", "lte", "9", "10", False),
    ("device.os_version", "gt", "17.4", "17.4.0.1", True),
    ("request.ip", "in_cidr", ["203.0.113.0/24"], "203.0.113.7", True),
    ("request.ip", "in_cidr", ["203.0.113.0/24"], "::ffff:203.0.113.7", True),
    ("request.ip", "in_cidr", ["2001:db8::/32"], "203.0.113.7", False),
    ("request.ip", "in_cidr", ["198.51.100.1"], "198.51.100.1", True),
    ("request.ip", "not_in_cidr", ["10.0.0.0/8", "203.0.113.0/24"], "203.0.113.7", False),
    ("request.country", "in", ["de"], "DE", True), ("request.asn", "in", [64496], 64496, True),
    ("request.asn", "not_in", [64496], 64497, True),
]  # fmt: skip


@pytest.mark.parametrize(("attribute", "operator", "value", "fact", "expected"), CASES)
def test_each_operator_compares_as_its_name_says(attribute, operator, value, fact, expected):
    assert holds(attribute, operator, value, fact) is expected
    assert holds(attribute, operator, value, fact, negated=True) is not expected


@pytest.mark.parametrize(("attribute", "operator", "value"), [case[:3] for case in CASES])
def test_what_is_not_known_never_matches_not_even_denied(attribute, operator, value):
    assert not holds(attribute, operator, value, ...)
    assert not holds(attribute, operator, value, ..., negated=True)


@pytest.mark.parametrize(
    ("attribute", "operator", "value", "fact"),
    [("request.ip", "not_in_cidr", ["10.0.0.0/8"], "nowhere"), ("device.os_version", "lt", "17", "beta"),
     ("identity.username", "equals", "bob", 5), ("request.time", "within", None, "noon"),
     ("identity.credential_count", "gt", 1, "many"), ("identity.group_ids", "contains_none", ["a"], 5)],
)  # fmt: skip
def test_a_fact_of_the_wrong_shape_is_no_fact(attribute, operator, value, fact):
    value = value or window()
    assert not holds(attribute, operator, value, fact)
    assert not holds(attribute, operator, value, fact, negated=True)


def test_the_trace_says_what_was_asked_what_was_found_and_what_was_not_known():
    condition = {"all": [leaf("identity.username", "equals", "bob"), {"not": leaf("request.country", "in", ["DE"])}]}
    (trace,) = decide(rule(1, condition), facts={"identity.username": "bob"}).trace
    first, second = trace.leaves
    assert (first.path, first.actual, first.result, first.unknown) == (
        "policy.rules.0.condition.all.0",
        "bob",
        True,
        False,
    )
    assert (second.path, second.actual, second.result, second.unknown) == (
        "policy.rules.0.condition.all.1.not", None, False, True,
    )  # fmt: skip


# --- time ---------------------------------------------------------------------------------------------------------------


def window(start="08:00", end="18:00", weekdays=("mon",), zone="Europe/Berlin"):
    return {"start": start, "end": end, "weekdays": list(weekdays), "zone": zone}


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("within", "moment", "expected"),
    [
        (window(), "2026-11-23 07:00", True),  # Monday, 08:00 in Berlin
        (window(), "2026-11-23 06:59", False),
        (window(), "2026-11-23 16:59", True),
        (window(), "2026-11-23 17:00", False),
        (window(), "2026-11-24 10:00", False),
        (window("22:00", "06:00"), "2026-11-23 21:00", True),  # Monday night …
        (window("22:00", "06:00"), "2026-11-24 04:59", True),  # … lasts into Tuesday
        (window("22:00", "06:00"), "2026-11-24 05:00", False),
        (window("22:00", "06:00"), "2026-11-23 04:00", False),  # Sunday's night
        (window("22:00", "00:00"), "2026-11-23 22:59", True),
        (window("00:00", "23:59", ["sun"], "Pacific/Auckland"), "2026-11-21 12:00", True),  # already Sunday there
        (window("02:00", "03:00", ["sun"]), "2026-03-29 01:00", False),  # the hour that summer time leaves out
        (window("02:00", "03:00", ["sun"]), "2026-10-25 00:30", True),  # the hour that comes twice,
        (window("02:00", "03:00", ["sun"]), "2026-10-25 01:30", True),  # twice
    ],
)
def test_a_window_is_of_the_clock_on_the_wall_there(within, moment, expected):
    assert holds("request.time", "within", within, at(moment)) is expected


@given(
    st.times(),
    st.times(),
    st.integers(0, 365 * 24 * 60).map(lambda minutes: at("2026-01-01") + timedelta(minutes=minutes)),
)
def test_a_window_and_the_one_that_begins_where_it_ends_cover_the_day(start, end, moment):
    start, end = f"{start:%H:%M}", f"{end:%H:%M}"
    if start == end:
        return
    every_day = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    inside = holds("request.time", "within", window(start, end, every_day), moment)
    outside = holds("request.time", "within", window(end, start, every_day), moment)
    assert inside is not outside


# --- properties ---------------------------------------------------------------------------------------------------------

FACTS = {
    "identity.username": ["bob", "eve"],
    "request.country": ["DE", "US"],
    "credential.binding": ["hardware", "synced"],
    "credential.user_verified": [True, False],
    "identity.credential_count": [0, 1, 2],
}
LEAVES = st.sampled_from(
    [
        leaf("identity.username", "equals", "bob"), leaf("identity.username", "in", ["eve", "mallory"]),
        leaf("request.country", "in", ["DE"]), leaf("request.country", "not_in", ["DE"]),
        leaf("credential.binding", "in", ["synced"]), leaf("credential.user_verified", "is", True),
        leaf("identity.credential_count", "gte", 1), leaf("device.is_new", "is", True),
    ]
)  # fmt: skip
CONDITIONS = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"all": parts})
        | st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"any": parts})
        | inner.map(lambda part: {"not": part})
    ),
    max_leaves=6,
)
KNOWN = st.fixed_dictionaries({}, optional={name: st.sampled_from(values) for name, values in FACTS.items()})
RULES = st.lists(
    st.tuples(CONDITIONS, st.sampled_from(list(Action)), st.booleans(), st.sampled_from(["any", *TransactionType])),
    max_size=6,
).map(lambda made: [rule(i, c, a, enabled=e, transaction=t) for i, (c, a, e, t) in enumerate(made)])


def deep(condition):
    return depth(condition) > engine.DEPTH_LIMIT


def depth(condition):
    if "attribute" in condition:
        return 1
    ((kind, inner),) = condition.items()
    return 1 + max(map(depth, inner if isinstance(inner, list) else [inner]))


def oracle(condition, facts):
    """Three-valued logic, written down once more: True, False, or None for "cannot tell"."""
    if "attribute" in condition:
        if condition["attribute"] not in facts:
            return None
        return holds(condition["attribute"], condition["operator"], condition["value"], facts[condition["attribute"]])
    if "not" in condition:
        found = oracle(condition["not"], facts)
        return None if found is None else not found
    found = [oracle(part, facts) for part in condition.get("all", condition.get("any"))]
    deciding = "any" in condition
    return deciding if deciding in found else None if None in found else not deciding


@given(RULES, KNOWN, st.sampled_from(list(TransactionType)))
def test_the_first_rule_that_applies_matches_and_terminates_decides(rules, facts, kind):
    rules = [one for one in rules if not deep(one["condition"])]
    expected = [
        one for one in rules
        if one["enabled"] and one["transaction"] in ("any", kind) and oracle(one["condition"], facts) is True
    ]  # fmt: skip
    deciding = next((i for i, one in enumerate(expected) if one["action"]["type"] != "monitor"), len(expected))
    decision = decide(*rules, kind=kind, facts=facts)
    assert decision.matched_rule_id == (expected[deciding]["id"] if deciding < len(expected) else "default")
    assert decision.monitors == tuple(one["id"] for one in expected[:deciding])


@given(CONDITIONS, KNOWN, st.data())
def test_hiding_a_fact_never_makes_a_rule_match(condition, facts, data):
    if deep(condition) or not facts:
        return
    hidden = data.draw(st.sampled_from(sorted(facts)))
    less = {name: fact for name, fact in facts.items() if name != hidden}
    if decide(rule(1, condition), facts=less).matched_rule_id == "r1":
        for value in FACTS[hidden]:
            assert decide(rule(1, condition), facts={**less, hidden: value}).matched_rule_id == "r1"


@given(CONDITIONS, KNOWN)
def test_a_rule_and_its_negation_never_both_match(condition, facts):
    if depth(condition) < engine.DEPTH_LIMIT:
        both = [decide(rule(1, one), facts=facts).matched_rule_id for one in (condition, {"not": condition})]
        assert both != ["r1", "r1"]


def networks(number):
    return [f"10.{number}.{i % 256}.{i // 256}/32" for i in range(300)]


@pytest.mark.parametrize(
    ("name", "operator", "value", "fact"),
    [
        ("request.ip", "in_cidr", networks, "203.0.113.7"),
        ("identity.username", "in", lambda number: [f"user{number}-{i}" for i in range(300)], "bob"),
    ],
)
def test_as_many_rules_as_a_request_can_carry_are_decided_in_a_blink(name, operator, value, fact):
    rules = engine.parse([rule(i, leaf(name, operator, value(i))) for i in range(100)])
    started = time.process_time()
    assert engine.decide(rules, Transaction(AUTHENTICATION, {name: fact})).matched_rule_id == "default"
    assert time.process_time() - started < 0.5


def test_every_kind_of_fact_is_covered_above():
    asked = {attributes.find(case[0]).kind for case in CASES} | {attributes.Kind.TIME}
    assert asked == set(attributes.Kind)


# --- whatever is known --------------------------------------------------------------------------------------------------

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.binary(max_size=4)
    | st.datetimes() | st.sampled_from(["203.0.113.7", "17.4", "2026-11-22T12:00:00+00:00"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)  # fmt: skip
ASKED = [
    leaf(name, operator, {
        "id": ["a"], "ids": ["a"], "string": ["a"] if operator == "in" else "a", "integer": 1, "number": 1,
        "enum": sorted(found.values)[:1] or ["a"], "boolean": True, "version": "1.2", "ip": ["10.0.0.0/8"],
        "code": [7] if found.integers else ["DE"],
        "time": {"start": "08:00", "end": "18:00", "weekdays": ["mon"], "zone": "Europe/Berlin"},
    }[found.kind])
    for name, found in attributes.ATTRIBUTES.items()
    for operator in sorted(attributes.operators_of(found))
]  # fmt: skip


@given(st.data())
def test_deciding_never_raises_and_a_fact_of_no_sense_matches_nothing_either_way(data):
    condition = data.draw(st.sampled_from(ASKED))
    fact = data.draw(ANYTHING)
    rules = engine.parse([rule(1, condition), rule(2, {"not": condition}), rule(3, {}, "monitor")])
    decision = engine.decide(rules, Transaction(AUTHENTICATION, {condition["attribute"]: fact}))
    traces = {trace.rule_id: trace for trace in decision.trace}
    (found,) = traces["r1"].leaves
    if found.unknown:
        assert decision.matched_rule_id == "default"
    else:
        assert decision.matched_rule_id == ("r1" if found.result else "r2")


def test_facts_say_the_same_when_they_come_back_from_json():
    moment = datetime(2026, 11, 23, 9, tzinfo=UTC)
    for known in ({"request.time": moment}, {"request.time": moment.isoformat()}):
        office = {"start": "08:00", "end": "18:00", "weekdays": ["mon"], "zone": "Europe/Berlin"}
        assert decide(rule(1, leaf("request.time", "within", office)), facts=known).matched_rule_id == "r1"
    for groups in (["a", "b"], ("a", "b"), {"a", "b"}):
        condition = leaf("identity.group_ids", "contains_all", ["b", "a"])
        assert decide(rule(1, condition), facts={"identity.group_ids": groups}).matched_rule_id == "r1"
