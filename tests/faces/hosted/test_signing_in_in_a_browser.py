"""The sign-in page in a real browser: whom it remembers, what it sends, and what it says when it says no."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import expect

from apps.authentication import flows
from apps.authentication.models import LoginFlow
from apps.credentials.selectors import active_credentials_of
from apps.credentials.services import passkeys
from apps.events.types import EventType
from tests import ceremonies, record
from tests.browser import Desk
from tests.faces.hosted.at_a_desk import (
    CONTINUE,
    CREATE,
    READY,
    accessible,
    forget_session,
    in_the_shop,
    make_passkey,
    press,
    rule,
    rules,
    tab_to,
)
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_passkey_is_made_and_signs_in_by_itself_next_time(world: World, desk: Desk, shop: Callable[..., str]) -> None:
    make_passkey(world, desk, world.bob)
    expect(desk.page.locator("[data-passkey-name]:visible")).to_have_text("Chromium on Linux")
    expect(desk.page.get_by_text("You can close this page.")).to_be_visible()
    desk.page.goto(shop())
    in_the_shop(desk)
    assert record.last(world.realm, EventType.AUTHENTICATION_TRANSACTION).actor_id == world.bob.pk
    assert active_credentials_of(world.bob).get().last_used_at is not None


def test_a_page_that_was_left_open_asks_for_the_next_challenge(
    world: World, desk: Desk, shop: Callable[..., str]
) -> None:
    make_passkey(world, desk, world.bob)
    desk.page.clock.install()
    desk.page.goto(shop(prompt="select_account"))
    flow = LoginFlow.objects.get()
    flows.renew_nonce(world.at(timedelta(minutes=-6)), flow)
    desk.page.clock.fast_forward("06:00")
    desk.page.locator(".account", has_text="Bob Baker").click()
    in_the_shop(desk)


def test_exactly_what_is_shown_is_what_is_sent(world: World, desk: Desk, shop: Callable[..., str]) -> None:
    sent: list[dict[str, Any]] = []
    desk.page.on(
        "request", lambda asked: asked.method == "POST" and asked.post_data and sent.append(json.loads(asked.post_data))
    )
    desk.page.goto(ceremonies.invite(world, world.bob).link)
    desk.page.get_by_text("What we collect").click()
    expect(desk.page.locator("[data-signals] dd")).to_have_count(10)
    shown = desk.page.locator("[data-signals] dd").all_inner_texts()
    press(desk, CREATE)
    desk.page.wait_for_selector(READY)
    desk.page.goto(shop())
    in_the_shop(desk)
    assert len(sent) == 2
    for body in sent:
        signals = body["signals"]
        assert len(signals) == len(shown) == 10
        assert (signals["platform"], shown[0]) == ("Linux", "Linux")
        assert (signals["browser"], signals["language"]) == (shown[2], shown[4])
        assert signals["time_zone"] == shown[5]
        assert set(body) <= {"type", "raw", "transaction_id", "proof", "signals"}


def test_people_of_this_browser_are_offered_and_can_be_forgotten(
    world: World, desk: Desk, shop: Callable[..., str]
) -> None:
    for person in (world.bob, world.acme.customers.carol):
        make_passkey(world, desk, person)
    desk.page.goto(shop())
    names = desk.page.locator(".account-name:visible")
    expect(names).to_have_text(["Carol Contractor", "Bob Baker", "Use another passkey"])
    accessible(desk)
    desk.page.locator(".account", has_text="Bob Baker").click()
    in_the_shop(desk)
    assert record.last(world.realm, EventType.AUTHENTICATION_TRANSACTION).actor_id == world.bob.pk
    forget_session(desk)
    desk.page.goto(shop())
    press(desk, "Remove Carol Contractor from this list")
    expect(names).to_have_text(["Bob Baker", "Use another passkey"])
    press(desk, "Remove Bob Baker from this list")
    expect(desk.page.get_by_role("button", name=CONTINUE)).to_be_visible()
    press(desk, CONTINUE)
    in_the_shop(desk)


def test_a_hint_begins_with_the_person_it_names(world: World, desk: Desk, shop: Callable[..., str]) -> None:
    for person in (world.bob, world.acme.customers.carol):
        make_passkey(world, desk, person)
    desk.page.goto(shop(login_hint="BOB"))
    in_the_shop(desk)
    assert record.last(world.realm, EventType.AUTHENTICATION_TRANSACTION).actor_id == world.bob.pk


def test_the_policys_words_reach_the_person(world: World, desk: Desk, shop: Callable[..., str]) -> None:
    make_passkey(world, desk, world.bob)
    rules(world, rule("authentication", "deny", "The shop opens on Monday."), rule("credential_binding", "deny"))
    desk.page.goto(shop())
    alert = desk.page.get_by_role("alert")
    alert.get_by_text("The shop opens on Monday.").wait_for()
    expect(alert).to_contain_text("You may not sign in to Shop")
    accessible(desk)
    desk.forget_passkeys()
    desk.page.goto(ceremonies.invite(world, world.bob).link)
    press(desk, CREATE)
    alert.get_by_text("Acme does not allow this passkey").wait_for()
    accessible(desk)


def test_a_revoked_passkey_is_offered_no_more(world: World, desk: Desk, shop: Callable[..., str]) -> None:
    make_passkey(world, desk, world.bob)
    passkeys.revoke_credential(world.ctx, active_credentials_of(world.bob).get())
    desk.page.goto(shop())
    desk.page.get_by_role("alert").get_by_text("This passkey no longer works here").wait_for()
    expect(desk.page.get_by_role("button", name=CONTINUE)).to_be_visible()
    accessible(desk)


def test_a_passkey_of_another_realm_is_told_apart(world: World, desk: Desk, shop: Callable[..., str]) -> None:
    make_passkey(world, desk, world.evil.customers.bob)
    desk.page.goto(shop())
    press(desk, CONTINUE)
    desk.page.get_by_role("alert").get_by_text("This passkey belongs to another organisation").wait_for()
    assert len(desk.passkeys()) == 1
    accessible(desk)


def test_a_sign_in_finished_in_another_tab_is_over(world: World, desk: Desk, shop: Callable[..., str]) -> None:
    make_passkey(world, desk, world.bob)
    desk.page.goto(shop(login_hint="somebody else"))
    LoginFlow.objects.update(consumed_at=world.ctx.now)
    desk.page.locator(".account", has_text="Bob Baker").click()
    desk.page.get_by_role("alert").get_by_text("This sign-in is over").wait_for()
    accessible(desk)


def test_the_pages_work_by_keyboard_alone(world: World, desk: Desk, shop: Callable[..., str]) -> None:
    desk.page.goto(ceremonies.invite(world, world.bob).link)
    tab_to(desk, CREATE)
    desk.page.keyboard.press("Enter")
    desk.page.wait_for_selector(READY)
    expect(desk.page.get_by_role("heading", name="Your passkey is ready")).to_be_focused()
    desk.page.goto(shop(prompt="login", login_hint="somebody else"))
    tab_to(desk, "Use another passkey")
    desk.page.keyboard.press("Enter")
    in_the_shop(desk)
