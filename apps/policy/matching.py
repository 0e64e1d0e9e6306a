"""Conditions as functions of what is known: worked out once when a rule is parsed, asked at every sign-in.

A fact that is not known makes its leaf false, and `not` over it false too (contract/extensions.md §6): so a condition is
two questions, "does it surely hold" and "does it surely not". A negation asks the other one, and to neither is "cannot
tell" a yes.
"""

import operator
from collections.abc import Callable, Mapping
from typing import Any

from apps.policy import attributes, values
from apps.policy.rules import Condition, Every, Leaf, Matches, Negation, Some

_Test = Callable[[Any, Any], bool]


class Known(dict[str, Any]):
    """Facts in the form in which they are compared, each read when it is first asked for; None is "not known". A fact of
    the wrong shape is no fact."""

    __slots__ = ("facts",)

    def __init__(self, facts: Mapping[str, Any]) -> None:
        super().__init__()
        self.facts = facts

    def __missing__(self, name: str) -> Any:
        fact, attribute = self.facts.get(name), attributes.find(name)
        found = None if fact is None or attribute is None else values.read(attribute, fact)
        self[name] = found
        return found


def surely(condition: Condition) -> Matches:
    """Whether it holds, of Known facts."""
    match condition:
        case Leaf():
            return _holds(condition)
        case Negation(part):
            return surely_not(part)
        case Every(parts):
            return _all([surely(part) for part in parts])
        case Some(parts):
            return _any([surely(part) for part in parts])


def surely_not(condition: Condition) -> Matches:
    """Whether it does not hold, and that is known."""
    match condition:
        case Leaf():
            return _fails(condition)
        case Negation(part):
            return surely(part)
        case Every(parts):
            return _any([surely_not(part) for part in parts])
        case Some(parts):
            return _all([surely_not(part) for part in parts])


def _all(parts: list[Matches]) -> Matches:
    asked = tuple(parts)

    def every(known: Mapping[str, Any]) -> bool:
        for part in asked:  # noqa: SIM110 - a generator in all() costs more than the leaves
            if not part(known):
                return False
        return True

    return asked[0] if len(asked) == 1 else every


def _any(parts: list[Matches]) -> Matches:
    asked = tuple(parts)

    def some(known: Mapping[str, Any]) -> bool:
        for part in asked:  # noqa: SIM110
            if part(known):
                return True
        return False

    return asked[0] if len(asked) == 1 else some


def _holds(leaf: Leaf) -> Matches:
    name, value, test = leaf.attribute, leaf.prepared, TESTS[leaf.operator]
    if leaf.operator in ("in", "equals", "eq", "is"):  # None is in no list and equals nothing
        return (lambda known: known[name] in value) if leaf.operator == "in" else (lambda known: known[name] == value)
    return lambda known: (fact := known[name]) is not None and test(fact, value)


def _fails(leaf: Leaf) -> Matches:
    name, value, test = leaf.attribute, leaf.prepared, TESTS[leaf.operator]
    return lambda known: (fact := known[name]) is not None and not test(fact, value)


TESTS: dict[str, _Test] = {
    "is": operator.eq,
    "equals": operator.eq,
    "starts_with": str.startswith,
    "ends_with": str.endswith,
    "in": lambda fact, value: fact in value,
    "not_in": lambda fact, value: fact not in value,
    "contains_any": lambda fact, value: not value.isdisjoint(fact),
    "contains_all": lambda fact, value: value <= fact,
    "contains_none": lambda fact, value: value.isdisjoint(fact),
    "in_cidr": lambda fact, value: fact in value,
    "not_in_cidr": lambda fact, value: fact not in value,
    "within": lambda fact, value: value.holds(fact),
    "eq": operator.eq,
    "lt": operator.lt,
    "lte": operator.le,
    "gt": operator.gt,
    "gte": operator.ge,
}
