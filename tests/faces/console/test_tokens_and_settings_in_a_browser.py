"""API tokens and an application's settings as a person meets them: dialogs, what unfolds, nothing that axe objects to."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from playwright.sync_api import Page, expect

from apps.web import cookies
from tests import browser
from tests.browser import Desk
from tests.world import World, build

Seat = Callable[..., Desk]
_RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}


@pytest.fixture
def world(transactional_db: None, live_server: Any, settings: Any) -> Iterator[World]:
    settings.IDENTITY_CLOUD_API_URL = settings.IDENTITY_CLOUD_AUTH_URL = live_server.url
    settings.IDENTITY_CLOUD_CONSOLE_URL = live_server.url
    return build()


@pytest.fixture
def at_console(world: World, live_server: Any, sit_down: Seat, sign_in: Callable[..., Client]) -> Callable[..., Page]:
    def sit(**options: Any) -> Page:
        desk = sit_down(reduced_motion="reduce", **options)  # what is still fading in has too little contrast
        token = sign_in(world.acme).cookies[cookies.console_cookie()].value
        desk.context.add_cookies([{"name": cookies.console_cookie(), "value": token, "url": live_server.url}])
        return desk.page

    return sit


def accessible(page: Page) -> None:
    found = Axe().run(page, options=_RULES)
    assert found.response["passes"]
    assert found.violations_count == 0, found.generate_report()


def test_a_token_is_made_copied_and_revoked(world: World, at_console: Callable[..., Page]) -> None:
    page = at_console(permissions=["clipboard-read", "clipboard-write"])
    page.goto("/console/api-tokens")
    accessible(page)
    page.get_by_role("button", name="Create token").first.click()
    dialog = page.get_by_role("dialog", name="Create token")
    accessible(page)
    dialog.get_by_label("Name").fill("Nightly import")
    dialog.get_by_label("identities:read").check()
    dialog.get_by_role("button", name="Create token").click()
    expect(page.get_by_role("heading", name="“Nightly import” is made")).to_be_visible()
    accessible(page)
    token = browser.copied(page, page.get_by_role("button", name="Copy Access token"))
    assert token.startswith("eyJ")
    page.get_by_role("link", name="I have stored it").click()
    row = page.get_by_role("row").filter(has_text=f"…{token[-6:]}")
    row.get_by_role("button", name="Revoke").click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke token").click()
    expect(page.get_by_text("“Nightly import” is revoked")).to_be_visible()
    expect(page.get_by_text("No tokens made by hand")).to_be_visible()
    page.get_by_role("button", name="API", exact=True).click()
    expect(page.get_by_role("dialog", name="By the API")).to_be_visible()
    accessible(page)


def test_settings_unfold_as_they_are_chosen_on_a_phone_in_the_dark(
    world: World, at_console: Callable[..., Page]
) -> None:
    page = at_console(viewport={"width": 390, "height": 844}, color_scheme="dark", has_touch=True)
    page.goto(f"/console/realms/{world.realm.pk}/applications/{world.application.pk}/configuration")
    expect(page.get_by_label("They work for")).to_be_hidden()
    page.get_by_label("Give refresh tokens").check()
    expect(page.get_by_label("They work for")).to_be_visible()
    page.get_by_text("Profile, client keys, bound tokens").click()
    expect(page.get_by_label("Public keys")).to_be_hidden()
    page.get_by_label("FAPI 2.0").check()
    expect(page.get_by_label("Pushed authorization requests only")).to_be_hidden()
    accessible(page)
    page.get_by_role("button", name="Save changes").click()
    expect(page.get_by_text("FAPI 2.0 wants client keys.")).to_be_in_viewport()
    page.get_by_label("Client keys (private_key_jwt)").check()
    page.get_by_label("Or where they are published").fill("https://shop.test/jwks.json")
    accessible(page)
    page.get_by_role("button", name="Save changes").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_an_application_can_be_tried_again_from_the_same_page(world: World, at_console: Callable[..., Page]) -> None:
    page = at_console()
    page.goto(f"/console/realms/{world.realm.pk}/applications/{world.application.pk}")
    for _ in range(2):
        with page.expect_popup() as beside:
            page.get_by_role("button", name="Try it").click()
        beside.value.close()
