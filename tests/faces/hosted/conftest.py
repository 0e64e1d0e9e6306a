from collections.abc import Callable

import pytest

from apps.tokens.issuer import endpoints_of
from tests import ceremonies
from tests.browser import Desk
from tests.world import World


@pytest.fixture
def shop(world: World, desk: Desk) -> Callable[..., str]:
    """Where the shop sends people to sign in; the shop itself answers whoever comes back."""
    client = ceremonies.client_of(world)
    desk.context.route(f"{client.redirect_uri}**", lambda route: route.fulfill(body="welcome to the shop"))
    where = endpoints_of(client.application).authorization
    return lambda **changes: f"{where}?{client.query(**changes)}"
