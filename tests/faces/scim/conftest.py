import pytest
from django.test import Client

from tests import ceremonies
from tests.faces.scim.provisioner import Provisioner
from tests.world import World


@pytest.fixture
def scim(world: World, client: Client) -> Provisioner:
    """A directory elsewhere that keeps Bob's realm, with scim:all and nothing else."""
    return Provisioner(client, ceremonies.management_token(world.ctx, world.acme, scope="scim:all"), world.realm)
