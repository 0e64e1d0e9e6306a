"""What the API says of groups."""

from typing import Any

from apps.applications.services import resource_servers, roles
from apps.core.times import rfc3339
from apps.directory.models import Group, GroupMembership
from tests.world import World


def new(**given: Any) -> dict[str, Any]:
    return {"group": {"display_name": "Help Desk", **given}}


def group_json(group_id: str, **changes: Any) -> dict[str, Any]:
    row = Group.objects.get(pk=group_id)
    return {
        "id": row.pk,
        "realm_id": row.realm_id,
        "tenant_id": row.tenant_id,
        "display_name": row.display_name,
        "description": row.description,
        "create_time": rfc3339(row.created_at),
        "update_time": rfc3339(row.updated_at),
        **changes,
    }


def refusal(code: str, message: str, group_id: str, words: str | None = None) -> dict[str, Any]:
    info = {"type": "ResourceInfo", "resource_type": "Group", "id": group_id, "description": words or message}
    return {"code": code, "message": message, "details": [info]}


def members_of(group_id: str) -> set[str]:
    return set(GroupMembership.objects.filter(group_id=group_id).values_list("identity_id", flat=True))


def keeper(world: World, name: str = "Keeper", identifier: str = "https://pets.test") -> Any:
    server = resource_servers.create_resource_server(
        world.ctx, world.realm, display_name="Pets", identifier=identifier, scopes=["pets:read"]
    )
    return roles.create_role(world.ctx, server, display_name=name, description="Keeps pets.")
