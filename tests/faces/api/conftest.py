import pytest
from django.test import Client

from tests import ceremonies
from tests.faces.api.caller import Caller
from tests.world import World


@pytest.fixture
def api(world: World, client: Client) -> Caller:
    """Acme's Management API application, with every scope, at the realm where Bob is."""
    return Caller(client, ceremonies.management_token(world.ctx, world.acme), world.realm)
