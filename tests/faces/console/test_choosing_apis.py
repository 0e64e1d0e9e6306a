"""One API among many, for a role or for a program that calls it: found by typing, without a script too."""

import re
from typing import Any

import pytest
from django.test import Client

from apps.applications.models import Role
from apps.applications.services import resource_servers
from tests.world import World

pytestmark = pytest.mark.django_db

MANY = 40


def add(world: World, number: int) -> Any:
    return resource_servers.create_resource_server(
        world.ctx,
        world.realm,
        display_name=f"Service {number:02}",
        identifier=f"https://service{number:02}.test",
        scopes=[f"things{number}:read"],
    )


@pytest.fixture
def servers(world: World) -> list[Any]:
    return [add(world, number) for number in range(MANY)]


def url(world: World, path: str) -> str:
    return f"/console/realms/{world.realm.pk}/{path}"


def choices(page: str) -> dict[str, bool]:
    """Value → whether it is chosen, of the radio buttons on a page."""
    found = re.findall(r'<input type="radio" name="resource_server" value="([^"]+)"( checked)?', page)
    return {value: bool(checked) for value, checked in found}


def test_a_few_apis_are_a_list_to_open(world: World, ada: Client) -> None:
    own = add(world, 1)
    page = ada.get(url(world, "roles/new")).content.decode()
    assert choices(page) == {}
    assert '<select name="resource_server"' in page
    assert f'<option value="{own.pk}"' in page


def test_a_role_finds_its_api_by_name_or_address(world: World, ada: Client, servers: list[Any]) -> None:
    page = ada.get(url(world, "roles/new")).content.decode()
    assert 0 < len(choices(page)) <= 8
    assert "There are more: type to find them." in page
    for text in ("service 37", "SERVICE37.test"):
        found = ada.get(url(world, "roles/choices"), {"find_resource_server": text}).content.decode()
        assert choices(found) == {str(servers[37].pk): False}
    asked = {"find_resource_server": "<b>%", "resource_server": str(servers[4].pk)}
    stays = ada.get(url(world, "roles/choices"), asked).content.decode()
    assert choices(stays)[str(servers[4].pk)] is True
    assert "<b>" not in stays


def test_the_api_that_one_comes_from_is_chosen(world: World, ada: Client, servers: list[Any]) -> None:
    page = ada.get(url(world, "roles/new"), {"resource_server": str(servers[33].pk)}).content.decode()
    assert [value for value, chosen in choices(page).items() if chosen] == [str(servers[33].pk)]


def test_it_is_looked_for_without_a_script_and_what_was_typed_stays(
    world: World, ada: Client, servers: list[Any]
) -> None:
    here, typed = url(world, "roles/new"), {"name": "Reader", "description": "Reads."}
    for pressed in ({"find": "1"}, {"enter": "1"}):
        page = ada.post(here, {**typed, **pressed, "find_resource_server": "service 33"})
        assert page.status_code == 200
        assert page.context["form"].errors == {}
        assert page.context["form"]["name"].value() == "Reader"
        assert choices(page.content.decode()) == {str(servers[33].pk): False}
    assert not Role.objects.filter(display_name="Reader").exists()
    made = ada.post(here, {**typed, "resource_server": str(servers[33].pk), "find_resource_server": "service 33"})
    assert made.status_code == 303
    assert Role.objects.get(display_name="Reader").resource_server_id == servers[33].pk


@pytest.mark.parametrize("chosen", ["", "nonsense", "another realm's"])
def test_a_role_of_no_api_of_the_realm_is_refused(world: World, ada: Client, servers: list[Any], chosen: str) -> None:
    if chosen == "another realm's":
        chosen = str(
            resource_servers.create_resource_server(
                world.ctx, world.acme.admin_realm, display_name="Else", identifier="https://else.test", scopes=["a:b"]
            ).pk
        )
    page = ada.post(url(world, "roles/new"), {"name": "Reader", "description": "", "resource_server": chosen})
    assert page.status_code == 422
    assert "resource_server" in page.context["form"].errors
    assert len(choices(page.content.decode())) == 8


def test_a_program_finds_the_api_it_calls(world: World, ada: Client, servers: list[Any]) -> None:
    here = url(world, "applications/new")
    page = ada.get(here, {"kind": "api"}).content.decode()
    assert len(re.findall(r'href="\?kind=api&amp;server=', page)) == 12
    assert "There are more: type to find them." in page
    found = ada.get(here, {"kind": "api", "q": "service 37"}).content.decode()
    assert re.findall(r'href="\?kind=api&amp;server=([^"]+)"', found) == [str(servers[37].pk)]
    typing = ada.get(here, {"kind": "api", "q": "service37.test"}, headers={"HX-Request": "true"}).content.decode()
    assert str(servers[37].pk) in typing
    assert "<form" not in typing
    nothing = ada.get(here, {"kind": "api", "q": "qq%"}).content.decode()
    assert "Nothing by that name." in nothing
    assert 'value="qq%"' in nothing
