"""Editing a draft's list of rules: every step takes the rules and returns new ones. Pure; the verbs check and store them."""

from collections.abc import Mapping, Sequence
from typing import Any

from apps.core.errors import NotFound

Rule = Mapping[str, Any]
Rules = Sequence[Any]


def find(rules: Rules, rule_id: str) -> dict[str, Any]:
    """Raises NotFound."""
    return dict(rules[_place(rules, rule_id)])


def inserted(rules: Rules, rule: Rule, place: int) -> list[Any]:
    """`place` 0 is on top; past the end is last."""
    return [*rules[:place], dict(rule), *rules[place:]]


def replaced(rules: Rules, rule: Rule) -> list[Any]:
    """The rule with the same id takes the new form where it stands. Raises NotFound."""
    place = _place(rules, rule["id"])
    return [*rules[:place], dict(rule), *rules[place + 1 :]]


def moved(rules: Rules, rule_id: str, by: int) -> list[Any]:
    """One or more places up (negative) or down, no further than the ends. Raises NotFound."""
    place = _place(rules, rule_id)
    rest = [*rules[:place], *rules[place + 1 :]]
    return inserted(rest, rules[place], min(max(place + by, 0), len(rest)))


def without(rules: Rules, rule_id: str) -> list[Any]:
    """Raises NotFound."""
    place = _place(rules, rule_id)
    return [*rules[:place], *rules[place + 1 :]]


def _place(rules: Rules, rule_id: str) -> int:
    for place, rule in enumerate(rules):
        if rule["id"] == rule_id:
            return place
    raise NotFound("Rule", rule_id)
