"""What holds of every policy there can be (extensions.md §6): order, default deny, fail closed, monitors that never decide,
rules that are printed and parsed again the same, and a decision whatever is asked."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from apps.policy import engine
from apps.policy.engine import Action, Decision, Transaction, TransactionType
from tests.domain.test_policy_table import PAIRS, TABLE, leaf

LEAVES = st.sampled_from(PAIRS).map(lambda pair: leaf(*pair, TABLE[pair[0]][pair[1]][0]))


def conditions(depth: int = 4) -> st.SearchStrategy[dict[str, Any]]:
    """No deeper than that, so that a `not` around it is still within the limit."""
    if depth == 1:
        return LEAVES
    inner = conditions(depth - 1)
    several = st.lists(inner, min_size=1, max_size=3)
    return st.one_of(
        LEAVES,
        several.map(lambda parts: {"all": parts}),
        several.map(lambda parts: {"any": parts}),
        inner.map(lambda part: {"not": part}),
    )


TELLING = st.fixed_dictionaries({}, optional={"emails": st.just(["guard@acme.test"]), "alert": st.just(True)}).filter(
    bool
)


@st.composite
def rules(draw: st.DrawFn, actions: list[Action] | None = None) -> list[dict[str, Any]]:
    made = []
    for number in range(draw(st.integers(0, 6))):
        action = draw(st.sampled_from(actions or list(Action)))
        one: dict[str, Any] = {
            "id": f"r{number}", "name": draw(st.text("aé<\u4e2d ", max_size=5)), "enabled": draw(st.booleans()),
            "transaction": draw(st.sampled_from(["any", *TransactionType])),
            "condition": draw(st.just({}) | conditions()), "action": {"type": action.value},
        }  # fmt: skip
        if draw(st.booleans()):
            one["action"]["message"] = draw(st.text("Noé. ", max_size=5))
        if action in (Action.MONITOR, Action.DENY) and draw(st.booleans()):
            one["notify"] = draw(TELLING)
        made.append(one)
    return made


@st.composite
def transactions(draw: st.DrawFn) -> Transaction:
    """Facts that match a row of the table, or do not; the rest is not known."""
    facts = {}
    for name in draw(st.lists(st.sampled_from(list(TABLE)), unique=True, max_size=12)):
        _, hits, misses = draw(st.sampled_from(list(TABLE[name].values())))
        facts[name] = draw(st.sampled_from([*hits, *misses]))
    return Transaction(draw(st.sampled_from(list(TransactionType))), facts)


def decide(given_rules: list[dict[str, Any]], asked: Transaction) -> Decision:
    return engine.decide(engine.parse(given_rules), asked)


@given(rules())
def test_what_is_printed_is_parsed_to_the_same_and_printed_the_same_again(made: list[dict[str, Any]]) -> None:
    parsed = engine.parse(made)
    printed = json.loads(json.dumps(engine.printed(parsed)))
    assert engine.parse(printed) == parsed
    assert engine.printed(engine.parse(printed)) == printed
    assert [each.get("notify") for each in printed] == [each.get("notify") for each in made]


@given(rules(), rules(), transactions())
def test_nothing_below_the_rule_that_decides_can_change_the_decision(
    above: list[dict[str, Any]], below: list[dict[str, Any]], asked: Transaction
) -> None:
    decision = decide(above, asked)
    further = [{**one, "id": f"further-{one['id']}"} for one in below]
    if decision.matched_rule_id != "default":
        assert decide([*above, *further], asked) == decision
    else:
        alone = decide(further, asked)
        assert decide([*above, *further], asked).matched_rule_id == alone.matched_rule_id


@given(rules([Action.MONITOR]), transactions())
def test_monitors_alone_let_nobody_in(watching: list[dict[str, Any]], asked: Transaction) -> None:
    decision = decide(watching, asked)
    assert (decision.action, decision.matched_rule_id) == (Action.DENY, "default")


@given(rules(), transactions())
def test_a_monitor_never_decides_and_takes_away_nothing(made: list[dict[str, Any]], asked: Transaction) -> None:
    decision = decide(made, asked)
    monitors = {one["id"] for one in made if one["action"]["type"] == "monitor"}
    assert decision.action is not Action.MONITOR
    assert decision.matched_rule_id not in monitors
    assert set(decision.monitors) <= monitors
    silent = decide([one for one in made if one["id"] not in monitors], asked)
    assert (silent.action, silent.matched_rule_id) == (decision.action, decision.matched_rule_id)


@given(rules(), st.sampled_from(list(TransactionType)))
def test_where_nothing_is_known_only_a_rule_without_a_condition_lets_in(
    made: list[dict[str, Any]], kind: TransactionType
) -> None:
    decision = decide(made, Transaction(kind, {}))
    if decision.matched_rule_id == "default":
        assert decision.action is Action.DENY
    else:
        (matched,) = (one for one in made if one["id"] == decision.matched_rule_id)
        assert matched["condition"] == {}


ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=6)
    | st.binary(max_size=3)
    | st.datetimes(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)


@given(rules(), st.dictionaries(st.sampled_from(list(TABLE)) | st.text(max_size=8), ANYTHING, max_size=8), st.data())
def test_whatever_is_asked_is_decided_and_can_be_told(
    made: list[dict[str, Any]], facts: dict[str, Any], data: st.DataObject
) -> None:
    kind = data.draw(st.sampled_from(list(TransactionType)))
    decision = decide(made, Transaction(kind, facts))
    assert [each.rule_id for each in decision.trace] == [one["id"] for one in made]
    told = {each.rule_id: each.result for each in decision.trace}
    assert told.get(decision.matched_rule_id, "matched") == "matched"
    assert all(told[each] == "matched" for each in decision.monitors)
