"""Identity providers as the management API writes and reads them (contract/extensions.md §9). The secret goes in and never
comes out."""

from collections.abc import Mapping
from typing import Any

from apps.core.errors import Invalid, Violation, checked_fields
from apps.core.times import rfc3339
from apps.federation import configuration
from apps.federation.models import IdentityProvider
from apps.federation.trials import Told

ROOT = "identity_provider"
REQUIRED = ("display_name", "type", "issuer", "client_id", "client_secret")
_READ_ONLY = frozenset({"id", "realm_id", "tenant_id", "redirect_uri", "create_time", "update_time"})


def identity_provider_json(provider: IdentityProvider) -> dict[str, Any]:
    return {
        "id": provider.pk,
        "realm_id": provider.realm_id,
        "tenant_id": provider.tenant_id,
        "display_name": provider.display_name,
        "type": provider.type,
        "issuer": provider.issuer,
        "client_id": provider.client_id,
        "scopes": provider.scopes,
        "attribute_map": provider.attribute_map,
        "link_by_verified_email": provider.link_by_verified_email,
        "create_identities": provider.create_identities,
        "enabled": provider.enabled,
        "redirect_uri": configuration.redirect_uri(provider),
        "create_time": rfc3339(provider.created_at),
        "update_time": rfc3339(provider.updated_at),
    }


def check_json(told: Told) -> dict[str, Any]:
    return {
        "usable": told.is_usable,
        "checks": [{"name": each.name, "passed": each.passed, "detail": each.detail} for each in told.checks],
    }


def parse_identity_provider(given: Mapping[str, Any]) -> dict[str, Any]:
    """What `create_identity_provider` takes. Raises Invalid with every violation."""
    return checked_fields(given, configuration.NEW_CHECKS, root=ROOT, required=REQUIRED, ignored=_READ_ONLY)


def parse_identity_provider_changes(given: Mapping[str, Any], provider: IdentityProvider) -> dict[str, Any]:
    """What `update_identity_provider` takes. Type and issuer stay what they were: saying them again is no change. Raises
    Invalid."""

    def same(name: str) -> Any:
        def check(value: Any, *, field: str) -> Any:
            if value != getattr(provider, name):
                raise Invalid(Violation(field, "cannot be changed"))
            return value

        return check

    checks = {"type": same("type"), "issuer": same("issuer"), **configuration.CHECKS}
    found = checked_fields(given, checks, root=ROOT, ignored=_READ_ONLY)
    return {name: value for name, value in found.items() if name in configuration.CHECKS}
