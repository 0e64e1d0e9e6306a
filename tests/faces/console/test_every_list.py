"""Every list of the console is one kind of thing: searched while one types, filtered and walked by its address, and plain
about whether there is nothing yet or nothing that fits."""

import html
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from apps.applications import selectors as applications
from apps.applications.services import access
from apps.core import rows
from apps.streams import services as streams
from tests.world import World

pytestmark = pytest.mark.django_db

LISTS = ("identities", "groups", "applications", "authenticators", "roles", "resource-servers", "streams")
TENANT_LISTS = ("/console/realms", "/console/administrators")
HTMX = {"HX-Request": "true"}


@pytest.fixture
def furnished(world: World) -> str:
    realm = world.realm
    for name in ("Warehouse", "Lighthouse"):
        server = access.insert_resource_server(
            world.ctx, realm, display_name=name, identifier=f"https://{name.lower()}.test", scopes=["stock:read"]
        )
        access.insert_role(world.ctx, server, display_name=f"{name} clerk", scopes=["stock:read"])
        siem: dict[str, Any] = {"settings": {"site": "datadoghq.eu", "api_key": "key"}, "enabled": False}
        streams.create_event_stream(world.ctx, realm, display_name=f"{name} SIEM", type="datadog", **siem)
    return f"/console/realms/{realm.pk}"


@pytest.fixture(params=[*LISTS, *TENANT_LISTS])
def address(request: pytest.FixtureRequest, furnished: str) -> str:
    return request.param if request.param.startswith("/") else f"{furnished}/{request.param}"


def test_it_is_searched_while_one_types_and_says_when_nothing_fits(ada: Client, address: str) -> None:
    page = ada.get(address).content.decode()
    assert f'hx-get="{address}"' in page
    assert 'name="q"' in page
    found = ada.get(address, {"q": "nothing is called this"}, headers=HTMX).content.decode()
    assert "<html" not in found
    assert "Nothing matches these filters" in found
    assert f'href="{address}"' in found, "and leads back to the whole list"


def test_odd_questions_ask_for_nothing(ada: Client, address: str) -> None:
    whole = ada.get(address)
    for odd in (
        {"q": "", "before": "", "after": "", "status": "", "sort": ""},
        {"after": "no id", "status": "odd", "sort": "odd", "nobody": "asked"},
        {"before": "0" * 16}, {"after": "00000000-0000-0000-0000-000000000000"}, {"q": " \u200b"[:1] * 300},
    ):  # fmt: skip
        answer = ada.get(address, odd)
        assert answer.status_code == 200
        assert answer.content.decode().count("<tr>") == whole.content.decode().count("<tr>"), odd


HEADING = re.compile(r'<th scope="col"[^>]*?(?: aria-sort="(\w+)")?><a class="sort" href="([^"]+)">')
ROW = re.compile(r'class="row-link[^"]*" href="([^"]+)"')


def test_its_columns_sort_it_by_links_and_say_so(ada: Client, address: str) -> None:
    usual = ada.get(address).content.decode()
    headings = [html.unescape(url) for _, url in HEADING.findall(usual)]
    assert headings
    for url in headings:
        page = ada.get(url).content.decode()
        states = [(state, html.unescape(back)) for state, back in HEADING.findall(page) if state]
        assert len(states) == 1, url
        back = ada.get(states[0][1]).content.decode()
        turned = [state for state, _ in HEADING.findall(back) if state]
        assert {*turned, states[0][0]} == {"ascending", "descending"}
        assert ROW.findall(back) == ROW.findall(page)[::-1]
        assert sorted(ROW.findall(page)) == sorted(ROW.findall(usual))


def test_a_sorted_search_stays_sorted(ada: Client, address: str) -> None:
    """For what some name of each list has; a letter or two stand for the beginning of a person's."""
    words = {"identities": "baker", "/console/administrators": "admin"}
    asked = next((word for ending, word in words.items() if address.endswith(ending)), "s")
    page = ada.get(address, {"sort": "-name", "q": asked}).content.decode()
    assert '<input type="hidden" name="sort" value="-name">' in page
    part = ada.get(address, {"sort": "-name", "q": asked}, headers=HTMX).content.decode()
    assert 'aria-sort="descending"' in part
    assert f"q={asked}" in part


@pytest.mark.parametrize(
    ("noun", "page_of"),
    [("roles", applications.page_of_roles), ("resource-servers", applications.page_of_resource_servers)],
)
def test_a_long_list_is_walked_by_its_address_and_keeps_what_it_is_searched_for(
    ada: Client, furnished: str, noun: str, page_of: Callable[..., rows.Page], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(page_of.__kwdefaults__, "size", 1)  # type: ignore[index]
    first = ada.get(f"{furnished}/{noun}", {"q": "house"}).content.decode()
    assert "Warehouse" in first
    assert "Lighthouse" not in first
    further = re.search(rf'href="({furnished}/{noun}\?q=house&amp;after=[^"]+)"', first)
    assert further
    second = ada.get(further[1].replace("&amp;", "&")).content.decode()
    assert "Lighthouse" in second
    assert "before=" in second


def test_an_empty_list_says_what_belongs_there(ada: Client, world: World) -> None:
    here = f"/console/realms/{world.acme.staff.realm.pk}"
    for noun, words in (
        ("streams", "No streams yet"),
        ("roles", "First an API"),
        ("resource-servers", "No resource servers yet"),
    ):
        page = ada.get(f"{here}/{noun}").content.decode()
        assert words in page
        assert "Nothing matches" not in page
