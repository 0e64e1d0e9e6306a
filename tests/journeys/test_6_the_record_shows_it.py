"""The events page: one sign-in as one flow, found by type, by outcome and by its id, down to the JSON."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from apps.events.models import Event
from apps.events.types import EventType
from apps.policy import services as policy
from apps.policy.services import PolicyDenied
from tests import ceremonies, record
from tests.browser import Desk
from tests.journeys import parties
from tests.journeys.steps import give_passkey, go, open_console, open_realm
from tests.world import World

FLOW = (
    EventType.AUTHORIZE_REQUEST,
    EventType.AUTHENTICATION_TRANSACTION,
    EventType.POLICY_EVALUATION,
    EventType.TOKEN_REQUEST,
    EventType.USERINFO_READ,
)


@pytest.fixture
def signed_in(world: World, sit_down: Callable[..., Desk]) -> str:
    """Bob signed in to a shop built on openid-client. The flow's id."""
    page = sit_down().page
    give_passkey(world, page, world.bob)
    with parties.running(world, world.acme.customers, "openid-client") as shop:
        page.goto(f"{shop.url}/sign-in")
        page.wait_for_url(f"{shop.url}/callback?*")
    return record.last(world.realm, EventType.USERINFO_READ).correlation_id


@pytest.fixture
def ada(world: World, sit_down: Callable[..., Desk]) -> Page:
    """At the events of Bob's realm."""
    page = open_console(world, sit_down())
    open_realm(page, "Customers")
    go(page, "Events")
    return page


def lines(page: Page) -> Locator:
    return page.get_by_role("main").locator("details.event")


def choose(page: Page, menu: str, value: str) -> None:
    page.get_by_role("main").locator("summary").filter(has_text=menu).first.click()
    page.get_by_role("link", name=value, exact=True).click()
    expect(page.get_by_role("navigation", name="Filters that are set")).to_contain_text(value)


def told(page: Page) -> dict[str, Any]:
    """The JSON of the one event that is open."""
    return json.loads(page.get_by_role("main").locator("pre").first.inner_text())


def test_a_sign_in_is_one_flow(world: World, signed_in: str, ada: Page) -> None:
    of_flow = record.events(world.realm, correlation_id=signed_in)
    assert set(FLOW) <= {event.type for event in of_flow}

    ada.get_by_role("searchbox", name="Name, id, address or message").fill(signed_in)
    ada.keyboard.press("Enter")
    expect(ada.get_by_role("navigation", name="Filters that are set")).to_contain_text(signed_in)
    expect(lines(ada)).to_have_count(len(of_flow))
    expect(lines(ada).first).to_contain_text("Bob Baker")

    lines(ada).first.locator("summary").first.click()
    expect(lines(ada).first.get_by_text("The flow it is part of")).to_be_visible()
    lines(ada).first.get_by_role("link", name="Open this event").click()
    aside = ada.get_by_role("complementary", name="The flow it is part of")
    expect(aside.get_by_role("listitem")).to_have_count(len(of_flow))
    newest = told(ada)
    assert newest["type"] == of_flow[-1].type
    assert newest["correlation_id"] == signed_in
    assert newest["actor"]["display_name"] == "Bob Baker"


def test_filters_add_up_and_live_in_the_address(world: World, signed_in: str, ada: Page) -> None:
    refuse_carol(world)
    ada.reload()
    choose(ada, "Type", "Token request")
    expect(lines(ada)).to_have_count(count(world, type=EventType.TOKEN_REQUEST))
    choose(ada, "Type", "Policy evaluation")
    choose(ada, "Outcome", "Denied")
    expect(lines(ada)).to_have_count(count(world, type=EventType.POLICY_EVALUATION, outcome="DENY"))
    address = ada.url
    lines(ada).first.locator("summary").first.click()
    ada.get_by_role("link", name="Open this event").first.click()
    expect(ada.get_by_role("heading", level=1)).to_contain_text("Carol Contractor")
    assert told(ada)["data"]["decision"]["message"] == "Not today."
    ada.goto(address)
    ada.get_by_role("link", name="Clear filters").click()
    expect(lines(ada)).to_have_count(min(50, count(world)))


def refuse_carol(world: World) -> None:
    passkey = ceremonies.give_passkey(world, world.acme.customers.carol)
    rule = {"id": "no", "name": "Closed", "description": "", "enabled": True, "transaction": "authentication"}
    deny = {**rule, "condition": {}, "action": {"type": "deny", "message": "Not today."}}
    policy.save_draft(world.request, world.realm, [deny])
    policy.publish_draft(world.request, world.realm)
    with pytest.raises(PolicyDenied):
        ceremonies.sign_in(world.visitor, ceremonies.client_of(world), passkey)


def count(world: World, **wanted: str) -> int:
    return Event.objects.filter(realm_id=world.realm.pk, **wanted).count()
