"""Applications, resource servers and roles as the contract writes and reads them (contract/wire.md §1.7, §1.9). Pure."""

from collections.abc import Mapping
from typing import Any

from apps.applications.configured import protocol_config_of
from apps.applications.models import Application, ResourceServer, Role
from apps.applications.scopes import checked_scopes
from apps.applications.services.resource_servers import checked_identifier
from apps.core import names
from apps.core.errors import Checks, Invalid, Violation, checked_fields, told
from apps.core.times import rfc3339

# What we answer and nobody sets: ignored in a request (contract/wire.md §1.1 "update").
_APPLICATION_READ_ONLY = frozenset({"id", "realm_id", "tenant_id", "is_managed", "classification"})
_SERVER_READ_ONLY = frozenset({"id", "realm_id", "tenant_id", "is_managed"})
_ROLE_READ_ONLY = frozenset({"id", "resource_server_id", "realm_id", "tenant_id", "create_time", "update_time"})

LONGEST_GRACE_SECONDS = 30 * 86_400


def _object(value: Any, *, field: str) -> Any:
    """What is in it, the verb judges."""
    if not isinstance(value, Mapping):
        raise Invalid(Violation(field, "missing" if value is None else "not an object"))
    return value


def _reference(value: Any, *, field: str) -> str:
    """An id, or "" for none."""
    if value is not None and not isinstance(value, str):
        raise Invalid(Violation(field, "not a string"))
    return value or ""


def _grace(value: Any, *, field: str) -> int:
    if type(value) is not int or not 0 <= value <= LONGEST_GRACE_SECONDS:
        raise Invalid(Violation(field, told("must be 0 to %(most)s seconds", most=LONGEST_GRACE_SECONDS)))
    return value


_APPLICATION: Checks = {
    "display_name": names.display_name,
    "protocol_config": _object,
    "resource_server_id": _reference,
    "authenticator_config_id": _reference,
}
_SERVER: Checks = {
    "display_name": names.display_name,
    "identifier": checked_identifier,
    "scopes": checked_scopes,
}
_ROLE: Checks = {
    "display_name": names.display_name,
    "description": names.description,
}


def application_json(application: Application, *, client_secret: str = "") -> dict[str, Any]:
    """`client_secret` is in the answers that make one, and in no other (contract/extensions.md §4)."""
    references = {
        "resource_server_id": application.resource_server_id,
        "authenticator_config_id": application.authenticator_config_id,
    }
    secret = {"client_secret": client_secret} if client_secret else {}
    return {
        "id": str(application.pk),
        "realm_id": application.realm_id,
        "tenant_id": application.tenant_id,
        **{name: str(value) for name, value in references.items() if value},
        "display_name": application.display_name,
        "is_managed": application.is_managed,
        **({"classification": application.classification} if application.classification else {}),
        "protocol_config": {**protocol_config_of(application), "client_id": application.client_id, **secret},
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


def parse_application(given: Mapping[str, Any], *, root: str = "application") -> dict[str, Any]:
    """What `create_application` takes, but ids in place of what they stand for. Raises Invalid with every violation."""
    required = ("display_name", "protocol_config")
    return checked_fields(given, _APPLICATION, root=root, required=required, ignored=_APPLICATION_READ_ONLY)


def parse_application_changes(given: Mapping[str, Any], *, root: str = "application") -> dict[str, Any]:
    """What `update_application` takes, in the same way. Raises Invalid with every violation."""
    return checked_fields(given, _APPLICATION, root=root, ignored=_APPLICATION_READ_ONLY)


def parse_rotation(given: Any) -> int:
    """For how many seconds the old secret works on. Raises Invalid."""
    if not isinstance(given, Mapping):
        raise Invalid(message="invalid request")
    unknown = [Violation(str(name), "unknown field") for name in given if name != "grace_period"]
    if unknown:
        raise Invalid(unknown)
    return _grace(given["grace_period"], field="grace_period") if "grace_period" in given else 0


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
