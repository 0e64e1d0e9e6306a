"""Whatever a stranger sends, a process remembers no more of it than is bounded (security.md C9; CVE-2025-2559)."""

import gc
import ipaddress
import secrets
from contextlib import suppress
from typing import Any

import pytest
from django.test import Client as Browser
from django.test import RequestFactory

from apps.core.addresses import subscriber
from apps.events import kept
from apps.policy import values
from apps.web import context, endpoints
from apps.web.ahead import Ahead
from apps.web.arriving import BODY_BYTES, NO_ROOM, Room
from apps.web.lanes import Lane, Lanes
from apps.web.unsignalled import Unsignalled
from tests.faces.oidc.conftest import shop as shop  # noqa: PLC0414 - a fixture
from tests.faces.oidc.shop import Shop

pytestmark = pytest.mark.django_db

MINE = "127.0.0.1"


@pytest.mark.parametrize(
    "path",
    [
        "/v1/tenants/{}/realms/x/scim/v2/Users",
        "/v1/tenants/{}/realms/x/introspect",
        "/v1/tenants/x/realms/{}/identities",
        "/.well-known/openid-configuration/{}",
        "/console/realms/{}",
        "/{}",
    ],
)
def test_a_long_path_is_none_of_ours_and_is_not_remembered(client: Browser, path: str) -> None:
    known = endpoints.match_of.cache_info().currsize
    answer = client.get(path.format("x" * 5_000))
    assert answer.status_code == 404
    assert endpoints.match_of.cache_info().currsize == known


def test_a_long_host_is_refused_before_it_is_remembered(client: Browser) -> None:
    assert client.get("/signup", headers={"Host": f"localhost:{'0' * 300}8000"}).status_code == 400


def test_documents_are_not_kept_once_for_each_way_of_saying_https() -> None:
    """4,096 copies under keys of as many headers were as many times what a header may hold."""
    kept.current_stamp()
    made: list[str] = []

    def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        made.append(environ["PATH_INFO"])
        start_response("200 OK", [("Content-Type", "application/json")])
        return [b"{}"]

    ahead = Ahead(application)
    for number in range(20):
        environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/x/.well-known/jwks.json", "HTTP_HOST": "localhost"}
        ahead({**environ, "HTTP_X_FORWARDED_PROTO": f"https,{'x' * 9_000}{number}"}, lambda *_: None)
    assert max(len("".join(key)) for key in ahead.copies) < 200


@pytest.mark.parametrize("address", ["fe80::1%" + "x" * 100_000, "1" * 100_000])
def test_what_is_too_long_for_an_address_is_none(settings: Any, address: str) -> None:
    settings.TRUSTED_PROXIES = 1
    assert context.address_of({"HTTP_X_FORWARDED_FOR": address, "REMOTE_ADDR": MINE}) == MINE
    assert subscriber(address) == ""
    with pytest.raises(ipaddress.AddressValueError):
        values._address_of(address)


def test_tokens_that_are_none_leave_nothing(shop: Shop) -> None:
    """By the handler, for the test client itself keeps three objects of every request."""
    handler, path = Unsignalled(), shop.path("userinfo")

    def ask(number: int) -> None:
        for _ in range(number):
            token = ".".join(secrets.token_urlsafe(90) for _ in range(3))
            answer = handler.get_response(RequestFactory().get(path, headers={"Authorization": f"Bearer {token}"}))
            assert answer.status_code == 401

    ask(50)
    gc.collect()
    before = len(gc.get_objects())
    ask(500)
    gc.collect()
    assert len(gc.get_objects()) - before < 250


def test_bodies_on_their_way_have_room_for_so_many_of_all_of_one_line_and_of_long_ones() -> None:
    room = Room(bodies=3, of_one_line=2, long_ones=1)
    with room.taken("a", 10) as first, room.taken("a", BODY_BYTES) as second:
        assert (first, second) == (True, True)
        for line, length in (("a", 1), ("b", BODY_BYTES)):
            with room.taken(line, length) as found:
                assert not found
        with room.taken("b", 1) as third, room.taken("c", 1) as fourth:
            assert (third, fourth) == (True, False)
    with room.taken("a", BODY_BYTES) as again:
        assert again


@pytest.mark.parametrize(("path", "said"), [("/signup", "<"), ("/v1/tenants/x/realms/y/scim/v2/Users", "schemas")])
def test_what_there_is_no_room_to_read_is_asked_to_come_again(client: Browser, path: str, said: str) -> None:
    answer = client.post(path, **{NO_ROOM: True})
    assert (answer.status_code, answer["Retry-After"]) == (503, "1")
    assert said in answer.content.decode()


@pytest.mark.parametrize("kind", ["whole", "broken", "slow", "left"])
def test_a_lane_is_left_however_an_answer_ends(monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    """There are few, and one that is not given back is gone for good."""
    monkeypatch.setattr(Lane, "enter", lambda _lane: None)  # the test's own connection stays

    def application(environ: dict[str, Any], start_response: Any) -> Any:
        if kind == "broken":
            raise ValueError(kind)
        return [b"whole"] if kind == "whole" else (each for each in [b"a", b"b"])

    lanes = Lanes(application, 1)
    for _ in range(2):
        with suppress(ValueError):
            answer = lanes({}, lambda *_: None)
            assert lanes._free.empty() == (kind in ("slow", "left"))
            if kind == "slow":
                assert list(answer) == [b"a", b"b"]
            if close := getattr(answer, "close", None):
                close()
        assert lanes._free.qsize() == 1
