"""Somebody signs in through another realm of this product: two realms, one browser, and nobody to write a stub."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from apps.applications.services import applications
from apps.authentication.models import Session
from apps.directory.models import Identity
from apps.federation import configuration
from apps.federation import services as federation
from apps.federation.models import IdentityProvider
from apps.tokens import assurance
from apps.tokens.issuer import issuer_of
from tests.browser import Desk
from tests.faces.hosted.at_a_desk import accessible, in_the_shop, make_passkey, press
from tests.world import World, join, web

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def staff(world: World, desk: Desk, settings: Any) -> IdentityProvider:
    """The staff realm vouches for its people in the customers' realm."""
    settings.OUTGOING_ALLOW_LOOPBACK = True
    there = world.acme.staff
    made = applications.create_application(
        world.ctx, there.realm, display_name="Shop for staff", authenticator_config=there.config,
        protocol_config=web("http://localhost:3000/soon"),
    )  # fmt: skip
    provider = federation.create_identity_provider(
        world.ctx, world.realm, display_name="Acme Staff", type="oidc", issuer=issuer_of(made.application),
        client_id=made.application.client_id, client_secret=made.client_secret, create_identities=True,
        attribute_map={"username": "preferred_username", "display_name": "name"},
    )  # fmt: skip
    uris = {"redirect_uris": [configuration.redirect_uri(provider)]}
    applications.update_application(world.ctx, made.application, protocol_config=uris)
    return provider


def test_a_person_of_another_realm_comes_in_and_is_back_at_the_shop(
    world: World, desk: Desk, shop: Callable[..., str], staff: IdentityProvider
) -> None:
    sam = join(world.ctx, world.acme.staff.realm, "sam", "Sam Staff", "staff.acme.test")
    make_passkey(world, desk, sam)
    desk.page.goto(shop())
    expect(desk.page.get_by_role("button", name="Continue with Acme Staff")).to_be_visible()
    accessible(desk)
    press(desk, "Continue with Acme Staff")
    desk.page.wait_for_url("**/offer?**")
    accessible(desk)
    press(desk, "Continue without one")
    in_the_shop(desk)
    here = Identity.objects.get(realm=world.realm, username="sam")
    assert here.display_name == "Sam Staff"
    session = Session.objects.get(identity=here)
    assert (session.acr, session.amr, session.credential) == (assurance.FEDERATED, [], None)
