"""The console, from an empty realm to a person with a passkey, and back to nobody."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import APIResponse, Page, expect

from apps.applications.models import Application
from apps.directory.models import Identity
from tests import browser
from tests.browser import Desk
from tests.journeys.post_office import PostOffice
from tests.journeys.steps import ask_to_sign_in, comes_back_with_a_code, create_passkey, go, open_console
from tests.world import REDIRECT_URI, World

Seat = Callable[..., Desk]


@pytest.fixture
def ada(world: World, sit_down: Seat) -> Page:
    """At the console."""
    return open_console(world, sit_down(permissions=["clipboard-read", "clipboard-write"]))


def create_realm(page: Page, name: str) -> None:
    page.goto("/console/realms")
    page.get_by_role("link", name="Create realm").first.click()
    page.get_by_role("button", name="Create realm").click()
    expect(page.get_by_label("Name")).to_have_attribute("aria-invalid", "true")
    page.get_by_label("Name").fill(name)
    page.get_by_role("button", name="Create realm").click()
    expect(page.get_by_role("heading", level=1, name=name)).to_be_visible()


def create_authenticator(page: Page, name: str) -> None:
    go(page, "Authenticators")
    page.get_by_role("link", name="Create authenticator").first.click()
    page.get_by_label("Name").fill(name)
    page.get_by_role("button", name="Create authenticator").click()
    expect(page.get_by_role("heading", level=1, name=name)).to_be_visible()


def create_application(page: Page, name: str) -> tuple[str, str, str]:
    """(issuer, client id, secret), as shown this once."""
    go(page, "Applications")
    page.get_by_role("link", name="Create application").first.click()
    page.get_by_role("button", name="Web application").click()
    page.get_by_label("Name").fill(name)
    page.get_by_label("Redirect URIs").fill("http://shop.example/callback")
    page.get_by_role("button", name="Create application").click()
    expect(page.get_by_label("Redirect URIs")).to_have_attribute("aria-invalid", "true")
    page.get_by_label("Redirect URIs").fill(REDIRECT_URI)
    page.get_by_role("button", name="Create application").click()
    expect(page.get_by_role("heading", level=1, name=f"{name} is created")).to_be_visible()
    issuer, client_id, secret = (copied(page, what) for what in ("Issuer", "Client ID", "Client secret"))
    page.get_by_role("link", name="I have stored it").click()
    expect(page.get_by_role("heading", level=1, name=name)).to_be_visible()
    assert secret not in page.content()
    for endpoint in ("authorize", "token", "userinfo", "jwks.json"):
        expect(page.get_by_text(re.compile(f"{re.escape(issuer)}/.*{endpoint}$")).first).to_be_visible()
    return issuer, client_id, secret


def copied(page: Page, what: str) -> str:
    """By its copy button, from the clipboard."""
    return browser.copied(page, page.get_by_role("button", name=f"Copy {what}", exact=True).first)


def redeem_nothing(page: Page, issuer: str, client_id: str, secret: str) -> APIResponse:
    """A made-up code: the answer tells whether client and secret are right."""
    form = {"grant_type": "authorization_code", "code": "x", "client_id": client_id, "client_secret": secret}
    return page.context.request.post(f"{issuer}/token", form=form)


def add_identity(page: Page, name: str, username: str, address: str) -> None:
    go(page, "Identities")
    page.get_by_role("link", name="Add identity").first.click()
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label("Username").fill(username)
    page.get_by_label("E-mail address").fill(address)
    page.get_by_role("button", name="Add identity").click()
    expect(page.get_by_role("heading", level=1, name=name)).to_be_visible()


def test_a_realm_its_application_and_its_first_person(
    world: World, ada: Page, sit_down: Seat, post_office: PostOffice
) -> None:
    create_realm(ada, "Partners")
    create_authenticator(ada, "Partner sign-in")
    issuer, client_id, secret = create_application(ada, "Portal")
    assert redeem_nothing(ada, issuer, client_id, secret).json()["error"] == "invalid_grant"
    assert redeem_nothing(ada, issuer, client_id, f"{secret}x").json()["error"] == "invalid_client"

    add_identity(ada, "Frank Fitter", "frank", "frank@partner.test")
    expect(ada.get_by_text("Frank Fitter has no passkey yet")).to_be_visible()
    ada.get_by_role("button", name="Add a passkey").first.click()
    ada.get_by_role("button", name="Make link").click()
    links = ada.get_by_role("main").get_by_text("Mailed link")
    expect(links).to_be_visible()
    expect(ada.get_by_text("Link sent", exact=True)).to_be_visible()

    frank = sit_down().page
    link = post_office.link_to("frank@partner.test", frank)
    frank.goto(link)
    expect(ada.get_by_text("Link opened", exact=True)).to_be_visible()  # she did not touch the page
    create_passkey(frank, link)
    expect(ada.get_by_text("Complete", exact=True)).to_be_visible()
    expect(ada.get_by_text("Hardware passkey")).to_be_visible()

    portal = Application.objects.get(client_id=client_id)
    ask_to_sign_in(frank, portal)
    comes_back_with_a_code(frank)
    revoke_passkey(ada)
    ask_to_sign_in(frank, portal)
    expect(frank.get_by_text("This passkey no longer works here")).to_be_visible()

    suspend(ada, "Frank Fitter")
    delete(ada, "Frank Fitter", "frank")
    assert not Identity.objects.filter(username="frank").exists()


def revoke_passkey(page: Page) -> None:
    page.get_by_role("button", name="Revoke", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke passkey").click()
    expect(page.get_by_role("main").get_by_text("Revoked", exact=True)).to_be_visible()
    expect(page.get_by_text("Passkey revoked.")).to_be_visible()


def suspend(page: Page, name: str) -> None:
    page.get_by_role("button", name="Suspend", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Suspend").click()
    expect(page.get_by_text(f"{name} cannot sign in or make a passkey")).to_be_visible()


def delete(page: Page, name: str, username: str) -> None:
    page.get_by_role("button", name="Delete identity").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label(re.compile("to confirm")).fill(username)
    dialog.get_by_role("button", name="Delete identity").click()
    expect(page.get_by_role("heading", level=1, name="Identities")).to_be_visible()
    expect(page.get_by_role("main").get_by_role("link", name=name)).to_have_count(0)
