"""Traits of an identity (contract/wire.md §1.4): which exist, and the checking of what a caller sends. Pure.

Five have columns because they are looked up; the rest live in one JSON column.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from apps.core import names
from apps.core.errors import Invalid, Violation, told

TYPE = "traits_v0"
COLUMNS = ("username", "primary_email_address", "external_id", "family_name", "given_name")
FURTHER = frozenset(
    """secondary_email_address formatted_name middle_name honorific_prefix honorific_suffix nick_name profile_url title
    user_type preferred_language locale timezone primary_phone secondary_phone mobile_phone street_address locality
    region postal_code country employee_number cost_center organization division department manager_id
    manager_display_name birth_date photo_url website_url""".split()
)
_LENGTHS = {"external_id": 256, "family_name": 128, "given_name": 128}
_FURTHER_LENGTH = 512


@dataclass(frozen=True, slots=True)
class Traits:
    """What was given, cleaned. A key absent from `columns` and `further` was not given; "" or None clears it. `provisioned`
    replaces what Identity.provisioned holds; None leaves it."""

    columns: Mapping[str, str] = field(default_factory=dict)
    further: Mapping[str, str | None] = field(default_factory=dict)
    provisioned: Mapping[str, Any] | None = None


def parse(given: object, *, root: str = "identity.traits", creating: bool) -> Traits:
    """Raises Invalid with every violation. `type` is required on each write, `username` at creation."""
    if not isinstance(given, Mapping):
        raise Invalid(Violation(root, "missing" if given is None else "not an object"))
    violations: list[Violation] = []
    if given.get("type") != TYPE:
        violations.append(
            Violation(f"{root}.type", "missing" if "type" not in given else told("must be %(name)s", name=TYPE))
        )
    columns: dict[str, str] = {}
    further: dict[str, str | None] = {}
    if creating and "username" not in given:
        violations.append(Violation(f"{root}.username", "missing"))
    for name, value in given.items():
        try:
            if name in COLUMNS:
                columns[name] = _column(name, value, f"{root}.{name}")
            elif name in FURTHER:
                further[name] = names.plain_text(value, field=f"{root}.{name}", length=_FURTHER_LENGTH) or None
            elif name != "type":
                violations.append(Violation(f"{root}.{name}", "unknown field"))
        except Invalid as refusal:
            violations.extend(refusal.violations)
    if violations:
        raise Invalid(violations)
    return Traits(columns, further)


def _column(name: str, value: Any, path: str) -> str:
    if name == "username":
        return names.username(value, field=path)
    if name == "primary_email_address":
        return names.email_address(value, field=path)
    return names.plain_text(value, field=path, length=_LENGTHS[name])
