"""`device_bound: required` takes only passkeys that stay on one device (contract/extensions.md §5)."""

import pytest

from apps.authenticators import services as authenticators
from apps.authenticators.models import AuthenticatorConfig
from apps.credentials import selectors as credentials
from apps.credentials.services.passkeys import NotDeviceBound
from apps.events import selectors as events
from apps.events.selectors import EventFilter
from tests import ceremonies
from tests.authenticator import SoftPasskey
from tests.world import World

pytestmark = pytest.mark.django_db


def config(world: World, device_bound: str) -> AuthenticatorConfig:
    methods = [{"type": "webauthn_passkey", "device_bound": device_bound}]
    return authenticators.create_authenticator_config(
        world.ctx, world.realm, display_name="Staff", config={"type": "hosted_web", "authentication_methods": methods}
    )


def bind(world: World, device_bound: str, *, synced: bool) -> None:
    invitation = ceremonies.invite(world, world.bob, config(world, device_bound))
    ceremonies.bind(world.visitor, invitation, SoftPasskey(backup_eligible=synced))


def test_a_synced_passkey_is_refused_where_device_bound_ones_are_required(world: World) -> None:
    with pytest.raises(NotDeviceBound):
        bind(world, "required", synced=True)
    assert not credentials.credentials_of(world.bob).exists()
    refused = events.events_in(world.realm, EventFilter(types=["CREDENTIAL_CHANGE"]))[0]
    assert refused.outcome == "NOT_DEVICE_BOUND"


def test_a_device_bound_passkey_is_accepted_where_it_is_required(world: World) -> None:
    bind(world, "required", synced=False)
    assert credentials.active_credentials_of(world.bob).count() == 1


@pytest.mark.parametrize("device_bound", ["preferred", "any"])
def test_a_synced_passkey_is_accepted_where_it_is_not_required(world: World, device_bound: str) -> None:
    bind(world, device_bound, synced=True)
    assert credentials.active_credentials_of(world.bob).get().binding == "synced"
