"""A rule written in the console denies the next login with its own message; without any rule everything is denied."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from apps.policy import selectors
from tests import ceremonies
from tests.browser import Desk
from tests.journeys.steps import ask_to_sign_in, comes_back_with_a_code, give_passkey, go, open_console, open_realm
from tests.world import World

Seat = Callable[..., Desk]
MESSAGE = "Contractors shop at the depot. Ask Ada."


@pytest.fixture
def ada(world: World, sit_down: Seat) -> Page:
    """In the console, at the policy of Bob's realm."""
    page = open_console(world, sit_down())
    open_realm(page, "Customers")
    go(page, "Policy")
    return page


def deny_contractors(page: Page) -> None:
    page.get_by_role("link", name="Add rule").first.click()
    page.get_by_label("Name").fill("No contractors in the shop")
    page.get_by_role("group", name="Anyone in").get_by_text("Contractors").click()
    page.get_by_role("group", name="To").get_by_text("Shop").click()
    page.get_by_role("textbox", name="Message").fill(MESSAGE)
    expect(page.get_by_text("It reads").locator("..")).to_contain_text("Contractors")
    page.get_by_role("button", name="Add rule").click()
    expect(page.get_by_role("region", name="Draft")).to_contain_text("Not published yet")


def tab(page: Page, name: str) -> None:
    page.get_by_role("main").get_by_role("link", name=name, exact=True).first.click()
    expect(page.get_by_role("link", name=name, exact=True).and_(page.locator("[aria-current]")).first).to_be_visible()


def publish(page: Page) -> None:
    page.get_by_role("button", name="Publish changes").click()
    dialog = page.get_by_role("dialog", name="Publish this policy?")
    dialog.get_by_label("Comment").fill("As agreed on Monday")
    dialog.get_by_role("button", name="Publish changes").click()
    expect(page.get_by_role("region", name="Draft")).to_have_count(0)


def remove(page: Page, rule: str) -> None:
    page.get_by_label(f"More for {rule}").click()
    page.get_by_role("button", name="Remove rule").click()
    page.get_by_role("dialog").get_by_role("button", name="Remove rule").click()
    expect(page.get_by_text(f"{rule} is removed")).to_be_visible()


def is_denied(page: Page, title: str, message: str) -> None:
    expect(page.get_by_role("alert")).to_contain_text(title)
    expect(page.get_by_role("alert")).to_contain_text(message)


def test_a_rule_denies_a_group_and_nobody_else(world: World, ada: Page, sit_down: Seat) -> None:
    carol, bob = sit_down().page, sit_down().page
    give_passkey(world, carol, world.acme.customers.carol)
    give_passkey(world, bob, world.bob)
    deny_contractors(ada)
    ask_to_sign_in(carol, world.application)  # a draft decides nothing
    comes_back_with_a_code(carol)

    publish(ada)
    carol.context.clear_cookies()
    ask_to_sign_in(carol, world.application)
    is_denied(carol, "You may not sign in to Shop", MESSAGE)
    ask_to_sign_in(bob, world.application)
    comes_back_with_a_code(bob)


def test_rules_are_tried_on_the_past_published_and_taken_back(world: World, ada: Page, sit_down: Seat) -> None:
    carol = sit_down().page
    give_passkey(world, carol, world.acme.customers.carol)
    ask_to_sign_in(carol, world.application)
    comes_back_with_a_code(carol)
    deny_contractors(ada)
    tab(ada, "Replay")
    ada.get_by_role("button", name="Replay").click()
    result = ada.get_by_role("list", name="Result")
    expect(result.get_by_role("listitem").filter(has_text="Newly denied")).to_contain_text("1")
    expect(ada.get_by_text("Some that would end otherwise")).to_be_visible()

    tab(ada, "Rules")
    publish(ada)
    carol.context.clear_cookies()
    ask_to_sign_in(carol, world.application)
    is_denied(carol, "You may not sign in to Shop", MESSAGE)

    tab(ada, "Versions")
    ada.locator("a[href$='/versions/1']").first.click()
    ada.get_by_role("button", name="Restore").click()
    ada.get_by_role("dialog").get_by_role("button", name="Restore into the draft").click()
    publish(ada)
    ask_to_sign_in(carol, world.application)
    comes_back_with_a_code(carol)


def test_nobody_publishes_what_locks_every_administrator_out(world: World, ada: Page) -> None:
    open_realm(ada, world.acme.admin_realm.display_name)
    go(ada, "Policy")
    for rule in selectors.published(world.acme.admin_realm).rules:
        remove(ada, rule["name"])
    ada.get_by_role("button", name="Publish changes").click()
    dialog = ada.get_by_role("dialog", name="Publish this policy?")
    dialog.get_by_label("Type").fill(world.acme.admin_realm.display_name)
    dialog.get_by_role("button", name="Publish changes").click()
    expect(ada.get_by_text("They could not sign in to the console any more")).to_be_visible()
    expect(ada.get_by_role("main")).to_contain_text(world.ada.display_name)
    assert selectors.published(world.acme.admin_realm).version == 1


def test_a_session_at_hand_is_no_way_around_it(world: World, ada: Page, sit_down: Seat) -> None:
    carol = sit_down().page
    give_passkey(world, carol, world.acme.customers.carol)
    ask_to_sign_in(carol, world.application)
    comes_back_with_a_code(carol)
    deny_contractors(ada)
    publish(ada)
    ask_to_sign_in(carol, world.application)
    expect(carol.get_by_text("Not with the account you are signed in with")).to_be_visible()
    expect(carol.get_by_text(MESSAGE)).to_be_visible()


def test_without_a_rule_that_fits_nobody_signs_in_and_nobody_makes_a_passkey(
    world: World, ada: Page, sit_down: Seat
) -> None:
    bob, dave = sit_down().page, sit_down().page
    give_passkey(world, bob, world.bob)
    remove(ada, "Passkey sign-in")
    remove(ada, "First passkey")
    publish(ada)
    ask_to_sign_in(bob, world.application)
    is_denied(bob, "You may not sign in to Shop", "not allowed")

    dave.goto(ceremonies.invite(world, world.acme.customers.people["dave"]).link)
    dave.get_by_role("button", name="Create your passkey").click()
    is_denied(dave, "Acme does not allow this passkey", "not allowed")
