"""The policy language: parse rules, decide a transaction, say why. Pure: values in, values out, no clock, no database.

Rules are asked top down; the first terminating match decides, `monitor` is noted on the way, nothing matched denies.
A fact that is not known makes its leaf false, and `not` over it false too: whoever hides a fact gains nothing.
Grammar and limits: contract/extensions.md §6 and §10.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from apps.policy import attributes, values

DEPTH_LIMIT = 8
RULE_LIMIT = 200
LEAF_LIMIT = 50
DEFAULT_RULE = "default"


class TransactionType(StrEnum):
    AUTHENTICATION = "authentication"
    CREDENTIAL_BINDING = "credential_binding"
    ADD_DEVICE = "add_device"


class Action(StrEnum):
    ALLOW = "allow"
    ALLOW_WITH_OS_VERIFICATION = "allow_with_os_verification"
    ALLOW_WITH_BIOMETRIC = "allow_with_biometric"
    MONITOR = "monitor"
    DENY = "deny"


class RuleError(Exception):
    """Why a rule set does not parse: (JSON path, description) pairs."""

    def __init__(self, problems: Sequence[tuple[str, str]]) -> None:
        super().__init__("; ".join(f"{path}: {why}" for path, why in problems))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class Leaf:
    """`prepared` is the value as it is compared: read once when the rule is parsed, not at every sign-in."""

    path: str
    attribute: str
    operator: str
    value: Any
    prepared: Any = field(compare=False)


@dataclass(frozen=True, slots=True)
class Every:
    """`all`; with nothing in it, `{}`: matches."""

    parts: tuple["Condition", ...] = ()


@dataclass(frozen=True, slots=True)
class Some:
    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Negation:
    part: "Condition"


Condition = Leaf | Every | Some | Negation


@dataclass(frozen=True, slots=True)
class Rule:
    id: str
    name: str
    enabled: bool
    transaction: str
    condition: Condition
    action: Action
    message: str = ""


@dataclass(frozen=True, slots=True)
class Transaction:
    """What is asked about. `facts`: attribute name → value; an attribute that is not there is unknown."""

    type: TransactionType
    facts: Mapping[str, Any]


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
    action: Action
    matched_rule_id: str
    message: str = ""
    monitors: tuple[str, ...] = ()
    trace: tuple[RuleTrace, ...] = field(default=(), compare=False)

    @property
    def denies(self) -> bool:
        return self.action == Action.DENY

    @property
    def needs_user_verification(self) -> bool:
        return self.action in (Action.ALLOW_WITH_OS_VERIFICATION, Action.ALLOW_WITH_BIOMETRIC)


def decide(rules: Sequence[Rule], transaction: Transaction) -> Decision:
    """First terminating match wins; monitors are noted on the way; nothing matched denies."""
    monitors: list[str] = []
    trace: list[RuleTrace] = []
    for rule in rules:
        if not rule.enabled or rule.transaction not in ("any", transaction.type):
            trace.append(RuleTrace(rule.id, "skipped"))
            continue
        leaves: list[LeafTrace] = []
        matched = _evaluate(rule.condition, transaction.facts, leaves) is True
        trace.append(RuleTrace(rule.id, "matched" if matched else "not_matched", tuple(leaves)))
        if matched and rule.action == Action.MONITOR:
            monitors.append(rule.id)
        elif matched:
            return Decision(rule.action, rule.id, rule.message, tuple(monitors), tuple(trace))
    return Decision(Action.DENY, DEFAULT_RULE, "", tuple(monitors), tuple(trace))


def _evaluate(condition: Condition, facts: Mapping[str, Any], leaves: list[LeafTrace]) -> bool | None:
    """Kleene logic: None is "cannot tell". Only a plain True matches, so a negated unknown does not."""
    match condition:
        case Leaf():
            return _evaluate_leaf(condition, facts, leaves)
        case Negation(part):
            found = _evaluate(part, facts, leaves)
            return None if found is None else not found
        case Every(parts):
            results = [_evaluate(part, facts, leaves) for part in parts]
            return False if False in results else None if None in results else True
        case Some(parts):
            results = [_evaluate(part, facts, leaves) for part in parts]
            return True if True in results else None if None in results else False


def _evaluate_leaf(leaf: Leaf, facts: Mapping[str, Any], leaves: list[LeafTrace]) -> bool | None:
    fact = facts.get(leaf.attribute)
    result: bool | None = None
    if fact is not None:
        attribute = attributes.find(leaf.attribute)
        try:
            result = attribute is not None and values.holds(attribute, leaf.operator, leaf.prepared, fact)
        except (ValueError, TypeError, AttributeError):
            result = None  # a fact of the wrong shape is no fact
    leaves.append(LeafTrace(leaf.path, leaf.attribute, leaf.operator, leaf.value, fact, result is True, result is None))
    return result


# --- parsing -----------------------------------------------------------------------------------------------------------


class _Problems(list[tuple[str, str]]):
    def add(self, path: str, why: str) -> None:
        self.append((path, why))


_RULE_FIELDS = frozenset({"id", "name", "description", "enabled", "transaction", "condition", "action"})
_TRANSACTIONS = ("any", *TransactionType)


def parse(given: Any, *, root: str = "policy.rules") -> tuple[Rule, ...]:
    """The rules of a JSON list. Raises RuleError with every problem and its JSON path."""
    if not isinstance(given, list):
        raise RuleError([(root, "must be a list")])
    if len(given) > RULE_LIMIT:
        raise RuleError([(root, f"array exceeds {RULE_LIMIT} elements")])
    problems = _Problems()
    rules = [_parse_rule(item, f"{root}.{i}", problems) for i, item in enumerate(given)]
    seen: set[str] = set()
    for i, rule in enumerate(rules):
        if rule.id in seen:
            problems.add(f"{root}.{i}.id", "used by a rule above")
        seen.add(rule.id)
    if problems:
        raise RuleError(problems)
    return tuple(rules)


def _parse_rule(given: Any, path: str, problems: _Problems) -> Rule:
    if not isinstance(given, Mapping):
        problems.add(path, "must be an object")
        return Rule("", "", False, "any", Every(), Action.DENY)
    for name in given:
        if name not in _RULE_FIELDS:
            problems.add(f"{path}.{name}", "unknown field")
    _text(given.get("description", ""), f"{path}.description", 300, problems)
    transaction = given.get("transaction")
    if transaction not in _TRANSACTIONS:
        problems.add(f"{path}.transaction", f"must be one of {', '.join(_TRANSACTIONS)}")
    if not isinstance(enabled := given.get("enabled", True), bool):
        problems.add(f"{path}.enabled", "must be true or false")
    action, message = _parse_action(given.get("action"), f"{path}.action", problems)
    before = len(problems)
    counter = [0]
    condition = _parse_condition(given.get("condition", {}), f"{path}.condition", 1, counter, problems)
    if counter[0] > LEAF_LIMIT and len(problems) == before:
        problems.add(f"{path}.condition", f"more than {LEAF_LIMIT} leaves")
    rule_id = _text(given.get("id", ""), f"{path}.id", 64, problems)
    if rule_id == DEFAULT_RULE or not rule_id:
        problems.add(f"{path}.id", "missing" if not rule_id else "is reserved")
    name = _text(given.get("name", ""), f"{path}.name", 100, problems)
    return Rule(rule_id, name, bool(enabled), str(transaction), condition, action, message)


def _parse_action(given: Any, path: str, problems: _Problems) -> tuple[Action, str]:
    if not isinstance(given, Mapping) or given.get("type") not in list(Action):
        problems.add(f"{path}.type", f"must be one of {', '.join(Action)}")
        return Action.DENY, ""
    for name in given:
        if name not in ("type", "message"):
            problems.add(f"{path}.{name}", "unknown field")
    return Action(given["type"]), _text(given.get("message") or "", f"{path}.message", 300, problems)


def _text(given: Any, path: str, length: int, problems: _Problems) -> str:
    if not isinstance(given, str) or len(given) > length:
        problems.add(path, f"must be a string of at most {length} characters")
        return ""
    if not values.is_storable(given):
        problems.add(path, "holds a NUL or half a surrogate pair")
        return ""
    return given


def _parse_condition(given: Any, path: str, depth: int, counter: list[int], problems: _Problems) -> Condition:
    if depth > DEPTH_LIMIT:
        problems.add(path, f"nested deeper than {DEPTH_LIMIT}")
        return Every()
    if not isinstance(given, Mapping):
        problems.add(path, "must be an object")
        return Every()
    if not given and depth == 1:
        return Every()
    if "attribute" in given:
        counter[0] += 1
        return _parse_leaf(given, path, problems)
    if len(given) != 1 or (kind := next(iter(given))) not in ("all", "any", "not"):
        problems.add(path, 'must be {"all":[…]}, {"any":[…]}, {"not":{…}} or a leaf with attribute, operator, value')
        return Every()
    if kind == "not":
        return Negation(_parse_condition(given["not"], f"{path}.not", depth + 1, counter, problems))
    return _parse_list(kind, given[kind], f"{path}.{kind}", depth, counter, problems)


def _parse_list(kind: str, given: Any, path: str, depth: int, counter: list[int], problems: _Problems) -> Condition:
    if not isinstance(given, list) or not given:
        problems.add(path, "must be a list with at least one element")
        return Every()
    if len(given) > LEAF_LIMIT:
        problems.add(path, f"more than {LEAF_LIMIT} leaves")
        return Every()
    parts = tuple(_parse_condition(item, f"{path}.{i}", depth + 1, counter, problems) for i, item in enumerate(given))
    make: Callable[[tuple[Condition, ...]], Condition] = Every if kind == "all" else Some
    return make(parts)


def _parse_leaf(given: Mapping[str, Any], path: str, problems: _Problems) -> Condition:
    for name in given:
        if name not in ("attribute", "operator", "value"):
            problems.add(f"{path}.{name}", "unknown field")
    name, operator = given["attribute"], given.get("operator")
    attribute = attributes.find(name) if isinstance(name, str) else None
    if attribute is None:
        problems.add(f"{path}.attribute", "unknown attribute")
        return Every()
    allowed = sorted(attributes.operators_of(attribute))
    if operator not in allowed:
        problems.add(f"{path}.operator", f"must be one of {', '.join(allowed)}")
        return Every()
    value = given.get("value")
    if why := values.check(attribute, operator, value):
        problems.add(f"{path}.value", why)
        return Every()
    return Leaf(path, name, operator, value, values.prepare(operator, value))
