"""A resource server with a role of its own, and the managed role."""

import pytest

from apps.applications.models import ResourceServer, Role
from apps.applications.services import resource_servers, roles
from apps.directory.models import Group
from tests.faces.api.roles.told import SCOPES
from tests.world import World


@pytest.fixture
def pets(world: World) -> ResourceServer:
    return resource_servers.create_resource_server(
        world.ctx, world.realm, display_name="Pets", identifier="https://pets.test", scopes=SCOPES
    )


@pytest.fixture
def keeper(world: World, pets: ResourceServer) -> Role:
    return roles.create_role(world.ctx, pets, display_name="Keeper", description="Keeps pets.")


@pytest.fixture
def base(pets: ResourceServer) -> str:
    return f"/resource-servers/{pets.pk}/roles"


@pytest.fixture
def path(base: str, keeper: Role) -> str:
    return f"{base}/{keeper.pk}"


@pytest.fixture
def super_role(world: World) -> Role:
    """The managed role that Ada holds through the managed group."""
    return Role.objects.get(realm=world.acme.admin_realm)


@pytest.fixture
def admins(world: World) -> Group:
    return Group.objects.get(realm=world.acme.admin_realm)
