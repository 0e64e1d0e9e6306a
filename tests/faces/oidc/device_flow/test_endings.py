"""What ends a device with what (contract/extensions.md §4)."""

from datetime import timedelta
from typing import Any

import pytest

from apps.applications.models import DeviceGrant
from apps.applications.services import applications
from apps.authentication.services import sessions
from apps.authenticators import services as authenticators
from apps.credentials import selectors as credentials
from apps.credentials.services import passkeys
from apps.directory.services import identities
from apps.onboarding import services as onboarding
from apps.realms import services as realms
from apps.tokens.services import devices as clients
from tests import ceremonies
from tests.faces.oidc.device_flow.television import Device, answer, approve, television
from tests.faces.oidc.shop import Shop

pytestmark = pytest.mark.django_db


ENDINGS = {
    "signing out everywhere": lambda world: sessions.sign_out_everywhere(world.ctx, world.bob),
    "suspending the person": lambda world: identities.suspend_identity(world.ctx, world.bob),
    "revoking the passkey": lambda world: passkeys.revoke_credential(
        world.ctx, credentials.active_credentials_of(world.bob).get()
    ),
}


@pytest.mark.parametrize("end", ENDINGS.values(), ids=ENDINGS.keys())
def test_what_ends_the_person_ends_what_they_approved_before_it_is_taken_and_after(
    shop: Shop, device: Device, end: Any
) -> None:
    taken, waiting = device, Device(shop)
    taken.start()
    approve(shop, taken)
    tokens = taken.poll().json()
    waiting.start()
    answer(shop, waiting.started["user_code"])
    end(shop.world)
    assert waiting.error() == "access_denied"
    assert shop.userinfo(tokens["access_token"]).status_code == 401
    assert taken.post("token", grant_type="refresh_token", refresh_token=tokens["refresh_token"]).status_code == 400


def test_signing_out_of_the_browser_does_not_switch_off_the_television(shop: Shop, device: Device) -> None:
    device.start()
    approve(shop, device)
    for session in ceremonies.live_sessions(shop.world, shop.world.bob):
        sessions.sign_out(shop.world.visitor, session)
    tokens = device.poll().json()
    assert shop.userinfo(tokens["access_token"]).status_code == 200


def test_deleting_the_application_ends_its_devices(shop: Shop, device: Device) -> None:
    device.start()
    applications.delete_application(shop.world.ctx, shop.application)
    assert not DeviceGrant.objects.exists()
    assert shop.browser.get("/device", {"user_code": device.started["user_code"]}).status_code == 422
    assert device.poll().status_code == 404


def test_deleting_the_realm_takes_waiting_devices_along(shop: Shop) -> None:
    world = shop.world
    realm = onboarding.create_realm(world.ctx, world.acme.tenant, world.acme.admin_realm, display_name="Short-lived")
    config = authenticators.create_authenticator_config(
        world.ctx, realm, display_name="Sign-in", config=world.acme.customers.config.config
    )
    shop.party = television(world, realm=realm, authenticator_config=config)
    Device(shop).start()
    realms.delete_realm(world.ctx, realm, world.acme.admin_realm)
    assert not DeviceGrant.objects.exists()


def test_devices_are_forgotten_a_day_after_their_time(shop: Shop, device: Device) -> None:
    device.start()
    clients.forget(shop.world.at(timedelta(hours=23)))
    assert DeviceGrant.objects.exists()
    clients.forget(shop.world.at(timedelta(hours=25)))
    assert not DeviceGrant.objects.exists()
