"""What the API says of roles."""

from typing import Any

from apps.applications.models import Role, RoleMembership
from apps.core.times import rfc3339

SCOPES = ["pets:feed", "pets:read", "pets:write"]


def new(**given: Any) -> dict[str, Any]:
    return {"role": {"display_name": "Help Desk", **given}}


def role_json(role_id: str, **changes: Any) -> dict[str, Any]:
    row = Role.objects.get(pk=role_id)
    return {
        "id": row.pk,
        "resource_server_id": str(row.resource_server_id),
        "realm_id": row.realm_id,
        "tenant_id": row.tenant_id,
        "display_name": row.display_name,
        "description": row.description,
        "create_time": rfc3339(row.created_at),
        "update_time": rfc3339(row.updated_at),
        **changes,
    }


def refusal(code: str, message: str, role_id: str, words: str | None = None) -> dict[str, Any]:
    info = {"type": "ResourceInfo", "resource_type": "Role", "id": role_id, "description": words or message}
    return {"code": code, "message": message, "details": [info]}


def holders(role_id: str) -> set[str]:
    rows = RoleMembership.objects.filter(role_id=role_id)
    return {row.identity_id or row.group_id for row in rows}


def of_super(role: Role) -> str:
    return f"/resource-servers/{role.resource_server_id}/roles/{role.pk}"
