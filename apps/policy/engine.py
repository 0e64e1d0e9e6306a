"""The policy: decide a transaction, say why. Pure: values in, values out, no clock, no database.

Rules are asked top down; the first terminating match decides, `monitor` is noted on the way, nothing matched denies.
A fact that is not known makes its leaf false, and `not` over it false too: whoever hides a fact gains nothing.
Grammar and limits: contract/extensions.md §6 and §10.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from apps.policy.matching import TESTS, Known
from apps.policy.parsing import RuleError, parse, printed
from apps.policy.rules import (
    DEFAULT_RULE,
    DEPTH_LIMIT,
    LEAF_LIMIT,
    RULE_LIMIT,
    Action,
    Condition,
    Every,
    Leaf,
    Negation,
    Rule,
    Some,
    TransactionType,
)

__all__ = [
    "DEFAULT_RULE", "DEPTH_LIMIT", "LEAF_LIMIT", "RULE_LIMIT", "Action", "Condition", "Decision", "Every", "Leaf",
    "LeafTrace", "Negation", "Rule", "RuleError", "RuleTrace", "Some", "Transaction", "TransactionType", "attributes_of",
    "decide", "parse", "printed",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Transaction:
    """What is asked about. `facts`: attribute name → value; an attribute that is not there is unknown. `named`: identity_id
    and its like, which no rule asks and the record keeps."""

    type: TransactionType
    facts: Mapping[str, Any]
    named: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LeafTrace:
    path: str
    attribute: str
    operator: str
    value: Any
    actual: Any
    result: bool
    unknown: bool


@dataclass(frozen=True, slots=True)
class RuleTrace:
    rule_id: str
    result: str  # matched | not_matched | skipped
    leaves: tuple[LeafTrace, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """`matched_rule_id` is DEFAULT_RULE when none matched. The trace is worked out when it is asked for."""

    action: Action
    matched_rule_id: str
    message: str = ""
    monitors: tuple[str, ...] = ()
    asked: tuple[Sequence[Rule], Transaction] | None = field(default=None, compare=False, repr=False)

    @property
    def denies(self) -> bool:
        return self.action == Action.DENY

    @property
    def needs_user_verification(self) -> bool:
        return self.action in (Action.ALLOW_WITH_OS_VERIFICATION, Action.ALLOW_WITH_BIOMETRIC)

    @property
    def trace(self) -> tuple[RuleTrace, ...]:
        """Of every rule in its order; those that were not asked (disabled, for another transaction, below the one that
        decided) are skipped."""
        return tuple(_traces(self.matched_rule_id, *self.asked)) if self.asked else ()


def decide(rules: Sequence[Rule], transaction: Transaction) -> Decision:
    """First terminating match wins; monitors are noted on the way; nothing matched denies. Never raises."""
    monitors: list[str] = []
    known, kind = Known(transaction.facts), transaction.type
    for rule in rules:
        if rule.enabled and (rule.transaction == kind or rule.transaction == "any") and rule.matches(known):
            if rule.action is Action.MONITOR:
                monitors.append(rule.id)
            else:
                return Decision(rule.action, rule.id, rule.message, tuple(monitors), (rules, transaction))
    return Decision(Action.DENY, DEFAULT_RULE, "", tuple(monitors), (rules, transaction))


def attributes_of(rules: Sequence[Rule]) -> frozenset[str]:
    """Every attribute that the rules ask about, those of disabled ones left out."""
    return frozenset(leaf.attribute for rule in rules if rule.enabled for leaf in _leaves(rule.condition))


def _traces(decided_by: str, rules: Sequence[Rule], transaction: Transaction) -> Iterator[RuleTrace]:
    known, kind, decided = Known(transaction.facts), transaction.type, False
    for rule in rules:
        if decided or not rule.enabled or rule.transaction not in ("any", kind):
            yield RuleTrace(rule.id, "skipped")
            continue
        leaves = tuple(_trace(leaf, known) for leaf in _leaves(rule.condition))
        yield RuleTrace(rule.id, "matched" if rule.matches(known) else "not_matched", leaves)
        decided = rule.id == decided_by


def _trace(leaf: Leaf, known: Known) -> LeafTrace:
    fact = known[leaf.attribute]
    result = fact is not None and TESTS[leaf.operator](fact, leaf.prepared)
    actual = known.facts.get(leaf.attribute)
    return LeafTrace(leaf.path, leaf.attribute, leaf.operator, leaf.value, actual, result, fact is None)


def _leaves(condition: Condition) -> Iterator[Leaf]:
    match condition:
        case Leaf():
            yield condition
        case Negation(part):
            yield from _leaves(part)
        case Every(parts) | Some(parts):
            for part in parts:
                yield from _leaves(part)
