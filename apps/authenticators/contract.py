"""Authenticator configs as the contract writes and reads them (contract/wire.md §1.8). Pure."""

from collections.abc import Mapping
from typing import Any

from apps.authenticators import configuration
from apps.authenticators.models import AuthenticatorConfig
from apps.core import names
from apps.core.errors import Invalid, Violation, checked_fields

# What we answer and nobody sets: ignored in a request (contract/wire.md §1.1 "update").
_READ_ONLY = frozenset({"id", "realm_id", "tenant_id"})
# What the contract wants said although we would know what to take instead.
_SAID = {"hosted_web": ("authentication_methods", "trusted_origins"), "embedded": ("trusted_origins",)}


def authenticator_config_json(config: AuthenticatorConfig) -> dict[str, Any]:
    return {
        "id": str(config.pk),
        "realm_id": config.realm_id,
        "tenant_id": config.tenant_id,
        "display_name": config.display_name,
        "config": config.config,
    }


def parse_authenticator_config(given: Mapping[str, Any], *, root: str = "authenticator_config") -> dict[str, Any]:
    """What `create_authenticator_config` takes. Raises Invalid with every violation."""
    checks = {"display_name": names.display_name, "config": _whole}
    return checked_fields(given, checks, root=root, required=("display_name", "config"), ignored=_READ_ONLY)


def parse_authenticator_config_changes(
    given: Mapping[str, Any], *, root: str = "authenticator_config"
) -> dict[str, Any]:
    """What `update_authenticator_config` takes; it judges `settings` when it knows what they change. Raises Invalid."""
    checks = {"display_name": names.display_name, "config": _some}
    found = checked_fields(given, checks, root=root, ignored=_READ_ONLY)
    return {"settings" if name == "config" else name: value for name, value in found.items()}


def _whole(value: Any, *, field: str) -> Any:
    violations: list[Violation] = []
    if isinstance(value, Mapping):
        said = _SAID.get(str(value.get("type")), ())
        violations += [Violation(f"{field}.{name}", "missing") for name in said if name not in value]
    try:
        checked = configuration.parse(value)
    except Invalid as refusal:
        violations += refusal.violations
    if violations:
        raise Invalid(violations)
    return checked


def _some(value: Any, *, field: str) -> Any:
    if not isinstance(value, Mapping):
        raise Invalid(Violation(field, "not an object"))
    return value
