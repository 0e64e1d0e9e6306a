"""The provisioning page: a base URL, a token for this realm alone, and what the directory did with it."""

import re
from typing import Any

import pytest
from django.test import Client

from apps.applications import selectors as applications
from tests.faces.scim.provisioner import USER, Provisioner, read, refused
from tests.world import World

pytestmark = pytest.mark.django_db
TOKEN = re.compile(r'data-copy="(eyJ[^"]+)"')


def here(world: World) -> str:
    return f"/console/realms/{world.realm.pk}/provisioning"


def make(world: World, client: Client, once: str = "") -> Any:
    return client.post(f"{here(world)}/token", {"once": once or client.get(here(world)).context["once"]})


def test_a_token_is_one_click_away_and_syncs_this_realm_alone(world: World, ada: Client, client: Client) -> None:
    answer = make(world, ada)
    (token,) = TOKEN.findall(answer.content.decode())
    assert answer["Cache-Control"] == "no-store"
    scim = Provisioner(client, token, world.realm)
    body = {"schemas": [USER], "userName": "grace"}
    read(scim.post("/Users", body), 201)
    refused(scim.at(world.acme.staff.realm).post("/Users", body), 404)
    refused(scim.at(world.acme.admin_realm).get("/Users"), 404)
    page = ada.get(here(world))
    (connected,) = page.context["clients"]
    assert connected["last_used_at"] is not None
    assert "grace" in page.content.decode(), "what it did last is told"
    assert token not in page.content.decode()


def test_a_second_token_is_of_the_same_application(world: World, ada: Client) -> None:
    for _ in range(2):
        assert TOKEN.search(make(world, ada).content.decode())
    assert len(applications.provisioning_applications(world.acme.admin_realm, world.realm)) == 1


def test_one_page_makes_one_token(world: World, ada: Client) -> None:
    once = ada.get(here(world)).context["once"]
    assert make(world, ada, once).status_code == 200
    again = make(world, ada, once)
    assert again.status_code in (302, 303)
    assert again["Location"] == here(world)


def test_who_may_not_make_applications_or_tokens_makes_none(world: World, clerk: Any) -> None:
    reader = clerk("realms:read", "applications:read")
    page = reader.get(here(world))
    assert page.status_code == 200
    assert "Create SCIM token" not in page.content.decode()
    assert make(world, reader, "x" * 24).status_code == 403
    assert applications.provisioning_applications(world.acme.admin_realm, world.realm) == []


def test_nobody_makes_a_token_for_another_tenant(world: World, eve: Client) -> None:
    assert eve.get(here(world)).status_code == 404
    assert make(world, eve, "x" * 24).status_code == 404


def test_a_refused_request_is_told_with_what_was_wrong_in_it(world: World, ada: Client, client: Client) -> None:
    (token,) = TOKEN.findall(make(world, ada).content.decode())
    scim = Provisioner(client, token, world.realm)
    refused(scim.post("/Users", {"schemas": [USER], "userName": "x" * 65}), 400, "invalidValue")
    told = ada.get(here(world)).content.decode()
    assert "POST /scim/v2/Users" in told
    assert "username: longer than 64 characters" in told


def test_the_steps_are_numbered_and_the_page_needs_no_script(world: World, ada: Client) -> None:
    page = ada.get(here(world)).content.decode()
    assert page.count('<ol class="reading numbered">') == 2
    assert page.count("<details") >= 3
