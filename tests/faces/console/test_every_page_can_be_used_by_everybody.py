"""Each page of the console with one thing of each kind in it, in Chromium: nothing axe objects to, by day and by night; as
wide as a phone at most where it is opened on one; nothing thrown and nothing that the content security policy stops."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from playwright.sync_api import Page

from apps.policy import selectors as policy
from apps.policy import services as policy_verbs
from apps.web import cookies
from tests.browser import Desk
from tests.isolation import atlas
from tests.world import World, build, join

Seat = Callable[..., Desk]
# Rules of every level that Deque's engine has, but for what it leaves to taste in a page without advertisements.
_EVERYTHING: dict[str, Any] = {"rules": {"color-contrast-enhanced": {"enabled": False}}}
_CONTRAST = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}
_DESKTOP, _PHONE = {"width": 1280, "height": 900}, {"width": 320, "height": 640}
PARTS = 4
ROUTES = sorted(atlas.routes("console"), key=str)


@pytest.fixture
def world(transactional_db: None, live_server: Any, settings: Any) -> Iterator[World]:
    settings.IDENTITY_CLOUD_API_URL = settings.IDENTITY_CLOUD_AUTH_URL = live_server.url
    settings.IDENTITY_CLOUD_CONSOLE_URL = live_server.url
    return build()


@pytest.fixture
def ada(world: World, sign_in: Callable[..., Client]) -> Client:
    return sign_in(world.acme)


@pytest.fixture
def console(live_server: Any, sit_down: Seat, ada: Client) -> Page:
    desk = sit_down(reduced_motion="reduce", viewport=_DESKTOP)  # what is still fading in has too little contrast
    name = cookies.console_cookie()
    desk.context.add_cookies([{"name": name, "value": ada.cookies[name].value, "url": live_server.url}])
    return desk.page


def is_page(browser: Client, path: str) -> bool:
    """Parts that htmx asks for, downloads, and acts that only a form may do are no pages."""
    answer = browser.get(path)
    html = answer.status_code == 200 and answer.get("Content-Type", "").startswith("text/html")
    return html and not answer.streaming and b"<main" in answer.content


def faults(page: Page, options: dict[str, Any]) -> list[str]:
    return [
        f"{found['id']}: {found['nodes'][0]['html'][:160]}"
        for found in Axe().run(page, options=options).response["violations"]
    ]


def wider_than_a_phone(page: Page) -> bool:
    page.set_viewport_size(_PHONE)
    try:
        return bool(page.evaluate("document.documentElement.scrollWidth > innerWidth"))
    finally:
        page.set_viewport_size(_DESKTOP)


def judged(page: Page) -> dict[str, Any]:
    page.emulate_media(color_scheme="light")
    by_day = faults(page, _EVERYTHING)
    page.emulate_media(color_scheme="dark")
    return {"by day": by_day, "by night": faults(page, _CONTRAST), "overflows": wider_than_a_phone(page)}


def long_names(world: World) -> None:
    """Words without a place to break at are what pushes a page beyond a narrow phone."""
    join(world.ctx, world.realm, "w" * 64, "W" * 64, f"{'w' * 50}.test")
    rules = policy.published(world.realm).rules
    policy_verbs.save_draft(world.ctx, world.realm, [{**rules[0], "name": "W" * 100}])


@pytest.mark.looks
@pytest.mark.parametrize("part", range(PARTS))
def test_every_page_is_for_everybody(world: World, ada: Client, console: Page, part: int) -> None:
    long_names(world)
    place = atlas.furnish(world, world.acme.customers)
    told = {}
    for route in ROUTES[part::PARTS]:
        person = world.ada if "administrators" in route.template else world.bob
        path = route.path(place | {"identity_id": person.pk})
        if is_page(ada, path):
            console.goto(path)
            told[str(route)] = judged(console)
    assert len(told) > 10
    assert {route: found for route, found in told.items() if any(found.values())} == {}
