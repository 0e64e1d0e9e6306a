"""A resource server of the realm, and the managed one."""

import pytest

from apps.applications.models import ResourceServer
from apps.applications.services import resource_servers
from tests.faces.api.resource_servers.told import PETS
from tests.world import World


@pytest.fixture
def pets(world: World) -> ResourceServer:
    return resource_servers.create_resource_server(world.ctx, world.realm, **PETS)


@pytest.fixture
def path(pets: ResourceServer) -> str:
    return f"/resource-servers/{pets.pk}"


@pytest.fixture
def managed(world: World) -> ResourceServer:
    return ResourceServer.objects.get(realm=world.acme.admin_realm)
