"""Verbs on resource servers: named sets of scopes, and the audience of tokens (contract/wire.md §1.9)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from apps.applications.models import Application, ResourceServer, Role
from apps.applications.scopes import MANAGEMENT_IDENTIFIER, checked_scopes
from apps.core import names
from apps.core.context import Context
from apps.core.errors import Conflict, Denied, Invalid, Violation, all_or_invalid, told
from apps.core.rows import hold, require_unchanged
from apps.events.attempt import Draft, attempt
from apps.events.types import EventType
from apps.realms.models import Realm

_IDENTIFIER_LENGTH = 256


class IdentifierTaken(Conflict):
    code = "conflict"


class ResourceServerInUse(Conflict):
    """An application or a role still names it."""

    code = "conflict"


class ManagedResourceServer(Denied):
    code = "forbidden"


def create_resource_server(
    ctx: Context, realm: Realm, *, display_name: str, identifier: str, scopes: Any = ()
) -> ResourceServer:
    """Raises Invalid, IdentifierTaken. The identifier never changes afterwards."""
    with attempt(ctx, EventType.RESOURCE_SERVER_CHANGE, realm, action="CREATE") as event:
        display_name, identifier, scopes = all_or_invalid(
            lambda: names.display_name(display_name, field="resource_server.display_name"),
            lambda: checked_identifier(identifier, field="resource_server.identifier"),
            lambda: checked_scopes(scopes, field="resource_server.scopes"),
        )
        server = ResourceServer(
            realm=realm,
            tenant_id=realm.tenant_id,
            display_name=display_name,
            identifier=identifier,
            scopes=scopes,
            created_at=ctx.now,
            updated_at=ctx.now,
        )
        _insert(server)
        event.target(server)
        for name in ("display_name", "identifier", "scopes"):
            event.changed(name, None, getattr(server, name))
    return server


def update_resource_server(
    ctx: Context,
    server: ResourceServer,
    *,
    display_name: str | None = None,
    scopes: Any = None,
    seen_at: datetime | None = None,
) -> ResourceServer:
    """A scope taken away leaves every role and application that had it. Raises Invalid, ManagedResourceServer,
    ChangedMeanwhile."""
    with attempt(ctx, EventType.RESOURCE_SERVER_CHANGE, server.realm, action="UPDATE") as event:
        event.target(server)
        _refuse_managed(server)
        require_unchanged(server, seen_at, ctx.now)
        hold(server)
        name, kept = all_or_invalid(
            lambda: names.display_name(
                server.display_name if display_name is None else display_name, field="resource_server.display_name"
            ),
            lambda: server.scopes if scopes is None else checked_scopes(scopes, field="resource_server.scopes"),
        )
        event.changed("display_name", server.display_name, name)
        event.changed("scopes", server.scopes, kept)
        if gone := set(server.scopes) - set(kept):
            _withdraw(event, ctx, server, gone)
        server.display_name, server.scopes, server.updated_at = name, kept, ctx.now
        server.save(force_update=True)
    return server


def delete_resource_server(ctx: Context, server: ResourceServer, *, seen_at: datetime | None = None) -> None:
    """Raises ResourceServerInUse, ManagedResourceServer, ChangedMeanwhile."""
    with attempt(ctx, EventType.RESOURCE_SERVER_CHANGE, server.realm, action="DELETE") as event:
        event.target(server)
        _refuse_managed(server)
        require_unchanged(server, seen_at, ctx.now)
        hold(server)
        try:
            with transaction.atomic():
                server.delete()
        except (ProtectedError, IntegrityError):
            raise ResourceServerInUse("the resource server is in use", **_info(server)) from None


def checked_identifier(given: Any, *, field: str) -> str:
    """It becomes the `aud` of tokens. Raises Invalid."""
    text = names.plain_text(given, field=field, length=_IDENTIFIER_LENGTH)
    if not text:
        raise Invalid(Violation(field, "missing" if given is None else "empty string"))
    if any(character.isspace() for character in text):
        raise Invalid(Violation(field, "contains white space"))
    if text == MANAGEMENT_IDENTIFIER:
        raise Invalid(Violation(field, told("%(name)s is reserved", name=MANAGEMENT_IDENTIFIER)))
    return text


def _insert(server: ResourceServer) -> None:
    try:
        with transaction.atomic():
            server.save(force_insert=True)
    except IntegrityError:  # the constraint is the judge; asking first would race
        first = ResourceServer.objects.filter(realm_id=server.realm_id, identifier=server.identifier).first()
        raise IdentifierTaken("identifier already exists", **_info(first or server)) from None


def _withdraw(event: Draft, ctx: Context, server: ResourceServer, gone: set[str]) -> None:
    """Takes the scopes from whoever carries them, each with an event of its own."""
    roles = _without(ctx, Role.objects.filter(resource_server=server), "scopes", gone)
    applications = _without(ctx, Application.objects.filter(resource_server=server), "allowed_scopes", gone)
    for role, before in roles:
        told = event.follow(EventType.ROLE_SCOPES_CHANGE, outcome="SUCCESS", action="REMOVE")
        told.target(role)
        told.changed("scopes", before, role.scopes)
    for application, before in applications:
        told = event.follow(EventType.APPLICATION_CHANGE, outcome="SUCCESS", action="UPDATE")
        told.target(application)
        told.changed("allowed_scopes", before, application.allowed_scopes)


def _without(ctx: Context, rows: Any, column: str, gone: set[str]) -> list[tuple[Any, Sequence[str]]]:
    """The rows that had any of the scopes, now without, and what each had before."""
    changed = []
    for row in rows.select_for_update(no_key=True).order_by("pk"):
        before = getattr(row, column)
        if gone.intersection(before):
            setattr(row, column, [scope for scope in before if scope not in gone])
            row.updated_at = ctx.now
            changed.append((row, before))
    rows.model.objects.bulk_update([row for row, _ in changed], [column, "updated_at"], batch_size=500)
    return changed


def _refuse_managed(server: ResourceServer) -> None:
    if server.is_managed:
        raise ManagedResourceServer("this resource server is managed and cannot be changed", **_info(server))


def _info(server: ResourceServer) -> dict[str, str]:
    return {"resource_type": "ResourceServer", "resource_id": str(server.pk)}
