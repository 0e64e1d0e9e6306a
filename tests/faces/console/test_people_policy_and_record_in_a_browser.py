"""People, groups, policy and events in a real browser: what scripts add to them, and whether everybody can use them."""

import re
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Page, Route, expect

from apps.credentials.services import jobs
from apps.policy import selectors as policy
from apps.web import cookies
from tests import ceremonies
from tests.browser import Desk
from tests.faces.hosted.at_a_desk import accessible
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def seated(desk: Desk, live_server: Any, ada: Client) -> Desk:
    """Ada at a browser, signed in already."""
    name = cookies.console_cookie()
    desk.context.add_cookies([{"name": name, "value": ada.cookies[name].value, "url": live_server.url}])
    return desk


@pytest.fixture
def page(seated: Desk) -> Page:
    return seated.page


def realm_page(world: World, path: str) -> str:
    return f"/console/realms/{world.realm.pk}/{path}"


def test_dialogs_menus_and_unfolded_lines_can_be_read_aloud_too(world: World, seated: Desk) -> None:
    page = seated.page
    page.goto(realm_page(world, f"identities/{world.bob.pk}"))
    page.get_by_role("button", name="Add a passkey").first.click()
    accessible(seated)
    page.goto(realm_page(world, f"groups/{world.acme.customers.contractors.pk}"))
    page.get_by_role("button", name="Add members").click()
    page.get_by_role("dialog").get_by_role("combobox").fill("b")
    expect(page.get_by_role("dialog").get_by_text("Bob Baker")).to_be_visible()
    accessible(seated)
    page.goto(realm_page(world, "events"))
    page.locator("details.event").first.click()
    expect(page.locator("details.event").first.get_by_text("JSON").first).to_be_visible()
    accessible(seated)
    for menu in ("Type", "Actor"):
        page.goto(realm_page(world, "events"))
        page.locator("summary.button").filter(has_text=menu).click()
        accessible(seated)


def test_the_address_follows_what_is_typed_and_going_back_undoes_it(world: World, page: Page) -> None:
    page.goto(realm_page(world, "identities"))
    page.keyboard.press("/")
    page.keyboard.type("bak")
    expect(page.locator("#identities tbody tr")).to_have_count(1)
    expect(page).to_have_url(re.compile(r"identities\?q=bak$"))
    page.get_by_role("navigation", name="Status").get_by_role("link", name="Suspended").click()
    expect(page.get_by_text("Nothing matches these filters.")).to_be_visible()
    expect(page.get_by_role("searchbox")).to_have_value("bak")
    page.go_back()
    expect(page.locator("#identities tbody tr")).to_have_count(1)


def test_a_link_is_watched_while_it_is_open_and_no_longer(world: World, page: Page) -> None:
    made = ceremonies.invite(world, world.bob)
    page.clock.install()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/passkeys?seen=" in request.url else None)
    page.goto(realm_page(world, f"identities/{world.bob.pk}"))
    page.mouse.move(10, 10)
    expect(page.get_by_text("Link sent")).to_be_visible()
    jobs.revoke_job(world.ctx, made.job)
    expect(page.get_by_text("Withdrawn")).to_be_visible()
    so_far = len(asked)
    page.clock.run_for(10_000)
    page.request.get("/healthz")
    assert len(asked) == so_far > 0


def test_an_open_dialog_is_not_torn_down_by_news(world: World, page: Page) -> None:
    """Nor by an answer that comes when it is open and was asked for before."""
    made = ceremonies.invite(world, world.bob)
    asked: list[Route] = []
    page.clock.install()
    page.route("**/passkeys?seen=*", lambda route: asked.append(route))
    page.goto(realm_page(world, f"identities/{world.bob.pk}"))
    page.mouse.move(10, 10)
    page.clock.run_for(2000)
    jobs.open_job(world.ctx, made.job)
    page.get_by_role("button", name="Withdraw").click()
    with page.expect_response("**/passkeys?seen=*") as answered:
        asked[0].continue_()
    assert answered.value.status == 200
    before = len(asked)
    page.clock.run_for(10_000)
    page.get_by_role("dialog").get_by_role("button", name="Withdraw link").click()
    expect(page.get_by_text("The link is withdrawn.")).to_be_visible()
    assert len(asked) == before


def test_undo_stands_in_the_toast(world: World, page: Page) -> None:
    page.goto(realm_page(world, f"identities/{world.bob.pk}"))
    page.get_by_role("button", name="Suspend").click()
    page.get_by_role("dialog").get_by_role("button", name="Suspend").click()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Bob Baker can sign in again.")).to_be_visible()
    page.goto(realm_page(world, f"groups/{world.acme.customers.contractors.pk}"))
    page.get_by_role("button", name="Remove").click()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Carol Contractor is in “Contractors”.")).to_be_visible()


def test_members_are_added_in_the_dialog_and_appear_behind_it(world: World, page: Page) -> None:
    page.goto(realm_page(world, f"groups/{world.acme.customers.contractors.pk}"))
    page.get_by_role("button", name="Add members").click()
    page.get_by_role("dialog").get_by_role("combobox").fill("baker")
    page.get_by_role("dialog").get_by_role("option").filter(has_text="Baker").click()
    expect(page.get_by_role("dialog").get_by_text("In the group")).to_be_visible()
    page.get_by_role("button", name="Done").click()
    expect(page.locator("#members").get_by_text("Bob Baker")).to_be_visible()


def test_a_rule_is_moved_by_keyboard(world: World, page: Page) -> None:
    page.goto(realm_page(world, "policy"))
    page.get_by_role("button", name="Move Passkey sign-in up").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".rule-name").first).to_contain_text("Passkey sign-in")
    assert policy.draft_of(world.realm).rules[0]["name"] == "Passkey sign-in"


def test_a_link_is_shown_in_the_dialog_once(world: World, page: Page) -> None:
    page.goto(realm_page(world, f"identities/{world.bob.pk}"))
    page.get_by_role("button", name="Add a passkey").first.click()
    page.get_by_role("dialog").get_by_text("Show the link").click()
    page.get_by_role("dialog").get_by_role("button", name="Make link").click()
    expect(page.get_by_role("dialog").get_by_text("It is shown once.")).to_be_visible()
    link = page.get_by_role("dialog").locator(".copy-field .mono").inner_text()
    page.get_by_role("dialog").get_by_role("link", name="Done").click()
    expect(page.get_by_text("Shown link")).to_be_visible()
    assert link not in page.content()
