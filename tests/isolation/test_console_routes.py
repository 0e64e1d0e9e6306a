"""The console, door by door: an administrator sees one tenant, and in a realm's pages only what is that realm's."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from tests.isolation import atlas
from tests.isolation.atlas import Route
from tests.isolation.conftest import Places
from tests.words import words_of
from tests.world import World

pytestmark = pytest.mark.django_db

ROUTES = [route for route in atlas.routes("console") if route.parameters]
METHODS = ("GET", "POST")


def knock(browser: Client, method: str, path: str, **headers: str) -> Any:
    return browser.generic(method, path, headers=headers)


def doors(browser: Client, places: Places) -> Iterator[tuple[Route, str]]:
    for route in ROUTES:
        for method in METHODS:
            if (
                knock(browser, method, route.path(places.here | {"realm_id": places.nowhere["realm_id"]})).status_code
                != 405
            ):
                yield route, method


def shut(response: HttpResponse) -> bool:
    return response.status_code == 404


def test_there_are_doors() -> None:
    assert len(ROUTES) > 20


def test_nobody_gets_in_without_a_session(places: Places, world: World) -> None:
    before = atlas.fingerprint(world.acme.tenant.pk)
    stranger = Client()
    for route in ROUTES:
        for method in METHODS:
            response = knock(stranger, method, route.path(places.here))
            assert response.status_code in (302, 405), (method, route)
            assert response.status_code == 405 or response["Location"].startswith("/console/login?next="), (
                method,
                route,
            )
    assert atlas.fingerprint(world.acme.tenant.pk) == before


def test_another_tenants_administrator_finds_nothing(eve: Client, places: Places, world: World) -> None:
    before = atlas.fingerprint(world.acme.tenant.pk)
    for route, method in doors(eve, places):
        for headers in ({}, {"HX-Request": "true"}):
            response = knock(eve, method, route.path(places.here), **headers)
            assert shut(response), (method, route, response.status_code)
            said = words_of(response).replace(
                "Evil Customers", "hers"
            )  # the frame around a refusal names her own realms
            for text in ("Acme", "Customers", "Bob Baker", "Shop", "Contractors"):
                assert text not in said, (method, route)
    assert atlas.fingerprint(world.acme.tenant.pk) == before


def test_a_realms_pages_hold_no_thing_of_another(ada: Client, places: Places, world: World) -> None:
    before = [atlas.fingerprint(company.tenant.pk) for company in (world.acme, world.evil)]
    tried = 0
    for route, method in doors(ada, places):
        for name in (name for name in route.parameters if name != "realm_id"):
            for source in (places.beside, places.beyond, places.nowhere):
                if source[name] == places.here[name]:
                    continue  # a word such as a kind of mail, not the id of a thing
                response = knock(ada, method, route.path({**places.here, name: source[name]}))
                assert shut(response), (method, route, name, response.status_code)
                assert "Evil" not in words_of(response)
                tried += 1
    assert tried > 60
    assert [atlas.fingerprint(company.tenant.pk) for company in (world.acme, world.evil)] == before


def test_no_page_names_anything_of_another_tenant(ada: Client, places: Places, world: World) -> None:
    """Every text of Evil Corp's says Evil: whatever crosses over is seen."""
    pages = 0
    for route in atlas.routes("console"):
        response = knock(ada, "GET", route.path(places.here))
        assert response.status_code < 500, route
        if response.status_code == 200:
            pages += 1
            assert "Evil" not in words_of(response), route
            assert world.evil.tenant.pk not in response.getvalue().decode(), route
    assert pages > 15


@pytest.mark.parametrize("page", ["identities", "groups", "applications", "events"])
def test_searching_finds_only_what_is_here(ada: Client, places: Places, page: str) -> None:
    for asked in ("Evil", "bob@evil.test", places.beyond["identity_id"], places.beside["identity_id"]):
        for parameter in ("q", "search", "correlation_id", "actor_id"):
            response = ada.get(f"/console/realms/{places.here['realm_id']}/{page}", {parameter: asked})
            assert response.status_code == 200
            for name in ("Evil Bob Baker", "Evil Shop", "Evil Contractors"):
                assert name not in response.content.decode()
