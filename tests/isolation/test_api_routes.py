"""The management API, door by door: whose token opens what, and how little a closed door says (anchors §1K)."""

import json
from collections.abc import Iterator

import pytest
from django.test import Client

from tests import ceremonies
from tests.isolation import atlas
from tests.isolation.atlas import Route
from tests.isolation.conftest import Places
from tests.world import World

pytestmark = pytest.mark.django_db

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
ROUTES = [route for route in atlas.routes("api") if route.parameters]  # not its description, which is for everybody
FIXED = ("tenant_id", "version", "kind")
STRANGER = Client()  # one for all: each new one reads the middleware, and with it the static files, anew


def knock(method: str, path: str, token: str = "") -> tuple[int, str]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    response = STRANGER.generic(method, path, b"{}" if method != "GET" else b"", "application/json", headers=headers)
    return response.status_code, response.content.decode()


def doors(tenant_id: str, token: str) -> Iterator[tuple[Route, str]]:
    """Every route with every method it answers at all, asked where nothing is."""
    empty = atlas.nowhere() | {"tenant_id": tenant_id}
    for route in ROUTES:
        for method in METHODS:
            if knock(method, route.path(empty), token)[0] != 405:
                yield route, method


def test_there_are_doors() -> None:
    assert len(ROUTES) > 10


def test_without_a_token_or_with_a_wrong_one_every_door_is_shut_alike(places: Places, world: World) -> None:
    passkey = ceremonies.give_passkey(world, world.acme.customers.carol)
    given = ceremonies.tokens_for(world.visitor, ceremonies.client_of(world), passkey)
    tokens = ("", "nonsense", given["access_token"], given["id_token"], "")
    for route in ROUTES:
        for method, token in zip(METHODS, tokens, strict=True):
            ((status, body),) = {knock(method, route.path(values), token) for values in (places.here, places.nowhere)}
            assert status == 401, (method, route)
            assert json.loads(body)["code"] == "unauthorized"


def test_another_tenants_token_is_forbidden_and_learns_nothing(places: Places, world: World) -> None:
    eves = ceremonies.management_token(world.visitor, world.evil)
    before = atlas.fingerprint(world.acme.tenant.pk)
    for route, method in doors(world.evil.tenant.pk, eves):
        said = {knock(method, route.path(values), eves) for values in (places.here, places.beside, places.nowhere)}
        assert len(said) == 1, (method, route, said)
        assert {status for status, _ in said} == {403}, (method, route)
    assert atlas.fingerprint(world.acme.tenant.pk) == before


def test_each_id_of_somewhere_else_is_not_found_and_nothing_is_touched(places: Places, world: World) -> None:
    """Each id of a path in turn is taken from the realm beside, from another tenant and from nowhere: all say the same."""
    token = ceremonies.management_token(world.visitor, world.acme)
    before = [atlas.fingerprint(company.tenant.pk) for company in (world.acme, world.evil)]
    tried = 0
    for route, method in doors(world.acme.tenant.pk, token):
        for name in (name for name in route.parameters if name not in FIXED):
            said = set()
            for source in (places.beside, places.beyond, places.nowhere):
                if name == "realm_id" and source is places.beside:
                    continue  # the caller's own to walk: its things are tried below
                status, body = knock(method, route.path({**places.here, name: source[name]}), token)
                said.add((status, body.replace(source[name], "…")))
                tried += 1
            assert len(said) == 1, (method, route, name, said)
            assert {status for status, _ in said} == {404}, (method, route, name, said)
    assert tried > 100
    assert [atlas.fingerprint(company.tenant.pk) for company in (world.acme, world.evil)] == before


def test_a_realms_path_holds_no_thing_of_the_realm_beside_it(places: Places, world: World) -> None:
    token = ceremonies.management_token(world.visitor, world.acme)
    before = atlas.fingerprint(world.acme.tenant.pk)
    for route, method in doors(world.acme.tenant.pk, token):
        if {"tenant_id", "realm_id"} < set(route.parameters) - {"kind", "version"}:  # every realm has one of these
            values = {**places.beside, "realm_id": places.here["realm_id"]}
            assert knock(method, route.path(values), token)[0] == 404, (method, route)
    assert atlas.fingerprint(world.acme.tenant.pk) == before


def test_a_token_without_the_scope_is_forbidden_whatever_is_asked(places: Places, world: World) -> None:
    token = ceremonies.management_token(world.visitor, world.acme, scope="scim:all")
    before = atlas.fingerprint(world.acme.tenant.pk)
    own = places.nowhere | {"tenant_id": places.here["tenant_id"]}
    for route, method in doors(world.acme.tenant.pk, ceremonies.management_token(world.visitor, world.acme)):
        for values in (places.here, own):
            assert knock(method, route.path(values), token)[0] == 403, (method, route)
    assert atlas.fingerprint(world.acme.tenant.pk) == before
