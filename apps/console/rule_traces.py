"""A decision told rule by rule: each rule's sentence, whether it fitted, and what every condition of it found."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from apps.console.rule_sentences import Names, action_of, names_in, sentence_of
from apps.console.rule_words import attribute_words, operator_words, window_words
from apps.core.times import rfc3339
from apps.policy.engine import Decision


def lines_of(realm: Any, rules: Sequence[Mapping[str, Any]], decision: Decision) -> list[dict[str, Any]]:
    """A rule each, in order, with what every condition of it found."""
    asked = decision.asked
    facts = asked[1].facts if asked else {}
    names, known = names_in(realm, rules, facts), {rule["id"]: rule for rule in rules}
    lines = []
    for number, traced in enumerate(decision.trace, 1):
        rule = known[traced.rule_id]
        result, tone = _result(traced.result, rule, asked[1].type if asked else "")
        lines.append(
            {
                "number": number,
                "name": rule.get("name") or _("Rule %(number)s") % {"number": number},
                "sentence": sentence_of(rule, names),
                "action": action_of(rule),
                "result": result,
                "tone": tone,
                "decides": traced.rule_id == decision.matched_rule_id,
                "leaves": [_leaf(leaf, names) for leaf in traced.leaves],
            }
        )
    return lines


def facts_told(realm: Any, facts: Mapping[str, Any]) -> list[dict[str, str]]:
    """[{name, words, value}]: everything that was known, by what it is called."""
    names = names_in(realm, (), facts)
    return [
        {"name": name, "words": words[:1].upper() + words[1:], "value": values_words(name, value, names)}
        for name, value in sorted(facts.items())
        if (words := attribute_words(name))
    ]


def _result(result: str, rule: Mapping[str, Any], asked: str) -> tuple[str, str]:
    """(words, tone). Why a rule was not asked can be told from the rule."""
    if result == "matched":
        return _("Fits"), "ok"
    if result == "not_matched":
        return _("Does not fit"), "neutral"
    if not rule.get("enabled", True):
        return _("Switched off"), "neutral"
    return (_("Not reached") if rule["transaction"] in ("any", asked) else _("For something else")), "neutral"


def _leaf(leaf: Any, names: Names) -> dict[str, Any]:
    return {
        "attribute": attribute_words(leaf.attribute),
        "operator": operator_words(leaf.attribute, leaf.operator),
        "wanted": values_words(leaf.attribute, leaf.value, names),
        "actual": _("unknown") if leaf.unknown else values_words(leaf.attribute, leaf.actual, names),
        "result": leaf.result,
        "unknown": leaf.unknown,
    }


def values_words(attribute: str, given: Any, names: Names) -> str:
    """Of one value or of many."""
    values = given if isinstance(given, list | tuple | set | frozenset) else [given]
    return ", ".join(sorted(_value(attribute, each, names) for each in values)) or _("none")


def _value(attribute: str, value: Any, names: Names) -> str:
    if isinstance(value, bool):
        return _("true") if value else _("false")
    if isinstance(value, datetime):
        return rfc3339(value)
    return window_words(value) if isinstance(value, dict) else names.of(attribute, value)
