"""From JSON to rules and back. Every mistake is named with its path from the body's root; nothing is ever a crash. Pure."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from apps.core.errors import told
from apps.policy import attributes, matching, values
from apps.policy.rules import (
    DEFAULT_RULE,
    DEPTH_LIMIT,
    LEAF_LIMIT,
    NOTIFIED_LIMIT,
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

_RULE_FIELDS = frozenset({"id", "name", "description", "enabled", "transaction", "condition", "action", "notify"})
_TRANSACTIONS = ("any", *TransactionType)
_ADDRESS_LENGTH = 254
_NOT_IN_ADDRESSES = frozenset(' "(),:;<>[]\\')


class RuleError(Exception):
    """Why a rule set does not parse: (JSON path, description) pairs."""

    def __init__(self, problems: Sequence[tuple[str, str]]) -> None:
        super().__init__("; ".join(f"{path}: {why}" for path, why in problems))
        self.problems = tuple(problems)


class _Problems(list[tuple[str, str]]):
    def add(self, path: str, why: str) -> None:
        self.append((path, why))


def parse(given: Any, *, root: str = "policy.rules") -> tuple[Rule, ...]:
    """The rules of a JSON list. Raises RuleError with every problem and its JSON path."""
    if not isinstance(given, list):
        raise RuleError([(root, "must be a list")])
    if len(given) > RULE_LIMIT:
        raise RuleError([(root, told("array exceeds %(count)s elements", count=RULE_LIMIT))])
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


def printed(rules: Sequence[Rule]) -> list[dict[str, Any]]:
    """As JSON, with every field said that has a value by default; parsed again it is the same."""
    return [
        {
            "id": rule.id,
            "name": rule.name,
            "description": rule.description,
            "enabled": rule.enabled,
            "transaction": rule.transaction,
            "condition": _printed(rule.condition),
            "action": {"type": rule.action.value, **({"message": rule.message} if rule.message else {})},
            **({"notify": _printed_notify(rule)} if rule.tells else {}),
        }
        for rule in rules
    ]


def _printed_notify(rule: Rule) -> dict[str, Any]:
    emails = {"emails": list(rule.notify)} if rule.notify else {}
    return {**emails, "alert": True} if rule.alerts else emails


def _printed(condition: Condition) -> dict[str, Any]:
    match condition:
        case Leaf():
            return {name: getattr(condition, name) for name in ("attribute", "operator", "value")}
        case Negation(part):
            return {"not": _printed(part)}
        case Every(parts):
            return {"all": [_printed(part) for part in parts]} if parts else {}
        case Some(parts):
            return {"any": [_printed(part) for part in parts]}


def _parse_rule(given: Any, path: str, problems: _Problems) -> Rule:
    if not isinstance(given, Mapping):
        problems.add(path, "must be an object")
        return Rule("", "", False, "any", Every(), Action.DENY)
    for name in given:
        if name not in _RULE_FIELDS:
            problems.add(f"{path}.{name}", "unknown field")
    transaction = given.get("transaction")
    if transaction not in _TRANSACTIONS:
        problems.add(f"{path}.transaction", told("must be one of %(names)s", names=", ".join(_TRANSACTIONS)))
    if not isinstance(enabled := given.get("enabled", True), bool):
        problems.add(f"{path}.enabled", "must be true or false")
    action, message = _parse_action(given.get("action"), f"{path}.action", problems)
    condition = _parse_root(given.get("condition", {}), f"{path}.condition", problems)
    emails, alerts = (
        _parse_notify(given["notify"], action, f"{path}.notify", problems) if "notify" in given else _NOBODY
    )
    return Rule(
        id=_parse_id(given, f"{path}.id", problems),
        name=_text(given.get("name", ""), f"{path}.name", 100, problems),
        enabled=bool(enabled),
        transaction=str(transaction),
        condition=condition,
        action=action,
        message=message,
        description=_text(given.get("description", ""), f"{path}.description", 300, problems),
        notify=emails,
        alerts=alerts,
        matches=matching.surely(condition),
    )


def _parse_id(given: Mapping[str, Any], path: str, problems: _Problems) -> str:
    rule_id = _text(given.get("id", ""), path, 64, problems)
    if rule_id == DEFAULT_RULE or not rule_id:
        problems.add(path, "missing" if not rule_id else "is reserved")
    return rule_id


def _parse_action(given: Any, path: str, problems: _Problems) -> tuple[Action, str]:
    if not isinstance(given, Mapping) or given.get("type") not in list(Action):
        problems.add(f"{path}.type", told("must be one of %(names)s", names=", ".join(Action)))
        return Action.DENY, ""
    for name in given:
        if name not in ("type", "message"):
            problems.add(f"{path}.{name}", "unknown field")
    return Action(given["type"]), _text(given.get("message", ""), f"{path}.message", 300, problems)


def _parse_notify(given: Any, action: Action, path: str, problems: _Problems) -> tuple[tuple[str, ...], bool]:
    """(addresses, whether it alerts)."""
    if action not in (Action.MONITOR, Action.DENY):
        problems.add(path, "only a rule that monitors or denies notifies")
    if not isinstance(given, Mapping) or not given or not set(given) <= {"emails", "alert"}:
        problems.add(path, 'must be {"emails": […]}, {"alert": true} or both')
        return _NOBODY
    alerts = given.get("alert", False)
    if not isinstance(alerts, bool) or (not alerts and "emails" not in given):
        problems.add(f"{path}.alert", "must be true" if isinstance(alerts, bool) else "must be true or false")
        return _NOBODY
    return _parse_emails(given["emails"], f"{path}.emails", problems) if "emails" in given else (), alerts


_NOBODY: tuple[tuple[str, ...], bool] = ((), False)


def _parse_emails(given: Any, path: str, problems: _Problems) -> tuple[str, ...]:
    if not isinstance(given, list) or not 0 < len(given) <= NOTIFIED_LIMIT:
        problems.add(path, told("must be a list of 1 to %(count)s addresses", count=NOTIFIED_LIMIT))
        return ()
    for i, address in enumerate(given):
        if not _is_address(address):
            problems.add(f"{path}.{i}", "must be an e-mail address")
    return tuple(map(str, given))


def _is_address(given: Any) -> bool:
    """Enough to keep headers whole; whether anybody reads it, the mail finds out."""
    if not isinstance(given, str) or len(given) > _ADDRESS_LENGTH or not given.isprintable() or not given.isascii():
        return False
    local, at, domain = given.partition("@")
    return bool(local and at and domain) and not set(given) & _NOT_IN_ADDRESSES and "@" not in domain


def _text(given: Any, path: str, length: int, problems: _Problems) -> str:
    if not isinstance(given, str) or len(given) > length:
        problems.add(path, told("must be a string of at most %(count)s characters", count=length))
        return ""
    if not values.is_storable(given):
        problems.add(path, "holds a NUL or half a surrogate pair")
        return ""
    return given


def _parse_root(given: Any, path: str, problems: _Problems) -> Condition:
    before, counter = len(problems), [0]
    condition = _parse_condition(given, path, 1, counter, problems)
    if counter[0] > LEAF_LIMIT and len(problems) == before:
        problems.add(path, told("more than %(count)s leaves", count=LEAF_LIMIT))
    return condition


def _parse_condition(given: Any, path: str, depth: int, counter: list[int], problems: _Problems) -> Condition:
    if depth > DEPTH_LIMIT:
        problems.add(path, told("nested deeper than %(count)s", count=DEPTH_LIMIT))
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
        problems.add(path, told("more than %(count)s leaves", count=LEAF_LIMIT))
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
        problems.add(f"{path}.operator", told("must be one of %(names)s", names=", ".join(allowed)))
        return Every()
    value = given.get("value")
    where, why = values.fault(attribute, operator, value)
    if why:
        problems.add(f"{path}.value{where}", why)
        return Every()
    return Leaf(path, name, operator, value, values.prepare(attribute, operator, value))
