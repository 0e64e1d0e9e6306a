"""The SCIM server, door by door: whose token opens what, and how little a closed door says (anchors §1H, §1K)."""

import itertools
import json

import pytest
from django.test import Client

from tests import ceremonies
from tests.isolation import atlas
from tests.isolation.conftest import Places
from tests.world import World

pytestmark = pytest.mark.django_db

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
FOR_EVERYBODY = ("/ServiceProviderConfig", "/ResourceTypes", "/Schemas")
ALL = atlas.routes("scim")
ROUTES = [route for route in ALL if not any(name in route.template for name in FOR_EVERYBODY)]
STRANGER = Client()


def knock(method: str, path: str, token: str = "") -> tuple[int, str]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    body = b'{"userName": "x", "displayName": "x"}' if method != "GET" else b""
    response = STRANGER.generic(method, path, body, "application/scim+json", headers=headers)
    return response.status_code, response.content.decode()


def test_there_are_doors() -> None:
    assert len(ALL) - len(ROUTES) == 10
    assert len(ROUTES) >= 18


def test_discovery_needs_no_token_and_says_the_same_everywhere(places: Places) -> None:
    for route in (route for route in ALL if route not in ROUTES and "kind" not in route.parameters):
        said = {
            knock("GET", route.path(place))[1].replace(place["tenant_id"], "t").replace(place["realm_id"], "r")
            for place in (places.here, places.beside, places.beyond, places.nowhere)
        }
        assert len(said) == 1, route
        assert knock("GET", route.path(places.here))[0] == 200


def test_without_a_token_or_with_a_wrong_one_every_door_is_shut_alike(places: Places, world: World) -> None:
    passkey = ceremonies.give_passkey(world, world.acme.customers.carol)
    given = ceremonies.tokens_for(world.visitor, ceremonies.client_of(world), passkey)
    tokens = ("", "nonsense", given["access_token"], given["id_token"], "")
    for route in ROUTES:
        for method, token in zip(METHODS, tokens, strict=True):
            ((status, body),) = {knock(method, route.path(values), token) for values in (places.here, places.nowhere)}
            assert status == 401, (method, route)
            assert json.loads(body)["scimType"] == "unauthorized"


def test_another_tenants_token_is_forbidden_and_learns_nothing(places: Places, world: World) -> None:
    eves = ceremonies.management_token(world.visitor, world.evil, scope="scim:all")
    before = atlas.fingerprint(world.acme.tenant.pk)
    for route in ROUTES:
        for method in METHODS:
            said = {knock(method, route.path(values), eves) for values in (places.here, places.beside, places.nowhere)}
            assert {status for status, _ in said} == {403}, (method, route)
            assert len(said) == 1, (method, route, said)
    assert atlas.fingerprint(world.acme.tenant.pk) == before


def test_each_id_of_somewhere_else_is_not_found_and_nothing_is_touched(places: Places, world: World) -> None:
    token = ceremonies.management_token(world.visitor, world.acme, scope="scim:all")
    before = [atlas.fingerprint(company.tenant.pk) for company in (world.acme, world.evil)]
    tried = 0
    ids = [(route, name) for route in ROUTES for name in route.parameters if name != "tenant_id"]
    for (route, name), method in itertools.product(ids, METHODS):
        said = set()
        for source in (places.beside, places.beyond, places.nowhere):
            if name == "realm_id" and source is places.beside:
                continue  # the caller's own to walk: its things are tried by their own ids
            status, body = knock(method, route.path({**places.here, name: source[name]}), token)
            said.add((status, body.replace(source[name], "…")))
            tried += 1
        ((status, _),) = said
        assert status == 404 or (name != "realm_id" and status in (400, 405)), (method, route, name, said)
    assert tried > 50
    assert [atlas.fingerprint(company.tenant.pk) for company in (world.acme, world.evil)] == before


def test_a_token_without_a_scope_of_scim_is_forbidden_whatever_is_asked(places: Places, world: World) -> None:
    token = ceremonies.management_token(
        world.visitor, world.acme, scope="identities:read identities:create groups:read"
    )
    own = places.nowhere | {"tenant_id": places.here["tenant_id"]}
    before = atlas.fingerprint(world.acme.tenant.pk)
    for route in ROUTES:
        for method in METHODS:
            for values in (places.here, own):
                assert knock(method, route.path(values), token)[0] == 403, (method, route)
    assert atlas.fingerprint(world.acme.tenant.pk) == before
