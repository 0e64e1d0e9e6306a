"""Rows of resource servers and roles that a new tenant is born with, inside onboarding's attempt."""

from collections.abc import Sequence

from apps.applications.models import ResourceServer, Role, RoleMembership
from apps.core.context import Context
from apps.directory.models import Group
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
