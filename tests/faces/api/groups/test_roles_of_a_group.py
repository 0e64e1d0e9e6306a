"""The roles that a group holds (contract/wire.md §1.2, §1.3)."""

import pytest

from apps.applications.services import roles
from apps.core.times import rfc3339
from tests.faces.api.caller import Caller, read, violations
from tests.faces.api.groups.told import keeper
from tests.world import World


def test_the_roles_of_a_group(world: World, api: Caller, contractors: str) -> None:
    role, other = keeper(world), keeper(world, "Other", "https://other.test")
    for each in (role, other):
        roles.add_members(world.ctx, each, group_ids=[world.acme.customers.contractors.pk])
    expected = {
        "id": role.pk,
        "resource_server_id": str(role.resource_server_id),
        "realm_id": world.realm.pk,
        "tenant_id": world.acme.tenant.pk,
        "display_name": "Keeper",
        "description": "Keeps pets.",
        "create_time": rfc3339(role.created_at),
        "update_time": rfc3339(role.updated_at),
    }
    found = read(api.get(f"{contractors}:listRoles", resource_server_id=role.resource_server_id))
    assert found == {"roles": [expected], "total_size": 1}
    assert [each["id"] for each in read(api.get(f"{contractors}:listRoles"))["roles"]] == [role.pk, other.pk]
    page = read(api.get(f"{contractors}:listRoles", page_size=1))
    assert read(api.get(f"{contractors}:listRoles", page_token=page["next_page_token"]))["roles"][0]["id"] == other.pk


@pytest.mark.parametrize("where", ["groups/{group}", "identities/{bob}"])
def test_a_resource_server_that_is_not_there_is_a_conflict(world: World, api: Caller, where: str) -> None:
    path = "/" + where.format(group=world.acme.customers.contractors.pk, bob=world.bob.pk)
    foreign = str(world.acme.console.resource_server_id)
    for wanted in ("7b5a4325-00e0-4379-bd7b-3e5e7e30b09e", "x", foreign):
        words = "resource server not found"
        info = {"type": "ResourceInfo", "resource_type": "ResourceServer", "id": wanted, "description": words}
        body = read(api.get(f"{path}:listRoles", resource_server_id=wanted), 409)
        assert body == {"code": "conflict", "message": words, "details": [info]}
    empty = [("resource_server_id", "empty string")]
    assert violations(api.get(f"{path}:listRoles", resource_server_id="")) == empty
