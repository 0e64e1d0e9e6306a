"""Steps on a list of rules, and telling two lists apart. No database."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core.errors import NotFound
from apps.policy import editing
from apps.policy.comparison import compare


def rule(pk: str, **further: Any) -> dict[str, Any]:
    return {"id": pk, "transaction": "any", "action": {"type": "deny"}, **further}


def ids(rules: Any) -> str:
    return "".join(each["id"] for each in rules)


ABC = [rule("a"), rule("b"), rule("c")]


@pytest.mark.parametrize(("place", "order"), [(0, "xabc"), (1, "axbc"), (3, "abcx"), (99, "abcx")])
def test_a_rule_is_put_in_its_place(place: int, order: str) -> None:
    assert ids(editing.inserted(ABC, rule("x"), place)) == order


@pytest.mark.parametrize(
    ("name", "by", "order"),
    [("b", -1, "bac"), ("b", 1, "acb"), ("a", -1, "abc"), ("c", 1, "abc"), ("a", 2, "bca"), ("c", -9, "cab")],
)
def test_a_rule_is_moved_no_further_than_the_ends(name: str, by: int, order: str) -> None:
    assert ids(editing.moved(ABC, name, by)) == order


def test_a_rule_is_replaced_where_it_stands_and_taken_out() -> None:
    assert editing.replaced(ABC, rule("b", name="new"))[1]["name"] == "new"
    assert ids(editing.without(ABC, "b")) == "ac"


def test_no_step_changes_the_list_it_was_given() -> None:
    for changed in (editing.moved(ABC, "a", 1), editing.without(ABC, "a"), editing.inserted(ABC, rule("x"), 0)):
        assert ids(ABC) == "abc"
        assert changed is not ABC


def test_a_rule_that_is_not_there_is_not_found() -> None:
    for step in (editing.find, editing.without):
        with pytest.raises(NotFound):
            step(ABC, "x")
    with pytest.raises(NotFound):
        editing.moved(ABC, "x", 1)
    with pytest.raises(NotFound):
        editing.replaced(ABC, rule("x"))


def test_added_changed_moved_and_removed_are_told_apart() -> None:
    after = [rule("x"), rule("c"), rule("a", name="new")]
    found = compare(ABC, after)
    assert (found.added, found.changed, ids(found.removed)) == ({"x"}, {"a"}, "b")
    assert len(found.moved) == 1
    assert [found.of(name) for name in ("x", "a")] == ["added", "changed"]


def test_saying_a_default_is_no_change() -> None:
    assert not compare([rule("a")], [rule("a", enabled=True, description="", condition={}, name="")])
    assert compare([rule("a")], [rule("a", enabled=False)]).changed == {"a"}


@given(st.permutations("abcdefg"))
def test_a_list_is_the_same_only_as_itself(order: list[str]) -> None:
    before, after = [rule(name) for name in "abcdefg"], [rule(name) for name in order]
    found = compare(before, after)
    assert bool(found) is (list("abcdefg") != order)
    assert found.added == found.changed == frozenset()
    assert found.removed == ()


@given(st.integers(0, 4), st.sampled_from([-1, 1]))
def test_one_step_moves_one_rule(place: int, by: int) -> None:
    before = [rule(name) for name in "abcde"]
    found = compare(before, editing.moved(before, before[place]["id"], by))
    assert len(found.moved) <= 1
