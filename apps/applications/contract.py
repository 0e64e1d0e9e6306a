"""Resource servers and roles as the contract writes and reads them (contract/wire.md §1.9). Pure."""

from collections.abc import Mapping
from typing import Any

from apps.applications.models import ResourceServer, Role
from apps.applications.scopes import checked_scopes
from apps.applications.services.resource_servers import checked_identifier
from apps.core import names
from apps.core.errors import Checks, checked_fields
from apps.core.times import rfc3339

# What we answer and nobody sets: ignored in a request (contract/wire.md §1.1 "update").
_SERVER_READ_ONLY = frozenset({"id", "realm_id", "tenant_id", "is_managed"})
_ROLE_READ_ONLY = frozenset({"id", "resource_server_id", "realm_id", "tenant_id", "create_time", "update_time"})

_SERVER: Checks = {
    "display_name": names.display_name,
    "identifier": checked_identifier,
    "scopes": checked_scopes,
}
_ROLE: Checks = {
    "display_name": names.display_name,
    "description": names.description,
}


def resource_server_json(server: ResourceServer) -> dict[str, Any]:
    return {
        "id": str(server.pk),
        "realm_id": server.realm_id,
        "tenant_id": server.tenant_id,
        "display_name": server.display_name,
        "is_managed": server.is_managed,
        "identifier": server.identifier,
        "scopes": server.scopes,
    }


def role_json(role: Role) -> dict[str, Any]:
    """Members and scopes have lists of their own."""
    return {
        "id": role.pk,
        "resource_server_id": str(role.resource_server_id),
        "realm_id": role.realm_id,
        "tenant_id": role.tenant_id,
        "display_name": role.display_name,
        "description": role.description,
        "create_time": rfc3339(role.created_at),
        "update_time": rfc3339(role.updated_at),
    }


def parse_resource_server(given: Mapping[str, Any], *, root: str = "resource_server") -> dict[str, Any]:
    """What `create_resource_server` takes. Raises Invalid with every violation."""
    return checked_fields(given, _SERVER, root=root, required=("display_name", "identifier"), ignored=_SERVER_READ_ONLY)


def parse_resource_server_changes(given: Mapping[str, Any], *, root: str = "resource_server") -> dict[str, Any]:
    """What `update_resource_server` takes. The identifier never changes, so it is passed over. Raises Invalid."""
    changeable = {name: check for name, check in _SERVER.items() if name != "identifier"}
    return checked_fields(given, changeable, root=root, ignored=_SERVER_READ_ONLY | {"identifier"})


def parse_role(given: Mapping[str, Any], *, root: str = "role") -> dict[str, Any]:
    """What `create_role` takes. Raises Invalid with every violation."""
    return checked_fields(given, _ROLE, root=root, required=("display_name",), ignored=_ROLE_READ_ONLY)


def parse_role_changes(given: Mapping[str, Any], *, root: str = "role") -> dict[str, Any]:
    """What `update_role` takes. Raises Invalid with every violation."""
    return checked_fields(given, _ROLE, root=root, ignored=_ROLE_READ_ONLY)
