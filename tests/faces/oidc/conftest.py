import pytest
from django.test import Client

from tests import ceremonies
from tests.faces.oidc.shop import Shop
from tests.world import World


@pytest.fixture
def shop(world: World, client: Client) -> Shop:
    """Bob's shop in Acme's realm, Bob's passkey, and a browser."""
    return Shop(world, client, ceremonies.client_of(world), ceremonies.give_passkey(world, world.bob))
