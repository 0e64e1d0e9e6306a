"""Resource servers and roles that a tenant is born with: their rows, inside onboarding's attempt, and later scopes."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from apps.applications.models import Application, ResourceServer, Role, RoleMembership
from apps.applications.scopes import MANAGEMENT_IDENTIFIER, MANAGEMENT_SCOPES
from apps.core.context import Context
from apps.core.rows import hold
from apps.directory.models import Group
from apps.events.attempt import Draft, attempt
from apps.events.types import EventType
from apps.realms.models import Realm


def insert_resource_server(
    ctx: Context, realm: Realm, *, display_name: str, identifier: str, scopes: Sequence[str], is_managed: bool = False
) -> ResourceServer:
    return ResourceServer.objects.create(
        realm=realm,
        tenant_id=realm.tenant_id,
        display_name=display_name,
        identifier=identifier,
        scopes=list(scopes),
        is_managed=is_managed,
        created_at=ctx.now,
        updated_at=ctx.now,
    )


def insert_role(
    ctx: Context, resource_server: ResourceServer, *, display_name: str, scopes: Sequence[str], is_managed: bool = False
) -> Role:
    return Role.objects.create(
        resource_server=resource_server,
        realm_id=resource_server.realm_id,
        tenant_id=resource_server.tenant_id,
        display_name=display_name,
        scopes=list(scopes),
        is_managed=is_managed,
        created_at=ctx.now,
        updated_at=ctx.now,
    )


def insert_role_group(ctx: Context, role: Role, group: Group) -> None:
    RoleMembership.objects.create(
        role=role, group=group, realm_id=role.realm_id, tenant_id=role.tenant_id, created_at=ctx.now
    )


def grant_new_scopes(ctx: Context) -> int:
    """Tenants that were opened before the management API learnt a scope get it: its resource server, the applications and
    roles that we manage. Fine when it is done again, or twice at once. Returns how many tenants got something."""
    servers = ResourceServer.objects.filter(identifier=MANAGEMENT_IDENTIFIER, is_managed=True).select_related("realm")
    behind = [server for server in servers.iterator() if not set(server.scopes).issuperset(MANAGEMENT_SCOPES)]
    return sum(_grant(ctx, server) for server in behind)


def _grant(ctx: Context, server: ResourceServer) -> bool:
    with transaction.atomic():
        hold(server)
        new = [scope for scope in MANAGEMENT_SCOPES if scope not in server.scopes]
        if not new:  # somebody else was quicker
            return False
        with attempt(ctx, EventType.RESOURCE_SERVER_CHANGE, server.realm, action="UPDATE") as event:
            event.target(server)
            _add(ctx, event, server, "scopes", new)
            for application in Application.objects.filter(resource_server=server, is_managed=True).order_by("pk"):
                told = event.follow(EventType.APPLICATION_CHANGE, outcome="SUCCESS", action="UPDATE")
                told.target(application)
                _add(ctx, told, application, "allowed_scopes", new)
            for role in Role.objects.filter(resource_server=server, is_managed=True).order_by("pk"):
                told = event.follow(EventType.ROLE_SCOPES_CHANGE, outcome="SUCCESS", action="ADD")
                told.target(role)
                _add(ctx, told, role, "scopes", new)
    return True


def _add(ctx: Context, event: Draft, thing: Any, column: str, new: Sequence[str]) -> None:
    before = getattr(thing, column)
    after = [*before, *(scope for scope in new if scope not in before)]
    event.changed(column, before, after)
    setattr(thing, column, after)
    thing.updated_at = ctx.now
    thing.save(update_fields=[column, "updated_at"])
