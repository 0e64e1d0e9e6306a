"""Pickers by the real keyboard alone, and toasts that cover nothing one would press or is at."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from playwright.sync_api import Page, expect

from apps.applications.services import access
from apps.directory import selectors as directory
from apps.directory.services import groups
from apps.web import cookies
from tests.browser import Desk
from tests.world import World, build

Seat = Callable[..., Desk]
_RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
}
_COVERED = """() => {
  const all = (css) => [...document.querySelectorAll(css)].filter((e) => e.checkVisibility());
  const boxes = (css) => all(css).map((e) => e.getBoundingClientRect());
  const meet = (a, b) => a.top < b.bottom && b.top < a.bottom && a.left < b.right && b.left < a.right;
  const bars = boxes(".form-actions, .save-bar, .page-actions");
  return boxes("#toasts .toast").some((toast) => bars.some((bar) => meet(toast, bar)));
}"""


@pytest.fixture
def world(transactional_db: None, live_server: Any, settings: Any) -> Iterator[World]:
    settings.IDENTITY_CLOUD_API_URL = settings.IDENTITY_CLOUD_AUTH_URL = live_server.url
    settings.IDENTITY_CLOUD_CONSOLE_URL = live_server.url
    return build()


@pytest.fixture
def at_console(world: World, live_server: Any, sit_down: Seat, sign_in: Callable[..., Client]) -> Callable[..., Page]:
    def sit(**options: Any) -> Page:
        desk = sit_down(reduced_motion="reduce", **options)
        token = sign_in(world.acme).cookies[cookies.console_cookie()].value
        desk.context.add_cookies([{"name": cookies.console_cookie(), "value": token, "url": live_server.url}])
        return desk.page

    return sit


def active(page: Page) -> str:
    """What the field that has the focus points at."""
    told: str = page.evaluate(
        "document.getElementById(document.activeElement.getAttribute('aria-activedescendant'))?.textContent ?? ''"
    )
    return " ".join(told.split())


def accessible(page: Page) -> None:
    found = Axe().run(page, options=_RULES)
    assert found.violations_count == 0, found.generate_report()


def test_members_holders_and_realms_are_picked_by_keyboard_alone(world: World, at_console: Callable[..., Page]) -> None:
    realm, page = world.realm, at_console()
    team = groups.create_group(world.ctx, realm, display_name="Team")
    page.goto(f"/console/realms/{realm.pk}/groups/{team.pk}")
    page.get_by_role("button", name="Add members").first.press("Enter")
    field = page.get_by_role("combobox", name="Name, username, e-mail or id")
    expect(field).to_be_focused()
    page.keyboard.type("acme.test")
    options = page.get_by_role("listbox").get_by_role("option")
    expect(options).to_have_count(3)
    expect(field.locator("xpath=..").get_by_role("status")).to_have_text("Found: 3")
    for key, place in (("ArrowDown", 0), ("ArrowDown", 1), ("End", 2), ("Home", 0)):
        page.keyboard.press(key)
        assert active(page) == " ".join((options.nth(place).text_content() or "").split()), key
    expect(field).to_be_focused()
    accessible(page)
    page.keyboard.press("Enter")
    expect(options.nth(0)).to_contain_text("In the group")
    assert directory.member_count(team, 5) == 1
    page.keyboard.press("Escape")
    assert active(page) == ""
    expect(field).to_be_visible()
    page.keyboard.press("Escape")
    expect(field).to_be_hidden()
    page.locator(".switcher > summary").press("Enter")
    expect(page.get_by_role("combobox", name="Find a realm")).to_be_focused()
    page.keyboard.type("staff")
    page.keyboard.press("ArrowDown")
    accessible(page)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/console/realms/{world.acme.staff.realm.pk}/")
    page.keyboard.press("Control+k")
    expect(page.get_by_role("combobox", name="Find anything")).to_be_focused()
    page.keyboard.type("contractors")
    expect(page.get_by_role("option").filter(has_text="Contractors").first).to_be_visible()
    page.keyboard.press("ArrowDown")
    accessible(page)
    page.keyboard.press("Enter")
    page.wait_for_url("**/groups/*")


def test_a_toast_covers_no_button_and_no_bar_on_a_phone(world: World, at_console: Callable[..., Page]) -> None:
    server = access.insert_resource_server(
        world.ctx, world.realm, display_name="Stock", identifier="https://stock.test", scopes=["stock:read"]
    )
    page = at_console(viewport={"width": 390, "height": 844}, color_scheme="dark", has_touch=True)
    page.goto(f"/console/realms/{world.realm.pk}/resource-servers/{server.pk}")
    for name in ("Warehouse", "Store"):
        page.get_by_label("Name").fill(name)
        page.get_by_role("button", name="Save changes").click()
        expect(page.locator("#toasts .toast")).to_be_visible()
        page.get_by_label("Name").fill(f"{name} again")
        expect(page.locator(".save-bar")).to_be_visible()
        assert not page.evaluate(_COVERED)
        page.locator("[name=scopes]").focus()
        assert not page.evaluate(_COVERED)
