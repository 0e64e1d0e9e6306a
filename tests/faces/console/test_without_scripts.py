"""Where no script runs there may be no dialog either: whatever a dialog asks is asked by a page of its own then."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from apps.credentials import selectors as credentials
from apps.directory import selectors as directory
from apps.policy import selectors as policy
from apps.policy import services as policy_verbs
from apps.realms import email_templates as mails
from apps.realms import selectors as realms
from apps.realms import theme_drafts
from apps.web import cookies
from tests import ceremonies
from tests.browser import Desk
from tests.isolation import atlas
from tests.world import World, join

# Of each page, the button that opens a dialog and the link that stands in its place.
OPENS = re.compile(r"<button[^>]*command=\"show-modal\"[^>]*>")
INSTEAD = re.compile(r"\s*<a href=\"([^\"]+)\"[^>]*data-without-js>|<a [^>]*href=\"([^\"]+)\" data-without-js>")


def here(world: World) -> str:
    return f"/console/realms/{world.realm.pk}"


def drafts(world: World) -> None:
    """Of all that can be discarded, reset or restored."""
    rules = policy.published(world.realm).rules
    policy_verbs.save_draft(world.ctx, world.realm, [{**rules[0], "name": "Other"}, *rules[1:]])
    policy_verbs.publish_draft(world.ctx, world.realm, seen_at=policy.draft_of(world.realm).updated_at)
    policy_verbs.save_draft(world.ctx, world.realm, rules)
    mails.update_wording(world.ctx, world.realm, "binding_link", subject="Ours")


@pytest.mark.django_db
def test_every_dialog_has_a_page_that_asks_the_same(world: World, ada: Client) -> None:
    drafts(world)
    place = atlas.furnish(world, world.acme.customers)
    join(world.ctx, world.realm, "new", "Nora New", "acme.test")
    asked: dict[str, set[str]] = {}
    for route in atlas.routes("console"):
        answer = ada.get(route.path(place))
        if answer.status_code != 200 or answer.streaming or b"<main" not in answer.content:
            continue
        page = answer.content.decode()
        for button in OPENS.finditer(page):
            link = INSTEAD.match(page, page.index("</button>", button.end()) + len("</button>"))
            assert link, (route, button[0])
            assert "data-needs-js" in button[0], (route, button[0])
            asked.setdefault(link[1] or link[2], set()).add(str(route))
    for url, pages in asked.items():
        answer = ada.get(url)
        assert answer.status_code == 200, (url, pages)
        assert url == "/docs/api" or '<form method="' in answer.content.decode(), (url, pages)
    acts = {url.rsplit("/", 1)[-1] for url in asked}
    assert acts >= {"discard", "reset", "restore", "remove", "suspend", "sign-out", "revoke", "end", "delete", "give"}


@pytest.fixture
def plain(sit_down: Callable[..., Desk], live_server: Any, ada: Client) -> Page:
    """A browser in which no script runs."""
    desk = sit_down(java_script_enabled=False)
    name = cookies.console_cookie()
    desk.context.add_cookies([{"name": name, "value": ada.cookies[name].value, "url": live_server.url}])
    return desk.page


def answer_on_its_page(page: Page, link: str, question: str, button: str, told: str) -> None:
    """No button that opens a dialog is to be seen; a link leads to the question, whose button does it."""
    expect(page.get_by_role("button", name=link, exact=True)).to_have_count(0)
    page.get_by_role("link", name=link, exact=True).first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(question)
    page.get_by_role("main").get_by_role("button", name=button, exact=True).click()
    expect(page.get_by_text(told)).to_be_visible()


@pytest.mark.django_db(transaction=True)
def test_what_is_asked_before_it_is_done_is_asked_by_a_page(world: World, plain: Page) -> None:
    drafts(world)
    theme_drafts.publish_draft(world.ctx, world.realm, email_realm_name="Ours")
    theme_drafts.keep_draft(world.ctx, world.realm, email_realm_name="Drafted")
    ceremonies.give_passkey(world, world.bob)
    (passkey,) = credentials.active_credentials_of(world.bob)
    lost = "Your draft stays as it is. What is live now is lost."
    plain.goto(f"{here(world)}/branding")
    plain.get_by_role("link", name="Use the default look").click()
    expect(plain.get_by_text(lost)).to_be_visible()
    plain.get_by_role("link", name="Cancel").click()
    answer_on_its_page(plain, "Discard draft", "Discard the draft?", "Discard draft", "The draft is discarded.")
    reset = ("Use the default look", "Use the default look?", "Use the default look", "The default look is live.")
    answer_on_its_page(plain, *reset)
    plain.goto(f"{here(world)}/mails/binding_link")
    answer_on_its_page(plain, "Reset", "Word it as it came?", "Reset", "It reads as it came.")
    plain.goto(f"{here(world)}/policy")
    plain.get_by_label("More for", exact=False).first.click()
    name = policy.draft_of(world.realm).rules[0]["name"]
    answer_on_its_page(plain, "Remove rule", f"Remove “{name}”?", "Remove rule", "is removed from the draft")
    answer_on_its_page(plain, "Discard", "Discard the draft?", "Discard draft", "The draft is discarded.")
    plain.goto(f"{here(world)}/policy/versions/1")
    answer_on_its_page(plain, "Restore", "Restore version 1?", "Restore into the draft", "Version 1 is in the draft.")
    plain.goto(f"{here(world)}/identities/{world.bob.pk}")
    revoke = f"Revoke “{passkey.display_name}”?"
    answer_on_its_page(plain, "Revoke", revoke, "Revoke passkey", "Passkey revoked.")
    answer_on_its_page(plain, "Suspend", "Suspend Bob Baker?", "Suspend", "Bob Baker is suspended")
    assert realms.theme_of(world.realm)._state.adding
    assert mails.get_wording(world.realm, "binding_link").is_default
    assert not credentials.active_credentials_of(world.bob).exists()
    assert not directory.get_identity(world.realm, world.bob.pk).is_active


@pytest.mark.django_db(transaction=True)
def test_everything_that_matters_still_works(world: World, plain: Page) -> None:
    plain.goto(f"{here(world)}/identities")
    plain.get_by_role("searchbox").fill("bob")
    plain.keyboard.press("Enter")
    plain.get_by_role("link", name="Bob Baker").click()
    plain.goto(f"{here(world)}/identities/{world.bob.pk}/passkeys/new")
    plain.get_by_text("Show the link").click()
    plain.get_by_role("button", name="Make link").click()
    expect(plain.get_by_text("It is shown once.")).to_be_visible()
    plain.goto(f"{here(world)}/groups/{world.acme.customers.contractors.pk}/add?q=baker")
    plain.get_by_role("button", name="Add", exact=True).click()
    expect(plain.get_by_text("Bob Baker is in “Contractors”.")).to_be_visible()
    plain.goto(f"{here(world)}/policy")
    plain.get_by_role("button", name="Move Passkey sign-in up").click()
    expect(plain.get_by_text("Not published yet: 1 rule moved")).to_be_visible()
    plain.goto(f"{here(world)}/policy/publish")
    plain.get_by_role("button", name="Publish changes").click()
    expect(plain.get_by_text("Version 2 is published.")).to_be_visible()
    plain.goto(f"{here(world)}/events")
    plain.locator("details.event").first.click()
    plain.get_by_role("link", name="Open this event").first.click()
    expect(plain.get_by_role("heading", level=1)).to_contain_text("published the policy")
    assert directory.member_count(world.acme.customers.contractors, 5) == 2
