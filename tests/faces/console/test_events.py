"""Events at the console: one-line sentences, filters in the address, a flow from end to end, one event in full."""

import json
import re
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from django.test import Client

from apps.applications.models import Application
from apps.core.context import Client as Browser
from apps.directory.models import Group, Identity
from apps.directory.services import groups, identities
from apps.events import counting, sampling, searching
from apps.events import selectors as events
from apps.events.attempt import attempt
from apps.events.selectors import EventFilter
from apps.events.types import EventType
from apps.onboarding import services as onboarding
from apps.policy import services as policy
from apps.policy.services import PolicyDenied
from apps.tokens.services import access
from tests import ceremonies, record
from tests.words import words_of
from tests.world import World, join

pytestmark = pytest.mark.django_db

HTMX = {"HTTP_HX_REQUEST": "true"}
FLOW = ["AUTHORIZE_REQUEST", "AUTHENTICATION_TRANSACTION", "POLICY_EVALUATION", "TOKEN_REQUEST", "USERINFO_READ"]


@pytest.fixture
def listed(world: World) -> str:
    return f"/console/realms/{world.realm.pk}/events"


@pytest.fixture
def signed_in(world: World) -> str:
    """Bob signs in to the shop, which redeems the code and reads who he is. The flow's correlation id."""
    passkey = ceremonies.give_passkey(world, world.bob)
    client = ceremonies.client_of(world)
    answer = ceremonies.tokens_for(world.visitor, client, passkey)
    access.read_userinfo(world.visitor, client.application, answer["access_token"])
    return record.last(world.realm, EventType.USERINFO_READ).correlation_id


def lines(page: str) -> list[str]:
    """The sentences of a page, without markup."""
    return [re.sub("<[^>]+>", "", found) for found in re.findall(r'<span class="event-text"><span>(.*?)</span><', page)]


def test_a_sign_in_reads_as_five_kinds_of_event_under_one_id(
    world: World, ada: Client, listed: str, signed_in: str
) -> None:
    answer = ada.get(listed, {"correlation_id": signed_in})
    told = answer.context["told"]
    assert {each.event.correlation_id for each in told} == {signed_in}
    assert {each.event.type for each in told} >= set(FLOW)
    assert lines(answer.content.decode()) == [
        "Shop read the profile of Bob Baker",
        "Shop got tokens for Bob Baker",
        "A session of Bob Baker began",
        "Bob Baker signed in to Shop with a hardware passkey",
        "The policy let Bob Baker sign in",
        "A sign-in to Shop began",
        "Shop asked somebody to sign in",
    ]


def test_place_browser_and_rule_stand_beside_the_sentence(ada: Client, listed: str, signed_in: str) -> None:
    page = ada.get(listed, {"correlation_id": signed_in}).content.decode()
    assert "203.0.113.7 · Chrome on macOS" in page
    assert "Rule “Passkey sign-in”, version 1" in page


def test_an_event_in_full_has_facts_its_flow_and_its_json(
    world: World, ada: Client, listed: str, signed_in: str
) -> None:
    event = record.last(world.realm, EventType.AUTHENTICATION_TRANSACTION)
    page = ada.get(f"{listed}/{event.pk}").content.decode()
    assert len(ada.get(f"{listed}/{event.pk}").context["flow"]) == 7
    assert f'href="{listed}?correlation_id={signed_in}"' in page
    assert f'href="/console/realms/{world.realm.pk}/identities/{world.bob.pk}"' in page
    assert f'href="/console/realms/{world.realm.pk}/applications/{world.application.pk}"' in page
    shown = json.loads(ada.get(f"{listed}/{event.pk}").context["json"])
    assert set(shown) == {
        "id", "tenant_id", "realm_id", "type", "version", "occurred_at", "recorded_at", "correlation_id", "outcome",
        "actor", "targets", "client", "data",
    }  # fmt: skip
    assert (shown["actor"]["id"], shown["client"]["ip"]) == (world.bob.pk, "203.0.113.7")


def test_a_line_unfolds_into_a_part_of_the_page(world: World, ada: Client, listed: str, signed_in: str) -> None:
    event = record.last(world.realm, EventType.USERINFO_READ)
    fragment = ada.get(f"{listed}/{event.pk}", **HTMX).content.decode()
    assert "<html" not in fragment
    assert "Everything in this flow" in fragment


def test_a_change_shows_before_and_after(world: World, ada: Client, listed: str) -> None:
    identities.update_identity(world.ctx, world.bob, display_name="Robert Baker")
    event = record.last(world.realm, EventType.IDENTITY_CHANGE)
    page = ada.get(f"{listed}/{event.pk}").content.decode()
    assert '<td>display name</td><td class="change">Bob Baker</td>' in page
    assert '<td class="change change-after">Robert Baker</td>' in page


def test_things_that_are_gone_are_named_without_a_link(world: World, ada: Client, listed: str) -> None:
    identities.delete_identity(world.ctx, world.bob)
    event = record.last(world.realm, EventType.IDENTITY_CHANGE)
    page = ada.get(f"{listed}/{event.pk}").content.decode()
    assert "Bob Baker" in page
    assert f"identities/{world.bob.pk}" not in page


# --- filters ----------------------------------------------------------------------------------------------------------


def test_types_and_outcomes_filter_and_stand_as_chips_that_take_themselves_away(
    world: World, ada: Client, listed: str, signed_in: str
) -> None:
    query = {"type": ["TOKEN_REQUEST", "USERINFO_READ"], "outcome": "SUCCESS"}
    answer = ada.get(listed, query)
    assert {each.event.type for each in answer.context["told"]} == {"TOKEN_REQUEST", "USERINFO_READ"}
    chips = {chip["label"]: chip["url"] for chip in answer.context["chips"]}
    assert chips == {
        "Token request": f"{listed}?type=USERINFO_READ&outcome=SUCCESS",
        "Userinfo read": f"{listed}?type=TOKEN_REQUEST&outcome=SUCCESS",
        "Success": f"{listed}?type=TOKEN_REQUEST&type=USERINFO_READ",
    }


def test_the_menus_offer_the_whole_catalogue(ada: Client, listed: str) -> None:
    types, outcomes = ada.get(listed).context["menus"]
    assert {item["code"] for item in types["items"]} == set(EventType)
    offered = {item["code"] for item in outcomes["items"]}
    assert {"SUCCESS", "ALLOW", "DENY", "CONFLICT", "PROOF_REFUSED", "LINK_EXPIRED", "INVALID_CLIENT"} <= offered


def test_an_actor_is_found_while_typing_and_keeps_the_other_filters(
    world: World, ada: Client, listed: str, signed_in: str
) -> None:
    page = ada.get(f"{listed}/actors", {"q": "bob", "type": "TOKEN_REQUEST"}, **HTMX).content.decode()
    assert f"{listed}?type=TOKEN_REQUEST&amp;actor={world.bob.pk}" in page
    assert "Evil" not in words_of(page)
    assert "Shop" in ada.get(f"{listed}/actors", {"q": "sho"}, **HTMX).content.decode()
    found = ada.get(listed, {"actor": world.bob.pk, "type": "TOKEN_REQUEST"})
    assert lines(found.content.decode()) == ["Shop got tokens for Bob Baker"]
    assert "By Bob Baker" in found.content.decode()


def test_a_pasted_id_leads_where_it_belongs_and_other_words_are_searched(
    world: World, ada: Client, listed: str, signed_in: str
) -> None:
    event = record.last(world.realm, EventType.USERINFO_READ)
    assert ada.get(listed, {"q": str(event.pk)})["Location"] == f"{listed}/{event.pk}"
    found = ada.get(listed, {"q": signed_in, "type": "TOKEN_REQUEST"})["Location"]
    assert found == f"{listed}?type=TOKEN_REQUEST&correlation_id={signed_in}"
    for text in (world.bob.pk, "BOB", "bob baker"):
        answer = ada.get(listed, {"q": text, "type": "TOKEN_REQUEST"})
        assert lines(answer.content.decode()) == ["Shop got tokens for Bob Baker"]
        assert {chip["label"] for chip in answer.context["chips"]} == {"Token request", f"“{text}”"}


def test_a_thing_an_address_and_a_time_filter_too(world: World, ada: Client, listed: str, signed_in: str) -> None:
    found = ada.get(
        listed, {"target": world.application.pk, "type": "TOKEN_REQUEST", "last": "1h", "ip": "203.0.113.7"}
    )
    assert lines(found.content.decode()) == ["Shop got tokens for Bob Baker"]
    labels = {chip["label"] for chip in found.context["chips"]}
    assert labels == {"Token request", "About Shop", "From 203.0.113.7", "Last hour"}
    for query in (
        {"ip": "192.0.2.1"},
        {"to": "2020-01-01T00:00"},
        {"from": "2090-01-01T00:00", "to": "2091-01-01T00:00"},
    ):
        assert ada.get(listed, query).context["told"] == [], query


def test_the_picture_counts_by_time_and_each_bar_leads_to_its_events(
    world: World, ada: Client, listed: str, signed_in: str
) -> None:
    chart = ada.get(f"{listed}/chart", {"last": "1h"}, **HTMX)
    page = chart.content.decode()
    assert "<html" not in page
    shown = chart.context["chart"]
    assert int(shown["total"]) == len(record.events(world.realm)) == sum(int(row["total"]) for row in shown["rows"])
    assert "Success" in page
    followed = ada.get(shown["bars"][-1].url)
    assert followed.status_code == 200
    assert 0 < len(followed.context["told"]) <= len(record.events(world.realm))
    assert ada.get(f"{listed}/chart", {"last": "1h"})["Location"] == f"{listed}?last=1h&drawn=1"
    assert '<div id="chart"' in ada.get(listed, {"last": "1h", "drawn": "1"}).content.decode()
    assert ada.get(f"{listed}/chart", {"q": "nobody at all"}, **HTMX).context["chart"]["bars"] == []


def test_many_events_are_estimated_from_samples(
    world: World, ada: Client, listed: str, signed_in: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "COUNTED", 3)
    monkeypatch.setattr(sampling, "SAMPLE", 4)
    for query in ({}, {"type": "IDENTITY_CHANGE"}, {"outcome": "SUCCESS", "ip": "203.0.113.7"}):
        shown = ada.get(f"{listed}/chart", {"last": "15m", **query}, **HTMX).context["chart"]
        assert shown["bars"], query


def test_what_happens_shows_while_it_is_followed(world: World, ada: Client, listed: str) -> None:
    page = ada.get(listed, {"live": "1", "type": "GROUP_CHANGE"})
    assert "data-poll" in page.content.decode()
    url = f"{listed}?type=GROUP_CHANGE&live=1&seen={page.context['seen']}"
    assert ada.get(url, **HTMX).status_code == 204
    groups.create_group(world.ctx, world.realm, display_name="Fresh")
    part = ada.get(url, **HTMX)
    assert part.content.decode().lstrip().startswith('<div id="events"')
    assert lines(part.content.decode())[0] == "Ada Admin created the group Fresh"
    assert "data-poll" not in ada.get(listed).content.decode()


def test_a_search_that_looked_as_far_as_it_may_offers_to_look_further(
    world: World, ada: Client, listed: str, signed_in: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "_LEAST", 1)
    monkeypatch.setattr(searching, "_COUNTED_THROUGH", 3)
    monkeypatch.setattr(searching, "search", partial(searching.search, looked_through=3))
    answer = ada.get(listed, {"q": "no such words"})
    assert "Look further" in answer.content.decode()
    assert ada.get(answer.context["older_url"]).status_code == 200


def test_a_decision_says_what_it_went_by(world: World, ada: Client, listed: str, signed_in: str) -> None:
    event = record.last(world.realm, EventType.POLICY_EVALUATION)
    page = ada.get(f"{listed}/{event.pk}").content.decode()
    assert "Why the policy decided so" in page
    assert "Rule: Passkey sign-in" in page
    assert '<dt>The address</dt><dd>203.0.113.7 <span class="muted mono">request.ip</span></dd>' in page


@pytest.mark.parametrize("text", ["nobody", "0" * 16, "<script>", "\ud7ff", "../admin", "01a202f5-9ceb-7410"])
def test_what_is_known_to_nobody_says_so(ada: Client, listed: str, text: str) -> None:
    answer = ada.get(listed, {"q": text})
    assert answer.status_code == 200
    assert "Nothing matches these filters." in answer.content.decode()
    assert "<script>" not in answer.content.decode()


def test_nothing_found_offers_to_clear_the_filters(ada: Client, listed: str) -> None:
    page = ada.get(listed, {"outcome": "LINK_USED"}).content.decode()
    assert "Nothing matches these filters." in page
    assert f'href="{listed}"' in page


def test_a_new_realm_tells_how_it_began(world: World, ada: Client) -> None:
    realm = onboarding.create_realm(world.ctx, world.acme.tenant, world.acme.admin_realm, display_name="Bare")
    page = ada.get(f"/console/realms/{realm.pk}/events").content.decode()
    assert lines(page) == ["The policy began with its first rules", "A signing key was made"]


def test_the_list_is_walked_to_older_and_newer(world: World, ada: Client, listed: str) -> None:
    for number in range(60):
        join(world.ctx, world.realm, f"p{number}", f"Person {number}", "acme.test")
    first = ada.get(listed, {"type": "IDENTITY_CHANGE"})
    second = ada.get(first.context["older_url"])
    back = ada.get(second.context["newer_url"])
    assert [each.id for each in back.context["told"]] == [each.id for each in first.context["told"]]
    assert len({each.id for answer in (first, second) for each in answer.context["told"]}) == 63
    assert "Showing 50 of 63" in first.content.decode()


@pytest.mark.parametrize(
    "query",
    ["type=%FF", "outcome=" + "x" * 2000, "before=nonsense", "after=..", "actor=%27", "&".join(["type=X"] * 300)],
)
def test_odd_filters_are_no_trouble(ada: Client, listed: str, query: str) -> None:
    assert ada.get(f"{listed}?{query}").status_code == 200


# --- whose events -----------------------------------------------------------------------------------------------------


def test_events_of_another_realm_are_not_found(world: World, ada: Client, listed: str) -> None:
    for realm in (world.acme.staff.realm, world.evil.customers.realm):
        event = record.last(realm, EventType.GROUP_CHANGE)
        assert ada.get(f"{listed}/{event.pk}").status_code == 404
        assert ada.get(listed, {"correlation_id": event.correlation_id}).status_code == 200
    assert "Evil" not in words_of(ada.get(listed))


@pytest.mark.parametrize("event_id", ["x", "0", "nonsense", "00000000-0000-0000-0000-000000000000", "%00"])
def test_a_bad_event_id_is_not_found(ada: Client, listed: str, event_id: str) -> None:
    assert ada.get(f"{listed}/{event_id}").status_code in (404, 400 if event_id == "%00" else 404)


# --- hostile words ----------------------------------------------------------------------------------------------------


def test_hostile_words_in_any_part_of_an_event_are_shown_as_text(world: World, ada: Client, listed: str) -> None:
    hostile = "<svg/onload=alert(1)>"
    ctx = replace(world.ctx, client=Browser(ip="203.0.113.9", user_agent=hostile), correlation_id=hostile)
    ctx = ctx.acting_as(replace(ctx.actor, display_name=hostile))
    things: list[Any] = [
        Identity(pk="1", display_name=hostile),
        Group(pk="2", display_name=hostile),
        Application(display_name=hostile),
    ]
    for kind in EventType:
        for outcome in ("SUCCESS", "ALLOW", "DENY", hostile):
            data = {"action": hostile, "reason": hostile, "binding": hostile, "personal": {"recipient": hostile}}
            data |= {"changes": {hostile: [hostile, hostile]}, "decision": {"matched_rule_id": hostile}}
            with attempt(ctx, kind, world.realm, data=data) as event:
                event.outcome = outcome
                for thing in things:
                    event.target(thing)
    page = ada.get(listed).content.decode()
    assert "<svg/onload" not in page
    for event in events.events_in(world.realm, EventFilter(correlation_id=hostile)):
        shown = ada.get(f"{listed}/{event.pk}").content.decode()
        assert "<svg/onload" not in shown
        assert "&lt;svg/onload" in shown


def test_a_denied_sign_in_reads_with_the_message_the_person_saw(world: World, ada: Client, listed: str) -> None:
    passkey = ceremonies.give_passkey(world, world.bob)
    rule = {"id": "r", "name": "Closed", "transaction": "any", "action": {"type": "deny", "message": "We are closed."}}
    policy.save_draft(world.ctx, world.realm, [rule])
    policy.publish_draft(world.ctx, world.realm)
    with pytest.raises(PolicyDenied):
        ceremonies.sign_in(world.visitor, ceremonies.client_of(world), passkey)
    page = ada.get(listed, {"outcome": "DENY"}).content.decode()
    assert lines(page) == ["Bob Baker was denied Shop: “We are closed.”", "The policy did not let Bob Baker sign in"]
    assert "tone-danger" in page
