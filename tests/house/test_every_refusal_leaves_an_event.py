"""Whatever would change something and is refused at the door, on any face, is on record: so many kinds of garbage, at every
route that takes a body. Of a known caller everything is written; of nobody in particular, so much and no more."""

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from apps.events.models import Event
from apps.events.types import EventType
from apps.web import refusals
from tests import ceremonies
from tests.isolation import atlas
from tests.isolation.conftest import console_of
from tests.record import events, last, told
from tests.world import World

pytestmark = pytest.mark.django_db

JSON, FORM = "application/json", "application/x-www-form-urlencoded"
# (kind of body, body, further of the request); as much of each as there is time for
GARBAGE: dict[str, tuple[str, bytes, dict[str, str]]] = {
    "no JSON": (JSON, b"{", {}),
    "a wrong type": (JSON, b'{"schemas": 5, "no_such_field": []}', {}),
    "another kind of body": ("text/csv", b"a,b", {}),
    "a form of nothing": (FORM, b"no_such_field=x", {}),
    "too much": (JSON, b"{}", {"CONTENT_LENGTH": "2000000"}),
}
# Where nobody is known and the path names no tenant (sign-up), there is no record that it could stand in.
ROUTES = [
    route
    for route in atlas.routes("api", "scim", "oidc", "sdk", "hosted", "console")
    if "tenant_id" in route.parameters or route.face == "console"
]


@pytest.fixture
def callers(world: World) -> dict[str, Client]:
    token = ceremonies.management_token(world.visitor, world.acme)
    program = Client(raise_request_exception=False, headers={"Authorization": f"Bearer {token}"})
    return {"api": program, "scim": program, "console": console_of(world, world.acme)}


def refused_without_a_word(client: Client, method: str, path: str, garbage: Any) -> Any:
    """The answer, if it refuses and no event tells of it."""
    kind, body, further = garbage
    cache.clear()
    answer = client.generic(method, path, body, kind, **further)
    is_refused = 400 <= answer.status_code < 500 and answer.status_code != 405
    told = Event.objects.filter(correlation_id=answer["X-Correlation-Id"])
    return answer if is_refused and not told.exists() else None


@pytest.mark.parametrize("name", GARBAGE)
def test_a_refusal_is_on_record(world: World, callers: dict[str, Client], name: str) -> None:
    values, silent = atlas.furnish(world, world.acme.customers) | {"name": "x"}, []
    for route in ROUTES:
        client = callers.get(route.face, Client(raise_request_exception=False))
        for method in ("POST", "PATCH", "PUT") if route.face in ("api", "scim") else ("POST",):
            answer = refused_without_a_word(client, method, route.path(values), GARBAGE[name])
            if answer is not None:
                silent.append((str(route), method, answer.status_code))
    assert silent == []


def test_a_known_callers_refusal_says_who_and_what(world: World, callers: dict[str, Client]) -> None:
    path = f"/v1/tenants/{world.acme.tenant.pk}/realms/{world.realm.pk}/groups"
    for _ in range(3):
        answer = callers["api"].post(path, {"group": {"colour": "red"}}, content_type=JSON)
    event = last(world.realm, EventType.API_REQUEST_DENIED)
    assert (event.outcome, event.actor_type, event.actor_id) == ("BAD_REQUEST", "application", mine(callers, world))
    assert event.correlation_id == answer["X-Correlation-Id"]
    assert {"operation": "CreateGroup", "method": "POST", "path": path, "status": 400}.items() <= event.data.items()
    assert {"field": "group.colour", "description": "unknown field"} in event.data["violations"]
    assert len(events(world.realm, EventType.API_REQUEST_DENIED)) == 3
    assert not events(world.realm, EventType.GROUP_CHANGE, correlation_id=event.correlation_id)


def mine(callers: dict[str, Client], world: World) -> str:
    token = callers["api"].defaults["HTTP_AUTHORIZATION"].split()[1]
    return str(ceremonies.payload_of(token)["sub"])


def test_what_was_done_or_is_told_already_is_told_once(world: World, callers: dict[str, Client]) -> None:
    path = f"/v1/tenants/{world.acme.tenant.pk}/realms/{world.realm.pk}/groups"
    for name, outcome in (("Riders", "SUCCESS"), ("Riders", "CONFLICT")):
        answer = callers["api"].post(path, {"group": {"display_name": name}}, content_type=JSON)
        assert told(world.realm, correlation_id=answer["X-Correlation-Id"]) == [("GROUP_CHANGE", outcome)]


def test_nobody_in_particular_fills_no_record(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refusals, "IN_ONE_REALM", replace(refusals.IN_ONE_REALM, requests=15))
    path = f"/v1/tenants/{world.acme.tenant.pk}/realms/{world.realm.pk}/groups"
    for address in ("203.0.113.1", "203.0.113.2", "203.0.113.3"):
        for _ in range(20):
            assert Client(REMOTE_ADDR=address).post(path, b"{", content_type=JSON).status_code == 401
    found = events(world.realm, EventType.API_REQUEST_DENIED)
    assert Counter(event.client_ip for event in found) == {"203.0.113.1": 10, "203.0.113.2": 5}
    assert {(event.outcome, event.actor_type) for event in found} == {("UNAUTHORIZED", "anonymous")}
    assert not any("violations" in event.data for event in found)


def test_a_forged_form_is_told_of_whom_it_would_have_used(world: World) -> None:
    browser = console_of(world, world.acme, enforce_csrf_checks=True)
    answer = browser.post(f"/console/realms/{world.realm.pk}/groups/new", {"display_name": "Riders"})
    assert answer.status_code == 403
    event = last(world.realm, EventType.API_REQUEST_DENIED)
    assert (event.outcome, event.actor_id) == ("FORBIDDEN", world.acme.administrator.pk)


def test_reading_is_no_attempt(world: World, callers: dict[str, Client]) -> None:
    before = Event.objects.count()
    assert callers["console"].get(f"/console/realms/{world.realm.pk}/groups/none").status_code == 404
    assert Event.objects.count() == before
