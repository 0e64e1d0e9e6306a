"""The page of a thing shows what happened to it, to who may read events."""

from collections.abc import Callable

import pytest
from django.test import Client

from tests.isolation import atlas
from tests.world import World

pytestmark = pytest.mark.django_db

PAGES = {
    "application_id": "applications",
    "config_id": "authenticators",
    "group_id": "groups",
    "role_id": "roles",
    "resource_server_id": "resource-servers",
    "stream_id": "streams",
}


@pytest.mark.parametrize("kind", PAGES)
def test_a_page_shows_what_happened_to_its_thing(
    world: World, ada: Client, clerk: Callable[..., Client], kind: str
) -> None:
    thing = atlas.furnish(world, world.acme.customers)[kind]
    section = PAGES[kind]
    url = f"/console/realms/{world.realm.pk}/{section}/{thing}"
    page = ada.get(url)
    assert page.status_code == 200
    assert f"events?target={thing}" in page.content.decode()
    scope = {"authenticators": "authenticator-configs", "streams": "event-streams"}.get(section, section)
    reader = clerk(f"{scope}:read").get(url)
    assert reader.status_code == 200
    assert "Recent events" not in reader.content.decode()


def test_an_administrators_page_shows_what_they_did_in_the_admin_realm(
    world: World, ada: Client, clerk: Callable[..., Client]
) -> None:
    person = world.acme.administrator
    url = f"/console/administrators/{person.pk}"
    page = ada.get(url)
    assert f"realms/{world.acme.admin_realm.pk}/events?target={person.pk}" in page.content.decode()
    assert page.context["own_events"]
    reader = clerk("identities:read", "roles:read").get(url)
    assert reader.status_code == 200
    assert "Recent events" not in reader.content.decode()
