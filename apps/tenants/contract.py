"""The tenant as the contract writes and reads it (contract/wire.md §1.3). Pure."""

from collections.abc import Mapping
from typing import Any

from apps.core import names
from apps.core.errors import checked_fields
from apps.core.times import rfc3339
from apps.tenants.models import Tenant

_READ_ONLY = frozenset({"id", "create_time", "update_time"})


def tenant_json(tenant: Tenant) -> dict[str, Any]:
    return {
        "id": tenant.pk,
        "display_name": tenant.display_name,
        "create_time": rfc3339(tenant.created_at),
        "update_time": rfc3339(tenant.updated_at),
    }


def parse_tenant_changes(given: Mapping[str, Any], *, root: str = "tenant") -> dict[str, Any]:
    """What `update_tenant` takes. Raises Invalid with every violation."""
    return checked_fields(given, {"display_name": names.display_name}, root=root, ignored=_READ_ONLY)
