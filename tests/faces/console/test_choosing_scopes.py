"""Scopes of an application, chosen among however many APIs: a few are shown, the others found by typing, and what is chosen
stays on the page; without a script too."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.applications import selectors as applications
from apps.applications.services import resource_servers
from tests.world import World

pytestmark = pytest.mark.django_db

MANY = 40


@pytest.fixture
def servers(world: World) -> list[Any]:
    return [
        resource_servers.create_resource_server(
            world.ctx,
            world.realm,
            display_name=f"Service {number:02}",
            identifier=f"https://service{number}.test",
            scopes=[f"things{number}:read", f"things{number}:write"],
        )
        for number in range(MANY)
    ]


def url(world: World, *further: str) -> str:
    return "/".join((f"/console/realms/{world.realm.pk}/applications", *further))


def configuration(world: World) -> str:
    return url(world, str(world.application.pk), "configuration")


def choices(page: str) -> dict[str, bool]:
    """Value → whether it is ticked, of the boxes on a page."""
    found = re.findall(r'<input type="checkbox" name="scopes" value="([^"]+)"( checked)?', page)
    return {value: bool(checked) for value, checked in found}


def sent(page: Any) -> dict[str, Any]:
    """What a browser would send of the form as it stands, but for the scopes."""
    form = page.context["form"]
    values = {name: form[name].value() for name in form.fields if name != "scopes"}
    return {name: value for name, value in values.items() if value is not None and value is not False}


def test_few_are_shown_and_others_are_found_by_api_address_or_scope(
    world: World, ada: Client, servers: list[Any]
) -> None:
    page = ada.get(configuration(world)).content.decode()
    assert 0 < len(choices(page)) <= 60
    assert "There are more: type to find them." in page
    wanted = servers[37]
    for text in ("service 37", "SERVICE37.test", "things37:w"):
        found = ada.get(url(world, "choices"), {"name": "scopes", "find_scopes": text}).content.decode()
        assert f"{wanted.pk} things37:write" in choices(found), text
        assert len(choices(found)) <= 2, text
    nothing = ada.get(url(world, "choices"), {"find_scopes": "<b>\x00%"}).content.decode()
    assert choices(nothing) == {} or "<b>" not in nothing


def test_what_is_chosen_stays_whatever_is_looked_for_and_its_api_is_offered_whole(
    world: World, ada: Client, servers: list[Any]
) -> None:
    chosen = f"{servers[39].pk} things39:read"
    page = ada.get(url(world, "choices"), {"find_scopes": "service 12", "scopes": [chosen, "nonsense", "x y"]})
    found = choices(page.content.decode())
    assert [value for value, is_ticked in found.items() if is_ticked] == [chosen]
    assert f"{servers[12].pk} things12:read" in found
    again = choices(ada.get(url(world, "choices"), {"scopes": [chosen]}).content.decode())
    assert list(again)[:2] == [chosen, f"{servers[39].pk} things39:write"]


def test_it_is_looked_for_and_saved_without_a_script(world: World, ada: Client, servers: list[Any]) -> None:
    here = configuration(world)
    typed = sent(ada.get(here))
    page = ada.post(here, {**typed, "name": "", "find_scopes": "service 33", "find": "1"})
    assert page.status_code == 200  # nothing is judged yet, and nothing stored
    assert page.context["form"].errors == {}
    value = f"{servers[33].pk} things33:read"
    assert choices(page.content.decode())[value] is False
    saved = ada.post(here, {**typed, "scopes": [value], "enter": "1", "find_scopes": ""})
    assert saved.status_code == 303, saved.context["form"].errors
    row = applications.get_application(world.realm, world.application.pk)
    assert (row.resource_server_id, row.allowed_scopes) == (servers[33].pk, ["things33:read"])
    assert choices(ada.get(here).content.decode())[value] is True


def test_scopes_of_two_apis_are_refused_and_both_stay_ticked(world: World, ada: Client, servers: list[Any]) -> None:
    here = configuration(world)
    two = [f"{servers[3].pk} things3:read", f"{servers[38].pk} things38:read"]
    page = ada.post(here, {**sent(ada.get(here)), "scopes": two})
    assert page.status_code == 422
    assert "Choose scopes of one API only" in page.content.decode()
    assert {value for value, is_ticked in choices(page.content.decode()).items() if is_ticked} == set(two)


def test_a_new_application_chooses_alike(world: World, ada: Client, servers: list[Any]) -> None:
    page = ada.get(f"{url(world, 'new')}?kind=machine")
    assert len(choices(page.content.decode())) <= 60
    value = f"{servers[36].pk} things36:read"
    typed = {
        name: page.context["form"][name].value() for name in ("once", "kind", "expires_after", "signing_algorithm")
    }
    looked = ada.post(url(world, "new"), {**typed, "name": "Robot", "find_scopes": "things36", "enter": "1"})
    assert looked.status_code == 200
    assert value in choices(looked.content.decode())
    ada.post(url(world, "new"), {**typed, "name": "Robot", "scopes": [value], "enter": "1"})
    made = applications.applications_in(world.realm).get(display_name="Robot")
    assert made.allowed_scopes == ["things36:read"]


def test_few_apis_are_all_shown_as_they_were(world: World, ada: Client) -> None:
    page = ada.get(configuration(world))
    assert page.context["form"].scope_picker is None
    assert "find_scopes" not in page.content.decode()


def test_another_realms_apis_are_never_offered(world: World, ada: Client, servers: list[Any]) -> None:
    foreign = resource_servers.create_resource_server(
        world.ctx, world.acme.staff.realm, display_name="Elsewhere", identifier="https://else.test", scopes=["e:read"]
    )
    value = f"{foreign.pk} e:read"
    page = ada.get(url(world, "choices"), {"find_scopes": "elsewhere", "scopes": [value]}).content.decode()
    assert choices(page) == {}
    here = configuration(world)
    assert ada.post(here, {**sent(ada.get(here)), "scopes": [value]}).status_code == 422


def test_the_page_reads_few_of_very_many(world: World, ada: Client, servers: list[Any]) -> None:
    ada.get(configuration(world))
    with CaptureQueriesContext(connection) as asked:
        ada.get(configuration(world))
    (of_servers,) = (each["sql"] for each in asked if 'FROM "applications_resourceserver"' in each["sql"])
    assert "LIMIT 9" in of_servers
    assert len(asked) <= 12
