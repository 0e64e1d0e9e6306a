"""A device with no keyboard is approved on another screen, by a published client library; then Bob signs out of it all."""

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from apps.applications.models import Application
from apps.applications.protocol import DEVICE_CODE
from apps.applications.services import applications
from apps.authentication import notices
from apps.tokens.issuer import endpoints_of, issuer_of
from tests import ceremonies, relying_party, services
from tests.browser import Desk
from tests.faces.hosted.at_a_desk import accessible
from tests.journeys import parties
from tests.journeys.steps import give_passkey
from tests.relying_party import RelyingParty, verified
from tests.waiting import PATIENCE_SECONDS
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def television(world: World) -> Application:
    config = {
        "type": "oidc",
        "confidentiality": "public",
        "grant_type": [DEVICE_CODE],
        "token_configuration": {
            "expires_after": 600,
            "token_signing_algorithm": "ES256",
            "refresh_token": {"enabled": True},
        },
    }
    made = applications.create_application(
        world.ctx,
        world.realm,
        display_name="Television",
        protocol_config=config,
        authenticator_config=world.acme.customers.config,
    )
    return made.application


@contextmanager
def switched_on(application: Application) -> Iterator[Callable[[], Any]]:
    """openid-client on the device; what it says next, as long as it says something."""
    own = {"ISSUER": issuer_of(application), "CLIENT_ID": application.client_id, "CLIENT_SECRET": ""}
    program = [services.node(), "tests/journeys/relying_parties/openid_client_device.mjs"]
    environment = {"PATH": os.environ["PATH"], **own}
    started = subprocess.Popen(program, cwd=parties.ROOT, env=environment, stdout=subprocess.PIPE, text=True)
    assert started.stdout is not None
    lines = started.stdout
    try:
        yield lambda: json.loads(lines.readline())
    finally:
        started.terminate()
        started.wait(PATIENCE_SECONDS)


def type_code(page: Page, codes: dict[str, Any]) -> None:
    page.goto(codes["verification_uri"])
    page.get_by_label("Code").fill(codes["user_code"].replace("-", "").lower())
    page.get_by_role("button", name="Continue").click()


def test_openid_client_signs_bob_in_on_a_device(world: World, desk: Desk, live_server: Any, television: Any) -> None:
    page = desk.page
    give_passkey(world, page, world.bob)
    with switched_on(television) as says:
        codes = says()
        page.goto(codes["verification_uri"])
        accessible(desk)
        page.get_by_label("Code").fill("BCDF-GHJK")
        page.get_by_role("button", name="Continue").click()
        expect(page.get_by_role("alert")).to_contain_text("No device waits with this code")
        accessible(desk)
        type_code(page, codes)
        expect(page.get_by_role("heading", name="Sign in to Television on a device?")).to_be_visible()
        expect(page.get_by_role("main")).to_contain_text(codes["user_code"])
        expect(page.get_by_role("main")).to_contain_text("Bob Baker")
        accessible(desk)
        page.get_by_role("button", name="Sign in on that device").click()
        expect(page.get_by_role("heading", name="Device connected")).to_be_visible()
        accessible(desk)
        told = says()
    assert told["claims"]["sub"] == told["userinfo"]["sub"] == world.bob.pk  # openid-client has checked the rest
    assert (told["scope"], told["renewed"]) == ("openid profile email", True)
    page.goto(told["home"])
    expect(page.get_by_role("heading", name="You are signed out")).to_be_visible()
    accessible(desk)
    assert not ceremonies.live_sessions(world, world.bob)


def test_a_device_that_nobody_here_started_is_refused(
    world: World, desk: Desk, live_server: Any, television: Any
) -> None:
    page = desk.page
    give_passkey(world, page, world.bob)
    with switched_on(television) as says:
        page.goto(says()["verification_uri_complete"])
        page.get_by_role("button", name="No, I did not start this").click()
        expect(page.get_by_role("heading", name="Device refused")).to_be_visible()
        assert says() == {"refused": "access_denied"}


@pytest.fixture
def heard(settings: Any) -> Iterator[RelyingParty]:
    settings.OUTGOING_ALLOW_LOOPBACK = True
    with relying_party.listening() as party:
        yield party


def test_bob_says_yes_goes_back_to_the_shop_and_every_application_hears_of_it(
    world: World, desk: Desk, live_server: Any, heard: RelyingParty
) -> None:
    """The page's policy lets the browser follow the form's redirect to the shop, and to nowhere else."""
    page = desk.page
    give_passkey(world, page, world.bob)
    with parties.running(world, world.acme.customers, "openid-client") as shop:
        config = {"post_logout_redirect_uris": [f"{shop.url}/"], "backchannel_logout_uri": heard.url}
        application = applications.update_application(world.ctx, shop.application, protocol_config=config)
        page.goto(f"{shop.url}/sign-in")
        page.wait_for_url(f"{shop.url}/callback?*")
        home = f"client_id={application.client_id}&post_logout_redirect_uri={shop.url}/&state=xyz"
        page.goto(f"{endpoints_of(application).end_session}?{home}")
        expect(page.get_by_role("heading", name="Sign out of Acme?")).to_be_visible()
        accessible(desk)
        page.get_by_role("button", name="Sign out").click()
        page.wait_for_url(f"{shop.url}/?state=xyz")
        assert notices.drain() == 1
        (token,) = heard.wait_for(1)
        assert verified(token, application)["sub"] == world.bob.pk
        page.goto(f"{shop.url}/sign-in?prompt=none")
        expect(page.locator("body")).to_contain_text("login_required")
