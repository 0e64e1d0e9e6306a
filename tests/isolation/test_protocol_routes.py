"""OpenID Connect, the SDK's endpoints and the hosted pages: no path that mixes two places leads anywhere."""

import itertools
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from tests import ceremonies
from tests.isolation import atlas
from tests.isolation.conftest import Places
from tests.world import World

pytestmark = pytest.mark.django_db

ROUTES = atlas.routes("oidc", "sdk", "hosted")
IN_A_REALM = [route for route in ROUTES if "realm_id" in route.parameters]
METHODS = ("GET", "POST")
STRANGER = Client()  # one for all: each new one reads the middleware, and with it the static files, anew


def knock(method: str, path: str, token: str = "") -> Any:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    STRANGER.cookies.clear()
    return STRANGER.generic(method, path, b"", "application/x-www-form-urlencoded", headers=headers)


def mixtures(parameters: tuple[str, ...], places: Places) -> Iterator[dict[str, str]]:
    """Each place's path with each of its ids in turn taken from each other place."""
    sources = (places.here, places.beside, places.beyond)
    for own, other in itertools.permutations(sources, 2):
        for name in parameters:
            values = {**own, name: other[name]}
            if not any(all(source[one] == values[one] for one in parameters) for source in sources):
                yield values


def telling(world: World, values: dict[str, str]) -> list[str]:
    """What no answer to this path may hold. A realm that is named rightly shows its look on every page of its own."""
    people = ["Bob Baker", "Evil Bob", "Intranet", "Shop", "Contractors"]
    places = [(company, place) for company in (world.acme, world.evil) for place in (company.customers, company.staff)]
    named = (values["tenant_id"], values["realm_id"])
    shown = next((place for company, place in places if (company.tenant.pk, place.realm.pk) == named), None)
    realms = [f">{place.realm.display_name}<" for _, place in places if place is not shown]
    return people + realms


def test_there_are_doors() -> None:
    assert {route.face for route in ROUTES} == {"oidc", "sdk", "hosted"}


@pytest.mark.parametrize("route", IN_A_REALM, ids=str)
def test_a_path_that_mixes_places_is_no_door(places: Places, world: World, route: atlas.Route) -> None:
    before = [atlas.fingerprint(company.tenant.pk) for company in (world.acme, world.evil)]
    for values in mixtures(route.parameters, places):
        for method in METHODS:
            response = knock(method, route.path(values), "x" * 64)
            assert response.status_code in (400, 401, 404, 405), (method, values, response.status_code)
            assert not response.has_header("Location")
            for text in telling(world, values):
                assert text not in response.content.decode(), (method, values)
    assert [atlas.fingerprint(company.tenant.pk) for company in (world.acme, world.evil)] == before


def test_a_links_token_opens_its_own_job_alone(places: Places, world: World) -> None:
    invitation = ceremonies.invite(world, world.acme.customers.carol)
    token = ceremonies.token_of(invitation.link)
    mine = {**places.here, "identity_id": invitation.job.identity_id, "job_id": invitation.job.pk}
    for route in (route for route in ROUTES if "job_id" in route.parameters):
        method = "GET" if "invoke" in route.template else "POST"
        for name in ("tenant_id", "realm_id", "identity_id", "job_id"):
            for source in (places.beside, places.beyond, places.nowhere):
                if source[name] != mine[name]:
                    path = route.path({**mine, name: source[name]})
                    response = knock(method, f"{path}?token={token}", token)
                    assert response.status_code in (400, 401, 404), (route, name, response.status_code)
                    assert not response.has_header("Location")
    invitation.job.refresh_from_db()
    assert invitation.job.state == "LINK_SENT"


def test_nothing_here_takes_a_management_token_for_a_link(places: Places, world: World) -> None:
    token = ceremonies.management_token(world.visitor, world.acme)
    for route in (route for route in ROUTES if "job_id" in route.parameters):
        assert knock("POST", route.path(places.here), token).status_code in (400, 401, 404, 405), route
