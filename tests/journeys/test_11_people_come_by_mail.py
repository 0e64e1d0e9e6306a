"""Hosted sign-in as people meet it: a code by mail, a passkey offered, back by autofill, and back in after losing it all."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from apps.credentials.models import Credential
from apps.directory.models import Identity
from apps.policy import services as policy
from apps.tokens.issuer import endpoints_of
from tests import ceremonies
from tests.browser import Desk
from tests.faces.hosted.at_a_desk import accessible
from tests.journeys.post_office import PostOffice
from tests.world import World

NELL, BOB = "nell@acme.test", "bob@acme.test"


@pytest.fixture
def shop(world: World) -> Callable[[Desk], str]:
    """Where the shop sends people to sign in; the shop itself answers whoever comes back."""
    client = ceremonies.client_of(world)

    def leads(desk: Desk) -> str:
        desk.context.route(f"{client.redirect_uri}**", lambda route: route.fulfill(body="welcome to the shop"))
        return f"{endpoints_of(client.application).authorization}?{client.query()}"

    return leads


def give_address(page: Page, address: str) -> None:
    page.get_by_label("E-mail").fill(address)
    page.get_by_role("button", name="Continue", exact=True).click()
    expect(page.get_by_role("heading", name="Enter the code")).to_be_visible()


def type_code(page: Page, code: str) -> None:
    """As people paste it; the page sends it by itself."""
    page.get_by_label("Code").fill(f"{code[:3]} {code[3:]}")


def welcomed(page: Page) -> None:
    page.wait_for_selector("text=welcome to the shop")


def let_in(world: World) -> None:
    """Everything is allowed: what the rules refuse is another journey's."""
    everything = {"id": "in", "name": "in", "transaction": "any", "condition": {}, "action": {"type": "allow"}}
    policy.save_draft(world.ctx, world.realm, [everything])
    policy.publish_draft(world.ctx, world.realm)


def test_a_stranger_signs_up_makes_a_passkey_and_is_back_by_autofill(
    world: World, desk: Desk, post_office: PostOffice, shop: Callable[[Desk], str]
) -> None:
    ceremonies.open_codes(world)
    page, start = desk.page, shop(desk)
    page.goto(start)
    give_address(page, NELL)
    type_code(page, post_office.code_to(NELL, page))

    expect(page.get_by_role("heading", name="What is your name?")).to_be_visible()
    page.get_by_label("Your name").fill("Nell New")
    page.get_by_role("button", name="Continue").click()

    expect(page.get_by_role("heading", name="Skip the code next time")).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text(NELL)
    page.get_by_role("button", name="Create a passkey").click()
    expect(page.get_by_role("heading", name="Your passkey is ready")).to_be_visible()
    page.get_by_role("button", name="Continue to Shop").click()
    welcomed(page)
    assert Identity.objects.get(username=NELL).display_name == "Nell New"
    assert len(desk.passkeys()) == 1

    desk.context.clear_cookies()  # the next day; the list of accounts and the passkey stay
    page.goto(start)
    welcomed(page)
    desk.context.clear_cookies()
    page.goto("/healthz")
    page.evaluate("localStorage.clear()")
    page.goto(start)  # no account is remembered: the address field offers the passkey by itself
    welcomed(page)


def test_a_browser_without_passkeys_signs_in_with_a_code(
    world: World, sit_down: Callable[..., Desk], post_office: PostOffice, shop: Callable[[Desk], str]
) -> None:
    """The whole way without scripts, too."""
    ceremonies.open_codes(world)
    desk = sit_down(java_script_enabled=False)
    page = desk.page
    page.goto(shop(desk))
    give_address(page, BOB)
    page.get_by_label("Code").fill(post_office.code_to(BOB, page))
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Continue without one").click()
    welcomed(page)


def test_wrong_codes_run_out_and_a_new_one_helps(
    world: World, desk: Desk, post_office: PostOffice, shop: Callable[[Desk], str]
) -> None:
    ceremonies.open_codes(world, returning={"method": "email_one_time_password"})
    page = desk.page
    page.goto(shop(desk))
    give_address(page, BOB)
    mistyped = "000000" if post_office.code_to(BOB, page) != "000000" else "111111"
    for words in ("2 tries left", "one try left", "no longer works"):
        type_code(page, mistyped)
        expect(page.get_by_role("main")).to_contain_text(words)
    page.get_by_role("button", name="Send a new code").click()
    expect(page.get_by_label("Code")).to_be_visible()
    type_code(page, post_office.code_to(BOB, page))
    welcomed(page)


def test_a_key_of_the_browser_signs_in_with_a_fresh_certificate_each_time_and_is_hidden_by_a_switch(
    world: World, desk: Desk, post_office: PostOffice, shop: Callable[[Desk], str]
) -> None:
    ceremonies.open_codes(world, returning={"method": "software_passkey"})
    let_in(world)
    page, start = desk.page, shop(desk)
    page.goto(start)
    give_address(page, BOB)
    type_code(page, post_office.code_to(BOB, page))
    page.get_by_role("button", name="Create a passkey").click()
    expect(page.get_by_role("heading", name="Your passkey is ready")).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text("stays in this browser")
    page.get_by_role("button", name="Continue to Shop").click()
    welcomed(page)
    assert Credential.objects.get(identity=world.bob).method == "x509"
    assert desk.passkeys() == []
    desk.context.clear_cookies()
    page.goto(start)
    welcomed(page)

    ceremonies.open_codes(world)  # device passkeys from now on
    desk.context.clear_cookies()
    page.goto(start)
    expect(page.get_by_label("E-mail")).to_be_visible()
    expect(page.get_by_role("main")).not_to_contain_text("Bob Baker")
    give_address(page, BOB)
    type_code(page, post_office.code_to(BOB, page))
    page.get_by_role("button", name="Create a passkey").click()
    expect(page.get_by_role("heading", name="Your passkey is ready")).to_be_visible()
    assert len(desk.passkeys()) == 1
    assert Credential.objects.filter(identity=world.bob, state="ACTIVE").count() == 2


def test_who_lost_the_passkey_gets_back_in_by_mail(
    world: World, desk: Desk, post_office: PostOffice, shop: Callable[[Desk], str]
) -> None:
    ceremonies.open_codes(world)
    ceremonies.give_passkey(world, world.bob)
    page = desk.page
    page.goto(shop(desk))
    page.get_by_role("link", name="Lost your passkey?").click()
    page.get_by_label("E-mail").fill(BOB)
    page.get_by_role("button", name="Send the link").click()
    expect(page.get_by_role("heading", name="Check your mail")).to_be_visible()
    page.goto(post_office.link_to(BOB, page))
    page.get_by_role("button", name="Send the code").click()
    type_code(page, post_office.code_to(BOB, page))
    page.get_by_role("button", name="Create your passkey").click()
    expect(page.get_by_role("heading", name="Your passkey is ready")).to_be_visible()
    expect(page.get_by_role("link", name="Look at your passkeys")).to_be_visible()
    assert Credential.objects.filter(identity=world.bob, state="ACTIVE").count() == 2


def test_every_page_of_it_is_accessible(
    world: World, desk: Desk, post_office: PostOffice, shop: Callable[[Desk], str]
) -> None:
    ceremonies.open_codes(world)
    page = desk.page
    page.goto(shop(desk))
    accessible(desk)
    recover = page.get_by_role("link", name="Lost your passkey?").get_attribute("href") or ""
    give_address(page, NELL)
    accessible(desk)
    type_code(page, "000000")
    expect(page.get_by_role("main")).to_contain_text("2 tries left")
    accessible(desk)
    type_code(page, post_office.code_to(NELL, page))
    page.get_by_label("Your name").wait_for()
    accessible(desk)
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Create a passkey").wait_for()
    accessible(desk)
    page.get_by_role("button", name="Create a passkey").click()
    expect(page.get_by_role("heading", name="Your passkey is ready")).to_be_visible()
    page.get_by_role("button", name="Stay here").click()
    accessible(desk)
    page.goto(recover)
    accessible(desk)
