"""A realm's applications, resource servers and roles as CSV (core.tables), without anything secret."""

from collections.abc import Iterator
from typing import Any

from apps.applications import selectors as applications
from apps.applications.models import Application, ResourceServer, Role
from apps.core.context import Context
from apps.core.tables import csv_file
from apps.core.times import rfc3339
from apps.events.attempt import record
from apps.events.types import EventType
from apps.realms.models import Realm

_BATCH = 500
_COLUMNS = (
    "id", "display_name", "client_id", "client_type", "redirect_uris", "allowed_scopes", "authenticator", "resource_server",
    "is_managed", "created_at",
)  # fmt: skip
_SERVERS = ("id", "display_name", "identifier", "scopes", "roles", "is_managed", "created_at")
_ROLES = (
    "id", "display_name", "description", "resource_server", "scopes", "identities", "groups", "is_managed", "created_at",
)  # fmt: skip


def export_applications(ctx: Context, realm: Realm, *, text: str = "") -> Iterator[bytes]:
    rows = applications.applications_named(realm, text)
    record(ctx, EventType.APPLICATION_CHANGE, realm, action="EXPORT", filter={"text": text})
    return csv_file(_COLUMNS, map(_row, rows.iterator(chunk_size=_BATCH)))


def export_resource_servers(ctx: Context, realm: Realm, *, text: str = "") -> Iterator[bytes]:
    """With the names of their roles, by semicolons."""
    rows = applications.resource_servers_named(realm, text)
    record(ctx, EventType.RESOURCE_SERVER_CHANGE, realm, action="EXPORT", filter={"text": text})
    return csv_file(_SERVERS, map(_server, rows.iterator(chunk_size=_BATCH)))


def export_roles(ctx: Context, realm: Realm, *, text: str = "") -> Iterator[bytes]:
    """With who holds them directly, usernames and names of groups by semicolons: who is in a group, its own list says."""
    rows = applications.roles_named(realm, text)
    record(ctx, EventType.ROLE_CHANGE, realm, action="EXPORT", filter={"text": text})
    return csv_file(_ROLES, map(_role, _walked(rows)))


def _role(role: Role) -> list[str]:
    return [
        role.pk,
        role.display_name,
        role.description,
        role.resource_server.identifier,
        " ".join(role.scopes),
        ";".join(person.username for person in _walked(applications.identities_with(role))),
        ";".join(group.display_name for group in _walked(applications.groups_with(role))),
        "yes" if role.is_managed else "no",
        rfc3339(role.created_at),
    ]


def _server(server: ResourceServer) -> list[str]:
    return [
        str(server.pk),
        server.display_name,
        server.identifier,
        " ".join(server.scopes),
        ";".join(role.display_name for role in _walked(applications.roles_of(server))),
        "yes" if server.is_managed else "no",
        rfc3339(server.created_at),
    ]


def _walked(rows: Any) -> Iterator[Any]:
    """By id, a query for each batch: nothing stands open while somebody reads slowly."""
    after = ""
    while batch := list(rows.filter(pk__gt=after).order_by("pk")[:_BATCH]):
        yield from batch
        after = batch[-1].pk


def _row(application: Application) -> list[str]:
    config, server = application.authenticator_config, application.resource_server
    return [
        str(application.pk),
        application.display_name,
        application.client_id,
        application.client_type,
        application.redirect_uris,
        " ".join(application.allowed_scopes),
        config.display_name if config else "",
        server.identifier if server else "",
        "yes" if application.is_managed else "no",
        rfc3339(application.created_at),
    ]
