"""/docs/api: every operation, for people: what it takes and answers, and a command that truly works."""

import re
import shlex
from html import unescape
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from playwright.sync_api import expect

from apps.api import description, reference
from tests.faces.api.caller import Caller
from tests.world import World

DOCUMENT = description.document()
NOUNS = reference.nouns()
ENTRIES = [entry for noun in NOUNS for entry in noun.entries]


def page(path: str) -> str:
    response = Client().get(path)
    assert response.status_code == 200
    return unescape(response.content.decode())


def test_the_overview_leads_to_every_operation() -> None:
    text = page("/docs/api")
    for noun in NOUNS:
        assert noun.about
        for entry in noun.entries:
            assert f'href="{noun.url}#{entry.id}"' in text
    assert len(ENTRIES) == sum(len(methods) for methods in DOCUMENT["paths"].values())


@pytest.mark.parametrize("noun", NOUNS, ids=lambda noun: noun.slug)
def test_a_noun_tells_all_of_its_operations(noun: reference.Noun) -> None:
    text = page(noun.url)
    for entry in noun.entries:
        described = DOCUMENT["paths"][entry.path][entry.method.lower()]
        _, _, own = text.partition(f'<article class="operation" id="{entry.id}"')
        own = own.partition("</article>")[0]
        assert entry.path in own
        assert entry.curl in own
        for scope in (scope for way in described["security"] for scope in way["accessToken"]):
            assert f"<code>{scope}</code>" in own
        for status in described["responses"]:
            assert status == entry.status or f">{status}</dt>" in own, status
        for row in [*entry.in_path, *entry.in_query, *entry.in_headers]:
            assert row.about, (entry.id, row.name)


def test_the_pages_need_nothing_from_elsewhere_and_no_session() -> None:
    for path in ("/docs/api", NOUNS[0].url):
        response = Client().get(path)
        assert not response.cookies
        assert not re.findall(r'(?:src|href)="(?:https?:)?//', response.content.decode())
        assert "'unsafe-inline'" not in response["Content-Security-Policy"]


def test_there_is_no_page_for_what_is_no_noun() -> None:
    assert Client().get("/docs/api/nothing").status_code == 404
    assert Client().post("/docs/api").status_code == 405


@pytest.mark.parametrize(
    "name", ["CreateGroup", "CreateIdentity", "CreateRealm", "CreateResourceServer", "CreateTheme"]
)
def test_an_example_can_be_sent_as_it_stands(world: World, api: Caller, name: str) -> None:
    (entry,) = (entry for entry in ENTRIES if entry.id == name)
    words = shlex.split(entry.curl.replace("$TENANT", world.realm.tenant_id).replace("$REALM", world.realm.pk))
    path = words[3].partition("://")[2].partition("/")[2]
    response = api.browser.post(
        f"/{path}", words[-1], content_type="application/json", headers={"Authorization": f"Bearer {api.token}"}
    )
    assert response.status_code == 200, response.content
    assert set(response.json()) <= {row.name for row in entry.answer.rows}


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_it_can_be_filtered_and_read_by_everybody(sit_down: Any, live_server: Any) -> None:
    tab = sit_down(viewport={"width": 390, "height": 844}).page
    tab.goto(f"{live_server.url}/docs/api")
    tab.get_by_label("Filter by name, path or scope").fill("credentials:revoke")
    expect(tab.locator(".reference-summary:visible")).to_have_text(["Revoke credential"])
    expect(tab.locator(".reference-noun:visible")).to_have_count(1)
    tab.get_by_label("Filter by name, path or scope").fill("nothing like it")
    expect(tab.get_by_text("No operation matches.")).to_be_visible()
    for path in ("/docs/api", "/docs/api/identities"):
        tab.goto(f"{live_server.url}{path}")
        found = Axe().run(tab).response["violations"]
        assert not found, [(each["id"], each["nodes"][0]["html"]) for each in found]
        assert tab.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
