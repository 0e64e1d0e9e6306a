"""The television, and Bob with his browser."""

import pytest

from tests.faces.oidc.device_flow.television import Device, television
from tests.faces.oidc.shop import Shop


@pytest.fixture
def shop(shop: Shop) -> Shop:
    """Bob and his browser; the relying party is the television's."""
    shop.party = television(shop.world)
    return shop


@pytest.fixture
def device(shop: Shop) -> Device:
    return Device(shop)
