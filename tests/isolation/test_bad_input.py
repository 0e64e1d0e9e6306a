"""What nobody sends by mistake: NUL bytes, bottomless JSON, huge bodies, odd headers. Refused, never a crash (R26, R27)."""

import json
from typing import Any

import pytest
from django.test import Client

from tests import ceremonies
from tests.isolation import atlas
from tests.isolation.conftest import Places, console_of
from tests.world import World

pytestmark = pytest.mark.django_db

ROUTES = atlas.routes("api", "scim", "oidc", "sdk", "hosted", "console", "web")
JSON, FORM = "application/json", "application/x-www-form-urlencoded"

BODIES: dict[str, tuple[str, bytes]] = {
    "nothing": (JSON, b""),
    "no JSON": (JSON, b"{"),
    "a bare word": (JSON, b"null"),
    "a list": (JSON, b"[]"),
    "a text": (JSON, b'"x"'),
    "bottomless": (JSON, b"[" * 100_000),
    "bottomless and closed": (JSON, b'{"a":' * 5000 + b"1" + b"}" * 5000),
    "a key twice": (JSON, b'{"identity": 1, "identity": 2}'),
    "half a surrogate pair": (JSON, b'{"identity": {"display_name": "\\ud800"}}'),
    "a NUL": (JSON, b'{"identity": {"display_name": "a\\u0000b"}}'),
    "no UTF-8": (JSON, b'{"a": "\xff"}'),
    "no number": (JSON, b'{"a": NaN, "b": 1e999, "c": -Infinity}'),
    "a huge number": (JSON, b'{"a": ' + b"9" * 5000 + b"}"),
    "another character set": ("application/json; charset=utf-7", b"+AHs-"),
    "an unknown character set": ("application/json; charset=klingon", b"{}"),
    "wrong kinds": (JSON, json.dumps({"identity": [], "job": 5, "traits": "x", "group": None, "type": {}}).encode()),
    "a NUL in a form": (FORM, b"display_name=a%00b&username=%00&q=%00&grant_type=%00&code=%00&token=%00"),
    "no UTF-8 in a form": (FORM, b"display_name=%ff%fe&code=%ff&client_id=%ff"),
    "no form": (FORM, b"=&&==&%%%&a=b=c;d"),
    "a thousand fields": (FORM, b"&".join(b"f%d=x" % i for i in range(1500))),
    "half a multipart form": ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data; name="),
    "a multipart form without a boundary": ("multipart/form-data", b"x"),
    "a kind of body nobody knows": ("x/\xff".encode("latin-1").decode("latin-1"), b"x"),
}
HUGE = b"[" + b"0," * 700_000 + b"0]"
QUERIES = [
    "?q=%00",
    "?q=%ff%fe",
    "?page_size=-1&page_token=%00&skip=x",
    "?" + "a=b&" * 3000,
    "?q=" + "x" * 5000,
    "?%F0%28%8C%28",
]
HEADERS = [
    {"Authorization": "Bearer " + "a" * 20_000}, {"Authorization": "Basic !!!"}, {"Authorization": "Bearer \u00ff"},
    {"Cookie": "identity_cloud_console=\u00ff; identity_cloud_flow=" + "x" * 4000}, {"Content-Length": "x"},
    {"X-Forwarded-For": "a, b, \u00ff"}, {"Accept": "*/*;q=x"}, {"X-Correlation-Id": "\u00ff" * 200}, {"If-Match": "\u00ff"},
    {"Idempotency-Key": "x" * 5000}, {"HX-Request": "true", "HX-Current-URL": "javascript:alert(1)"}, {"Origin": "\u00ff"},
    {"User-Agent": "\u00ff" * 5000}, {"Content-Encoding": "gzip"}, {"Host": "evil.test"}, {"X-Forwarded-Host": "evil.test"},
]  # fmt: skip


@pytest.fixture
def callers(world: World) -> list[Client]:
    """The API's own application, an administrator at the console, and nobody: none of them crashes anything."""
    token = ceremonies.management_token(world.visitor, world.acme)
    program = Client(raise_request_exception=False, headers={"Authorization": f"Bearer {token}"})
    return [
        program,
        console_of(world, world.acme, raise_request_exception=False),
        Client(raise_request_exception=False),
    ]


def of_face(route: atlas.Route, callers: list[Client]) -> Client:
    return {"api": callers[0], "scim": callers[0], "console": callers[1]}.get(route.face, callers[2])


def holds(response: Any, *told: Any) -> None:
    assert response.status_code < 500 or response.status_code == 501, told  # RFC 7644 §3.11: /Me
    if response.status_code >= 400:
        kind = response.get("Content-Type", "")
        known = ("application/json", "application/scim+json", "text/html")
        assert kind.startswith(known) or not response.content, (told, kind)
        assert b"Traceback" not in response.content, told


@pytest.mark.parametrize("name", BODIES)
def test_no_body_breaks_any_door(places: Places, callers: list[Client], name: str) -> None:
    kind, body = BODIES[name]
    for route in ROUTES:
        path = route.path(places.here | {"name": "x"})
        for method in ("POST", "PATCH") if route.face == "api" else ("POST",):
            holds(of_face(route, callers).generic(method, path, body, kind), method, route)


def test_a_huge_body_is_refused_before_it_is_read(places: Places, callers: list[Client]) -> None:
    for route in ROUTES:
        response = of_face(route, callers).generic("POST", route.path(places.here | {"name": "x"}), HUGE, JSON)
        assert response.status_code in (401, 403, 404, 405, 413), (route, response.status_code)


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query[:24])
def test_no_query_breaks_any_door(places: Places, callers: list[Client], query: str) -> None:
    for route in ROUTES:
        holds(of_face(route, callers).get(route.path(places.here | {"name": "x"}) + query), route)


@pytest.mark.strict
@pytest.mark.parametrize("headers", HEADERS, ids=lambda headers: next(iter(headers)))
def test_no_header_breaks_any_door(places: Places, callers: list[Client], headers: dict[str, str]) -> None:
    for route in ROUTES:
        path = route.path(places.here | {"name": "x"})
        holds(of_face(route, callers).get(path, headers=headers), route, headers)
        if route.face != "console":
            holds(of_face(route, callers).generic("POST", path, b"{}", JSON, headers=headers), route, headers)


@pytest.mark.parametrize(
    "wrong", ["%00", "..", "%2e%2e%2f", "' OR 1=1 --", "x" * 3000, "\u0661", "-", "null", "%ff", "{}", "0"]
)
def test_no_id_breaks_any_door(places: Places, callers: list[Client], wrong: str) -> None:
    for route in ROUTES:
        for parameter in route.parameters:
            path = route.path({**places.here, "name": "x", parameter: wrong})
            holds(of_face(route, callers).get(path), path)
