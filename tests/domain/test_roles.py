"""Resource servers and roles beneath the API: what the console and the token endpoint rely on."""

from datetime import timedelta

import pytest

from apps.applications import selectors
from apps.applications.models import ResourceServer, Role
from apps.applications.services import resource_servers, roles
from apps.applications.services.resource_servers import IdentifierTaken, ManagedResourceServer, ResourceServerInUse
from apps.applications.services.roles import ManagedRole, RoleHasChildren
from apps.core.errors import Invalid, NotFound
from apps.core.rows import ChangedMeanwhile
from apps.directory.models import Group
from apps.directory.services import groups
from apps.directory.services.groups import LastAdministrator
from apps.events.types import EventType
from tests import record
from tests.world import World, join

pytestmark = pytest.mark.django_db


@pytest.fixture
def pets(world: World) -> ResourceServer:
    return resource_servers.create_resource_server(
        world.ctx, world.realm, display_name="Pets", identifier="pets", scopes=["read", "write"]
    )


@pytest.fixture
def keeper(world: World, pets: ResourceServer) -> Role:
    return roles.create_role(world.ctx, pets, display_name="Keeper")


@pytest.fixture
def super_role(world: World) -> Role:
    return Role.objects.get(realm=world.acme.admin_realm)


def fields(refused: pytest.ExceptionInfo[Invalid]) -> list[str]:
    return [violation.field for violation in refused.value.violations]


# --- resource servers ---------------------------------------------------------------------------------------------------
def test_every_fault_of_a_resource_server_is_told_at_once(world: World) -> None:
    with pytest.raises(Invalid) as refused:
        resource_servers.create_resource_server(
            world.ctx, world.realm, display_name="", identifier="a b", scopes=["openid"]
        )
    assert fields(refused) == [
        "resource_server.display_name",
        "resource_server.identifier",
        "resource_server.scopes.0",
    ]
    assert record.last(world.realm, EventType.RESOURCE_SERVER_CHANGE).outcome == "BAD_REQUEST"


def test_an_identifier_is_one_servers_in_a_realm(world: World, pets: ResourceServer) -> None:
    with pytest.raises(IdentifierTaken):
        resource_servers.create_resource_server(world.ctx, world.realm, display_name="P", identifier="pets")
    made = resource_servers.create_resource_server(
        world.ctx, world.acme.staff.realm, display_name="P", identifier="pets"
    )
    assert made.scopes == []


def test_a_server_that_changed_since_is_left_as_it_is(world: World, pets: ResourceServer) -> None:
    read_at, later = pets.updated_at, world.at(timedelta(seconds=1))
    resource_servers.update_resource_server(later, pets, display_name="First", seen_at=read_at)
    for write in (
        lambda: resource_servers.update_resource_server(later, pets, display_name="Second", seen_at=read_at),
        lambda: resource_servers.delete_resource_server(later, pets, seen_at=read_at),
    ):
        with pytest.raises(ChangedMeanwhile):
            write()
    assert ResourceServer.objects.get(pk=pets.pk).display_name == "First"


def test_two_changes_from_the_same_reading_lose_nothing(world: World, pets: ResourceServer) -> None:
    second = selectors.get_resource_server(world.realm, str(pets.pk))
    resource_servers.update_resource_server(world.ctx, pets, display_name="Animals")
    resource_servers.update_resource_server(world.ctx, second, scopes=["read"])
    found = ResourceServer.objects.get(pk=pets.pk)
    assert (found.display_name, found.scopes) == ("Animals", ["read"])


def test_a_server_in_use_stays_and_one_that_is_gone_is_gone(world: World, pets: ResourceServer, keeper: Role) -> None:
    with pytest.raises(ResourceServerInUse):
        resource_servers.delete_resource_server(world.ctx, pets)
    again = selectors.get_resource_server(world.realm, str(pets.pk))
    roles.delete_role(world.ctx, keeper)
    resource_servers.delete_resource_server(world.ctx, pets)
    with pytest.raises(NotFound):
        resource_servers.update_resource_server(world.ctx, again, display_name="Ghost")
    with pytest.raises(NotFound):
        roles.create_role(world.ctx, again, display_name="Ghost")


def test_the_managed_server_does_not_change(world: World, super_role: Role) -> None:
    server = super_role.resource_server
    with pytest.raises(ManagedResourceServer):
        resource_servers.update_resource_server(world.ctx, server, scopes=[])
    with pytest.raises(ManagedResourceServer):
        resource_servers.delete_resource_server(world.ctx, server)


# --- roles --------------------------------------------------------------------------------------------------------------
def test_every_fault_of_a_role_is_told_at_once(world: World, pets: ResourceServer) -> None:
    with pytest.raises(Invalid) as refused:
        roles.create_role(world.ctx, pets, display_name="<", description="x" * 301)
    assert fields(refused) == ["role.display_name", "role.description"]


def test_a_role_with_scopes_or_members_stays(world: World, keeper: Role) -> None:
    roles.add_scopes(world.ctx, keeper, ["read"])
    roles.add_members(world.ctx, keeper, identity_ids=[world.bob.pk])
    for empty in (
        lambda: roles.remove_scopes(world.ctx, keeper, ["read"]),
        lambda: roles.remove_members(world.ctx, keeper, identity_ids=[world.bob.pk]),
    ):
        with pytest.raises(RoleHasChildren):
            roles.delete_role(world.ctx, keeper)
        empty()
    roles.delete_role(world.ctx, keeper)
    with pytest.raises(NotFound):
        selectors.get_role(world.realm, str(keeper.resource_server_id), keeper.pk)


def test_a_role_carries_scopes_of_its_server_alone(world: World, keeper: Role) -> None:
    for wrong, field in ((["read", "sell"], "scopes.1"), ([], "scopes"), (None, "scopes"), (["read", 1], "scopes.1")):
        with pytest.raises(Invalid) as refused:
            roles.add_scopes(world.ctx, keeper, wrong)
        assert fields(refused) == [field]
    assert Role.objects.get(pk=keeper.pk).scopes == []


@pytest.mark.parametrize("wrong", [["x"] * 1001, [5], [None], [["x"]], ["\x00"], "abc", 5, {"a": 1}])
def test_a_list_of_members_that_is_none_is_refused(world: World, keeper: Role, wrong: object) -> None:
    for verb in (roles.add_members, roles.remove_members):
        for name in ("identity_ids", "group_ids"):
            with pytest.raises((Invalid, NotFound)):
                verb(world.ctx, keeper, **{name: wrong})  # type: ignore[arg-type]


def test_a_person_holds_what_roles_and_groups_give(world: World, pets: ResourceServer, keeper: Role) -> None:
    carol = world.acme.customers.carol
    roles.add_scopes(world.ctx, keeper, ["read"])
    other = roles.create_role(world.ctx, pets, display_name="Writer")
    roles.add_scopes(world.ctx, other, ["write"])
    assert selectors.role_scopes(carol, pets) == frozenset()
    roles.add_members(world.ctx, keeper, identity_ids=[carol.pk])
    roles.add_members(world.ctx, other, group_ids=[world.acme.customers.contractors.pk])
    assert selectors.role_scopes(carol, pets) == {"read", "write"}
    assert selectors.role_scopes(world.bob, pets) == frozenset()
    groups.remove_members(world.ctx, world.acme.customers.contractors, [carol.pk])
    assert selectors.role_scopes(carol, pets) == {"read"}


def test_two_roles_through_two_groups_count_a_member_once(world: World, keeper: Role) -> None:
    night = groups.create_group(world.ctx, world.realm, display_name="Night")
    for group in (night, world.acme.customers.contractors):
        groups.add_members(world.ctx, group, [world.bob.pk])
        roles.add_members(world.ctx, keeper, group_ids=[group.pk])
    assert selectors.groups_with(keeper).count() == 2
    assert list(selectors.identities_with(keeper)) == []
    assert list(selectors.roles_given_to(night)) == [keeper]


# --- the managed role ---------------------------------------------------------------------------------------------------
def test_the_managed_role_changes_its_members_alone(world: World, super_role: Role) -> None:
    for change in (
        lambda: roles.update_role(world.ctx, super_role, display_name="x"),
        lambda: roles.delete_role(world.ctx, super_role),
        lambda: roles.add_scopes(world.ctx, super_role, ["realms:read"]),
        lambda: roles.remove_scopes(world.ctx, super_role, ["realms:read"]),
    ):
        with pytest.raises(ManagedRole):
            change()
    grace = join(world.ctx, world.acme.admin_realm, "grace", "Grace", "acme.test")
    roles.add_members(world.ctx, super_role, identity_ids=[grace.pk])
    roles.remove_members(world.ctx, super_role, identity_ids=[grace.pk])


def test_who_would_be_left_out_is_told(world: World, super_role: Role) -> None:
    admins = Group.objects.get(realm=world.acme.admin_realm)
    with pytest.raises(LastAdministrator) as refused:
        roles.remove_members(world.ctx, super_role, group_ids=[admins.pk])
    assert refused.value.facts["identity_ids"] == [world.ada.pk]
    assert "realms:create" in selectors.role_scopes(world.ada, super_role.resource_server)
