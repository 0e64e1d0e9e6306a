"""The table of what a rule may ask about (extensions.md §6), row by row: each attribute with each of its operators matches,
does not match, and is not known. An attribute that is added without its rows here fails."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from apps.policy import attributes, engine
from apps.policy.attributes import Kind
from apps.policy.engine import RuleError, Transaction, TransactionType

TRAIT = "identity.traits.department"
HOURS = {"start": "08:00", "end": "18:00", "weekdays": ["mon"], "zone": "Europe/Berlin"}
MONDAY_NOON, MONDAY_NIGHT = datetime(2026, 11, 23, 12, tzinfo=UTC), datetime(2026, 11, 23, 22, tzinfo=UTC)
Row = tuple[Any, list[Any], list[Any]]  # (value, facts that match, facts that do not)


def _text(one: str, other: str) -> dict[str, Row]:
    return {
        "equals": (one.upper(), [one, one.title()], [other, f"{one}x"]),
        "in": ([one.upper(), "third"], [one, "Third"], [other, f"x{one}"]),
        "starts_with": (one[:2].upper(), [one, f"{one}x"], [other, f"x{one}"]),
        "ends_with": (one[-6:].upper(), [one, f"x{one}"], [other, f"{one}x"]),
    }


def _one_of(one: str, other: str) -> dict[str, Row]:
    return {"in": ([one], [one], [other]), "not_in": ([one], [other], [one])}


def _numbers() -> dict[str, Row]:
    return {
        "eq": (3, [3], [2, 4]), "lt": (3, [2, 0], [3, 4]), "lte": (3, [2, 3], [4]),
        "gt": (3, [4], [3, 2]), "gte": (3, [3, 4], [2]),
    }  # fmt: skip


def _versions() -> dict[str, Row]:
    return {
        "eq": ("17", ["17", "17.0.0"], ["17.1", "16"]), "lt": ("17.4", ["17.3.9", "9"], ["17.4.0", "17.10"]),
        "lte": ("17.4", ["17.4", "17"], ["17.4.1"]), "gt": ("17.4", ["17.4.0.1", "18"], ["17.4", "17"]),
        "gte": ("17.4", ["17.4", "17.10"], ["17.3", "9"]),
    }  # fmt: skip


FLAG: dict[str, Row] = {"is": (True, [True], [False])}
MEASURE: dict[str, Row] = {"lt": (900.5, [900, 0], [900.5, 901]), "gt": (900.5, [901, 900.6], [900.5, 3])}
TABLE: dict[str, dict[str, Row]] = {
    "application.id": _one_of("shop", "till"),
    "identity.id": {"in": (["a1", "b2"], ["a1", "b2"], ["c3"])},
    "identity.group_ids": {
        "contains_any": (["a", "b"], [["b", "c"], {"a"}], [["c"], []]),
        "contains_all": (["a", "b"], [["a", "b", "c"]], [["a"], []]),
        "contains_none": (["a", "b"], [["c"], []], [["c", "b"]]),
    },
    "identity.username": _text("bob", "eve"),
    "identity.email": _text("bob@acme.test", "eve@evil.test"),
    "identity.email_domain": _text("acme.test", "evil.example"),
    TRAIT: _text("sales", "finance"),
    "identity.credential_count": _numbers(),
    "identity.days_since_last_authentication": _numbers(),
    "identity.days_since_created": _numbers(),
    "credential.binding": _one_of("hardware", "synced"),
    "credential.method": _one_of("webauthn", "otp"),
    "credential.aaguid": _one_of("ea9b8d66-4d01-1d21-3ce4-b6b48cb575d4", "00000000-0000-0000-0000-000000000000"),
    "credential.provider_name": _one_of("iCloud Keychain", "1Password"),
    "credential.user_verified": FLAG,
    "credential.attestation_trusted": FLAG,
    "device.platform": _one_of("windows", "linux"),
    "device.os_version": _versions(),
    "device.is_new": FLAG,
    "browser.name": _one_of("firefox", "chrome"),
    "browser.version": _versions(),
    "authenticator.type": _one_of("embedded", "hosted_web"),
    "authenticator.version": _versions(),
    "request.ip": {
        "in_cidr": (["203.0.113.0/24", "2001:db8::/32"], ["203.0.113.7", "::ffff:203.0.113.7", "2001:db8::1"], ["8.8.8.8"]),
        "not_in_cidr": (["203.0.113.0/24"], ["8.8.8.8", "2001:db8::1"], ["203.0.113.7"]),
    },
    "request.ip_is_new": FLAG,
    "request.country": _one_of("DE", "FR"),
    "request.asn": {"in": ([64496], [64496], [64497]), "not_in": ([64496], [64497], [64496])},
    "request.time": {"within": (HOURS, [MONDAY_NOON, MONDAY_NOON.isoformat()], [MONDAY_NIGHT])},
    "risk.travel_speed_kmh": MEASURE,
    "risk.failed_attempts_1h": MEASURE,
    "binding.reason": {"in": (["first", "invited"], ["first", "invited"], ["additional"])},
    "add_device.role": {"in": (["source"], ["source"], ["target"])},
}  # fmt: skip
PAIRS = [(name, operator) for name, rows in TABLE.items() for operator in rows]
# Of each kind a value and a fact that are of another.
OTHER = {
    Kind.ID: 5, Kind.IDS: 5, Kind.STRING: 5, Kind.INTEGER: "3", Kind.NUMBER: "3", Kind.ENUM: 5, Kind.BOOLEAN: "true",
    Kind.VERSION: 17, Kind.IP: "host", Kind.CODE: "Germany", Kind.TIME: "08:00",
}  # fmt: skip


def test_every_attribute_has_a_row_for_every_operator_it_takes() -> None:
    wanted = {name: attributes.operators_of(found) for name, found in attributes.ATTRIBUTES.items()}
    wanted[TRAIT] = attributes.OPERATORS[Kind.STRING]
    assert {name: frozenset(rows) for name, rows in TABLE.items()} == wanted


def test_the_documentation_has_the_same_table() -> None:
    """Each row: attributes, their values, their operators."""
    told: dict[str, frozenset[str]] = {}
    for line in Path("docs/policy.md").read_text(encoding="utf-8").splitlines():
        cells = line.strip("|").split("|")
        if line.startswith("| `") and len(cells) == 3:
            operators = frozenset(re.findall(r"`([a-z_]+)`", cells[2]))
            told.update(dict.fromkeys(re.findall(r"`([a-z0-9_.<>]+)`", cells[0]), operators))
    told[TRAIT] = told.pop("identity.traits.<name>")
    assert told == {name: frozenset(rows) for name, rows in TABLE.items()}


def leaf(name: str, operator: str, value: Any) -> dict[str, Any]:
    return {"attribute": name, "operator": operator, "value": value}


def rule(condition: Any, number: int = 1) -> dict[str, Any]:
    return {"id": f"r{number}", "transaction": "any", "condition": condition, "action": {"type": "allow"}}


def decided(condition: dict[str, Any], facts: dict[str, Any]) -> tuple[bool, bool]:
    """(whether the condition holds, whether its negation does)."""
    asked = Transaction(TransactionType.AUTHENTICATION, facts)
    both = (engine.decide(engine.parse([rule(one)]), asked) for one in (condition, {"not": condition}))
    first, second = (decision.matched_rule_id == "r1" for decision in both)
    return first, second


@pytest.mark.parametrize(("name", "operator"), PAIRS)
def test_it_matches_what_it_says_and_nothing_else(name: str, operator: str) -> None:
    value, hits, misses = TABLE[name][operator]
    for fact in hits:
        assert decided(leaf(name, operator, value), {name: fact}) == (True, False), fact
    for fact in misses:
        assert decided(leaf(name, operator, value), {name: fact}) == (False, True), fact


@pytest.mark.parametrize(("name", "operator"), PAIRS)
def test_what_is_not_known_or_of_another_kind_matches_neither_it_nor_its_negation(name: str, operator: str) -> None:
    condition = leaf(name, operator, TABLE[name][operator][0])
    found = attributes.find(name)
    assert found is not None
    no_facts: list[dict[str, Any]] = [{}, {name: None}, {name: {}}, {"identity.shoe_size": 44}]
    if found.kind is not Kind.CODE or found.integers:  # any text may be the code of a country that there will be
        no_facts.append({name: OTHER[found.kind]})
    for facts in no_facts:
        assert decided(condition, facts) == (False, False), facts


@pytest.mark.parametrize("name", TABLE)
def test_an_operator_of_another_kind_is_refused_at_its_path(name: str) -> None:
    value = next(iter(TABLE[name].values()))[0]
    for operator in {each for kind in attributes.OPERATORS.values() for each in kind} - set(TABLE[name]):
        with pytest.raises(RuleError) as refused:
            engine.parse([rule({"all": [leaf(name, operator, value)]})])
        assert [path for path, _ in refused.value.problems] == ["policy.rules.0.condition.all.0.operator"]


def wrong_value(name: str, operator: str) -> tuple[Any, str]:
    """(value of another kind, where below `value` it is wrong)."""
    found = attributes.find(name)
    assert found is not None
    other, right = "AS64496" if found.integers else OTHER[found.kind], TABLE[name][operator][0]
    return ([*right, other], f".{len(right)}") if isinstance(right, list) else (other, "")


@pytest.mark.parametrize(("name", "operator"), PAIRS)
def test_a_value_of_another_kind_is_refused_at_its_path(name: str, operator: str) -> None:
    value, where = wrong_value(name, operator)
    with pytest.raises(RuleError) as refused:
        engine.parse([rule({"not": leaf(name, operator, value)})])
    assert [path for path, _ in refused.value.problems] == [f"policy.rules.0.condition.not.value{where}"]
