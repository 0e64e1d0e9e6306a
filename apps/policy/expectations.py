"""Policy tests: what the rules are expected to say of transactions, kept beside them (contract/extensions.md §6, §10). Pure.

`{"name", "transaction", "expect": {"action", "matched_rule_id"?}}`
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from apps.core.errors import Invalid, Violation, told
from apps.policy import transactions, values
from apps.policy.engine import Decision
from apps.policy.rules import Action
from apps.policy.transactions import Described

TEST_LIMIT = 200
_NAME_LENGTH = 100
_ID_LENGTH = 64
_DECIDING = tuple(action.value for action in Action if action is not Action.MONITOR)


@dataclass(frozen=True, slots=True)
class Expectation:
    """`matched_rule_id` "" expects nothing of which rule it is."""

    name: str
    transaction: Described
    action: str
    matched_rule_id: str = ""

    def is_met_by(self, decision: Decision) -> bool:
        return self.action == decision.action and self.matched_rule_id in ("", decision.matched_rule_id)


@dataclass(frozen=True, slots=True)
class Failure:
    """`actual` is of the same shape as `expected`, or says why there is none."""

    name: str
    expected: Mapping[str, Any]
    actual: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Outcome:
    passed: int
    failed: tuple[Failure, ...]


def parse(given: Any, *, root: str = "tests") -> tuple[Expectation, ...]:
    """Raises Invalid with every violation."""
    if not isinstance(given, list):
        raise Invalid(Violation(root, "missing" if given is None else "not a list"))
    if len(given) > TEST_LIMIT:
        raise Invalid(Violation(root, told("array exceeds %(count)s elements", count=TEST_LIMIT)))
    violations: list[Violation] = []
    parsed = [_parse(item, f"{root}.{i}", violations) for i, item in enumerate(given)]
    seen: set[str] = set()
    for i, item in enumerate(given):
        name = item.get("name") if isinstance(item, Mapping) else None
        if isinstance(name, str) and name in seen:
            violations.append(Violation(f"{root}.{i}.name", "used by a test above"))
        seen.add(str(name))
    if violations:
        raise Invalid(violations)
    return tuple(test for test in parsed if test is not None)


def written(tests: tuple[Expectation, ...]) -> list[dict[str, Any]]:
    return [
        {"name": test.name, "transaction": transactions.written(test.transaction), "expect": expected_by(test)}
        for test in tests
    ]


def expected_by(test: Expectation) -> dict[str, Any]:
    return {"action": test.action, **({"matched_rule_id": test.matched_rule_id} if test.matched_rule_id else {})}


def _parse(given: Any, path: str, violations: list[Violation]) -> Expectation | None:
    if not isinstance(given, Mapping):
        violations.append(Violation(path, "not an object"))
        return None
    before = len(violations)
    for name in given:
        if name not in ("name", "transaction", "expect"):
            violations.append(Violation(f"{path}.{name}", "unknown field"))
    name = given.get("name")
    if not isinstance(name, str) or not 0 < len(name) <= _NAME_LENGTH or not values.is_storable(name):
        violations.append(
            Violation(f"{path}.name", told("must be a string of 1 to %(count)s characters", count=_NAME_LENGTH))
        )
    described = None
    try:
        described = transactions.parse(given.get("transaction"), root=f"{path}.transaction")
    except Invalid as refusal:
        violations.extend(refusal.violations)
    action, rule_id = _parse_expect(given.get("expect"), f"{path}.expect", violations)
    if described is None or len(violations) > before:
        return None
    return Expectation(str(name), described, action, rule_id)


def _parse_expect(given: Any, path: str, violations: list[Violation]) -> tuple[str, str]:
    if not isinstance(given, Mapping):
        violations.append(Violation(path, "missing" if given is None else "not an object"))
        return "", ""
    for name in given:
        if name not in ("action", "matched_rule_id"):
            violations.append(Violation(f"{path}.{name}", "unknown field"))
    action, rule_id = given.get("action"), given.get("matched_rule_id", "")
    if action not in _DECIDING:
        violations.append(Violation(f"{path}.action", told("must be one of %(names)s", names=", ".join(_DECIDING))))
    if not isinstance(rule_id, str) or len(rule_id) > _ID_LENGTH or not values.is_storable(rule_id):
        violations.append(Violation(f"{path}.matched_rule_id", "not an id"))
    return str(action), str(rule_id)
