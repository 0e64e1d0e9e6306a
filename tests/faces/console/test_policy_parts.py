"""A rule taken apart for the form and put together again: what the form does not show comes back as it was."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.console.rule_parts import BINDINGS, PLATFORMS, Parts, join, split
from apps.console.rule_sentences import Names, condition_words, sentence_of
from apps.policy import attributes, engine

LEAVES = st.one_of(
    st.builds(
        lambda values: {"attribute": "credential.binding", "operator": "in", "value": values},
        st.lists(st.sampled_from([*BINDINGS, "none"]), min_size=1, max_size=4),
    ),
    st.builds(
        lambda values: {"attribute": "device.platform", "operator": "in", "value": values},
        st.lists(st.sampled_from(PLATFORMS), min_size=1, max_size=4),
    ),
    st.builds(
        lambda operator, values: {"attribute": "identity.group_ids", "operator": operator, "value": values},
        st.sampled_from(["contains_any", "contains_all", "contains_none"]),
        st.lists(st.text("0123456789abcdef", min_size=1, max_size=16), min_size=1, max_size=3),
    ),
    st.builds(
        lambda operator, values: {"attribute": "application.id", "operator": operator, "value": values},
        st.sampled_from(["in", "not_in"]),
        st.lists(st.text(min_size=1, max_size=8), min_size=1, max_size=3),
    ),
    st.builds(lambda value: {"attribute": "device.is_new", "operator": "is", "value": value}, st.booleans()),
)
CONDITIONS = st.one_of(
    st.just({}),
    st.recursive(
        LEAVES,
        lambda inner: st.one_of(
            st.builds(lambda items: {"all": items}, st.lists(inner, min_size=1, max_size=4)),
            st.builds(lambda items: {"any": items}, st.lists(inner, min_size=1, max_size=4)),
            st.builds(lambda item: {"not": item}, inner),
        ),
        max_leaves=8,
    ),
)


@given(CONDITIONS)
def test_untouched_a_condition_comes_back_as_it_was(condition: dict[str, Any]) -> None:
    assert join(split(condition), condition) == condition


@given(CONDITIONS, st.lists(st.sampled_from(PLATFORMS), min_size=1, max_size=3, unique=True))
def test_a_changed_picker_leaves_every_other_condition_alone(condition: dict[str, Any], platforms: list[str]) -> None:
    before = split(condition)
    after = split(join(Parts({**before.picked, "platforms": tuple(platforms)}, before.rest), condition))
    assert after.rest == before.rest
    assert set(after.picked["platforms"]) == set(platforms)
    assert {name: set(after.picked[name]) for name in before.picked if name != "platforms"} == {
        name: set(values) for name, values in before.picked.items() if name != "platforms"
    }


@given(CONDITIONS)
def test_every_condition_can_be_read_aloud(condition: dict[str, Any]) -> None:
    rule = {"transaction": "authentication", "condition": condition, "action": {"type": "deny"}}
    assert sentence_of(rule, Names()).startswith("When anyone")


def leaf_of(name: str, attribute: attributes.Attribute, operator: str) -> dict[str, Any]:
    """A leaf that the engine accepts."""
    window = {"start": "08:00", "end": "18:00", "weekdays": ["mon"], "zone": "Europe/Berlin"}
    one: Any = {
        attributes.Kind.BOOLEAN: True,
        attributes.Kind.INTEGER: 3,
        attributes.Kind.NUMBER: 3,
        attributes.Kind.IP: "203.0.113.0/24",
        attributes.Kind.TIME: window,
        attributes.Kind.VERSION: "17.4",
        attributes.Kind.CODE: 7 if attribute.integers else "DE",
    }.get(attribute.kind, next(iter(sorted(attribute.values)), "<b>&"))
    listed = operator in ("in", "not_in", "in_cidr", "not_in_cidr") or operator.startswith("contains")
    return {"attribute": name, "operator": operator, "value": [one] if listed else one}


@pytest.mark.parametrize("name", [*attributes.ATTRIBUTES, "identity.traits.department"])
def test_every_attribute_and_operator_has_words(name: str) -> None:
    attribute = attributes.find(name)
    assert attribute is not None
    for operator in attributes.operators_of(attribute):
        leaf = leaf_of(name, attribute, operator)
        engine.parse([{"id": "r", "transaction": "any", "condition": leaf, "action": {"type": "deny"}}])
        words = condition_words(leaf, Names())
        assert name not in words
        assert "_" not in words
        assert "<b>" not in words


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (["mon", "tue", "wed", "thu", "fri"], "Mon–Fri"),
        (["sun", "sat", "mon", "tue", "wed", "thu", "fri"], "every day"),
        (["sun", "sat"], "Sat, Sun"),
    ],
)
def test_a_window_of_time_is_read_as_people_say_it(days: list[str], words: str) -> None:
    window = {"start": "22:00", "end": "06:00", "weekdays": days, "zone": "UTC"}
    leaf = {"attribute": "request.time", "operator": "within", "value": window}
    assert condition_words(leaf, Names()) == f"within <strong>{words} 22:00–06:00 UTC</strong>"
    assert condition_words({"not": leaf}, Names()).startswith("outside")
