"""The page that makes passkeys, in a real browser: made once, refused, lost on the way, and read without eyes."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import expect

from apps.credentials.selectors import active_credentials_of
from tests import ceremonies
from tests.browser import Desk
from tests.faces.hosted.at_a_desk import (
    CREATE,
    READY,
    accessible,
    in_the_shop,
    make_passkey,
    press,
)
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_person_is_taken_on_unless_they_stay(world: World, desk: Desk) -> None:
    desk.context.route("https://shop.acme.test/**", lambda route: route.fulfill(body="welcome to the shop"))
    desk.page.clock.install()
    desk.page.clock.pause_at(datetime.now(UTC) + timedelta(minutes=1))
    make_passkey(world, desk, world.bob, post_binding_redirect_uri="https://shop.acme.test/welcome")
    expect(desk.page.locator("[data-countdown]")).to_contain_text("You go on in 5 s")
    desk.page.clock.run_for(4000)
    expect(desk.page.locator("[data-countdown]")).to_contain_text("You go on in 1 s")
    desk.page.clock.run_for(1000)
    in_the_shop(desk)
    make_passkey(world, desk, world.acme.customers.carol, post_binding_redirect_uri="https://shop.acme.test/welcome")
    press(desk, "Stay here")
    desk.page.clock.run_for(60_000)
    expect(desk.page.locator(READY)).to_be_visible()
    desk.page.get_by_role("link", name="Continue").click()
    in_the_shop(desk)


def test_a_finger_that_is_refused_may_be_tried_again(world: World, desk: Desk, shop: Callable[..., str]) -> None:
    desk.verify_user(False)
    desk.page.goto(ceremonies.invite(world, world.bob).link)
    press(desk, CREATE)
    desk.page.get_by_role("alert").get_by_text("No passkey was made").wait_for()
    accessible(desk)
    desk.verify_user(True)
    press(desk, CREATE)
    desk.page.wait_for_selector(READY)
    accessible(desk)
    desk.verify_user(False)
    desk.page.goto(shop())
    desk.page.get_by_role("alert").get_by_text("You are not signed in yet").wait_for()
    accessible(desk)
    desk.verify_user(True)
    desk.page.locator(".account", has_text="Bob Baker").click()
    in_the_shop(desk)


def test_a_double_click_makes_one_passkey_and_a_reload_explains_itself(world: World, desk: Desk) -> None:
    desk.page.goto(ceremonies.invite(world, world.bob).link)
    desk.page.get_by_role("button", name=CREATE).dblclick()
    desk.page.wait_for_selector(READY)
    desk.page.reload()
    expect(desk.page.get_by_role("heading", name="This link was used")).to_be_visible()
    accessible(desk)
    assert len(desk.passkeys()) == active_credentials_of(world.bob).count() == 1


def test_a_lost_answer_is_asked_for_again_and_nothing_is_made_twice(world: World, desk: Desk) -> None:
    def lose(route: Any) -> None:
        route.fetch()
        route.abort()

    desk.page.route("**/*:bind", lose, times=1)
    desk.page.goto(ceremonies.invite(world, world.bob).link)
    press(desk, CREATE)
    desk.page.get_by_role("alert").get_by_text("No answer from the server").wait_for()
    press(desk, CREATE)
    desk.page.wait_for_selector(READY)
    assert len(desk.passkeys()) == active_credentials_of(world.bob).count() == 1


def test_a_browser_without_passkeys_is_told_so(world: World, sit_down: Callable[..., Desk]) -> None:
    desk = sit_down()
    desk.page.add_init_script("delete window.PublicKeyCredential")
    desk.page.goto(ceremonies.invite(world, world.bob).link)
    desk.page.get_by_role("alert").get_by_text("This browser cannot use passkeys").wait_for()
    expect(desk.page.get_by_role("button", name=CREATE)).to_be_disabled()


def test_without_scripts_the_page_says_what_it_needs(world: World, sit_down: Callable[..., Desk]) -> None:
    desk = sit_down(java_script_enabled=False)
    desk.page.goto(ceremonies.invite(world, world.bob).link)
    expect(desk.page.get_by_text("Passkeys need JavaScript")).to_be_visible()
    expect(desk.page.get_by_role("button", name=CREATE)).to_be_hidden()


def test_the_first_page_and_the_dead_ends_are_accessible(world: World, desk: Desk, shop: Callable[..., str]) -> None:
    desk.page.goto("/signup")
    accessible(desk)
    press(desk, "Sign up")
    desk.page.get_by_text("Say what you are called.").wait_for()
    accessible(desk)
    desk.page.get_by_label("Organisation").fill("Engines")
    desk.page.get_by_label("Your name").fill("W" * 60)
    desk.page.get_by_label("E-mail").fill(f"{'w' * 60}@engines.test")
    press(desk, "Sign up")
    desk.page.get_by_role("heading", name="Check your mail").wait_for()
    accessible(desk)
    desk.page.goto("/dev/mailbox")
    accessible(desk)
    desk.page.goto(shop())
    accessible(desk)
    desk.page.goto(ceremonies.invite(world, world.bob).link[:-4])
    expect(desk.page.get_by_role("heading", name="This link is not complete")).to_be_visible()
    accessible(desk)
