"""The managed role, and the last administrator (contract/extensions.md §2)."""

from apps.applications.models import Role
from apps.applications.services import roles
from apps.directory.models import Group
from apps.directory.services import groups, identities
from apps.events.types import EventType
from tests import ceremonies
from tests.faces.api.caller import FORBIDDEN, Caller, read
from tests.faces.api.roles.told import holders, new, of_super, refusal, role_json
from tests.faces.api.told import change
from tests.world import World, join


# --- what is managed ----------------------------------------------------------------------------------------------------
def test_the_managed_role_keeps_its_name_and_scopes(world: World, api: Caller, super_role: Role) -> None:
    there, path = api.at(world.acme.admin_realm), of_super(super_role)
    body = refusal("forbidden", "forbidden", super_role.pk, "this role is managed and cannot be changed")
    assert read(there.patch(path, new()), 403) == body
    assert read(there.delete(path), 403) == body
    for verb in ("addScopes", "deleteScopes"):
        assert read(there.post(f"{path}:{verb}", {"scopes": ["realms:read"]}), 403) == body
    assert Role.objects.get(pk=super_role.pk).scopes == super_role.scopes
    change(world, world.acme.admin_realm, EventType.ROLE_SCOPES_CHANGE, "FORBIDDEN")


def test_the_management_api_may_have_further_roles(world: World, api: Caller, super_role: Role, admins: Group) -> None:
    """The help desk: reads people, and nothing else."""
    there = api.at(world.acme.admin_realm)
    base = f"/resource-servers/{super_role.resource_server_id}/roles"
    made = f"{base}/{read(there.post(base, new()))['id']}"
    read(there.post(f"{made}:addScopes", {"scopes": ["identities:read"]}))
    grace = join(world.ctx, world.acme.admin_realm, "grace", "Grace", "acme.test")
    read(there.post(f"{made}:addMembers", {"identity_ids": [grace.pk]}))
    groups.add_members(world.ctx, admins, [grace.pk])
    roles.add_members(world.ctx, super_role, identity_ids=[world.ada.pk])
    roles.remove_members(world.ctx, super_role, group_ids=[admins.pk])
    passkey = ceremonies.give_passkey(world, grace)
    asked = ceremonies.client_of(world, world.acme.console)
    answer = ceremonies.tokens_for(world.visitor, asked, passkey, scope="openid identities:read identities:delete")
    desk = Caller(api.browser, answer["access_token"], world.realm)
    assert desk.get("/identities").status_code == 200
    assert read(desk.delete(f"/identities/{world.bob.pk}"), 403) == FORBIDDEN


# --- the last administrator ---------------------------------------------------------------------------------------------
def test_the_last_administrator_keeps_the_role(world: World, api: Caller, super_role: Role, admins: Group) -> None:
    there = api.at(world.acme.admin_realm)
    locked_out = {"type": "WouldLockOut", "identity_ids": [world.ada.pk]}
    body = read(there.post(f"{of_super(super_role)}:deleteMembers", {"group_ids": [admins.pk]}), 409)
    assert body == {"code": "conflict", "message": "would_lock_out", "details": [locked_out]}
    assert holders(super_role.pk) == {admins.pk}
    change(world, world.acme.admin_realm, EventType.ROLE_MEMBERSHIP_CHANGE, "WOULD_LOCK_OUT")


def test_who_cannot_use_the_role_is_nobody_to_rely_on(
    world: World, api: Caller, super_role: Role, admins: Group
) -> None:
    """One is suspended, one the console does not let in; only who is neither lets the group go."""
    there, verb = api.at(world.acme.admin_realm), f"{of_super(super_role)}:deleteMembers"
    suspended, outside = (join(world.ctx, world.acme.admin_realm, name, name, "acme.test") for name in ("s", "o"))
    groups.add_members(world.ctx, admins, [suspended.pk])
    identities.suspend_identity(world.ctx, suspended)
    roles.add_members(world.ctx, super_role, identity_ids=[suspended.pk, outside.pk])
    assert read(there.post(verb, {"group_ids": [admins.pk]}), 409)["message"] == "would_lock_out"
    groups.add_members(world.ctx, admins, [outside.pk])
    assert read(there.post(verb, {"group_ids": [admins.pk]})) == role_json(super_role.pk)
    assert read(there.post(verb, {"identity_ids": [outside.pk]}), 409)["message"] == "would_lock_out"
    assert read(there.post(verb, {"identity_ids": [suspended.pk]})) == role_json(super_role.pk)
