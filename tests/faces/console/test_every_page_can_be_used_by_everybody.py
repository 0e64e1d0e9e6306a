"""Each page of the console with one thing of each kind in it, and each of its states, in Chromium: nothing axe objects to,
by day and by night; as wide as a phone at most where it is opened on one; nothing thrown and nothing that the content
security policy stops."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Page

from apps.onboarding import services as onboarding
from apps.policy import selectors as policy
from apps.policy import services as policy_verbs
from apps.web import cookies
from tests.axe import judged
from tests.browser import Desk
from tests.faces.console import states
from tests.isolation import atlas
from tests.world import World, build, join

Seat = Callable[..., Desk]
_DESKTOP = {"width": 1280, "height": 900}
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
    """Parts that htmx asks for, downloads, and acts that only a form may do are no pages; questions are all alike, and one
    is looked at among the states."""
    answer = browser.get(path)
    html = answer.status_code == 200 and answer.get("Content-Type", "").startswith("text/html")
    return html and not answer.streaming and b"<main" in answer.content and b"data-question" not in answer.content


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


@pytest.mark.looks
def test_every_state_is_for_everybody(
    world: World, ada: Client, clerk: Callable[..., Client], console: Page, live_server: Any
) -> None:
    """What is refused, wrong, overtaken, over, empty, asked, or just made (states.py)."""

    def sit(client: Client) -> None:
        name = cookies.console_cookie()
        console.context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": live_server.url}])

    new = onboarding.create_realm(world.ctx, world.acme.tenant, world.acme.admin_realm, display_name="Empty")
    things = atlas.furnish(world, world.acme.customers) | {"empty_realm_id": new.pk}
    desk = states.Desk(console, world, things, ada, sit, clerk("realms:read"))
    told = {}
    for name, state in states.STATES.items():
        console.emulate_media(color_scheme="light")
        state(desk)
        told[name] = judged(console)
    assert {name: found for name, found in told.items() if any(found.values())} == {}
