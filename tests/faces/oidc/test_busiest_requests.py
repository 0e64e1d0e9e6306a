"""The busiest requests pass by what Django does around every request: the answer is the one that it would give."""

import base64
import io
import json
import re
import time
from typing import Any
from urllib.parse import urlencode

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.db import close_old_connections, connection
from django.test import Client

from apps.authentication.models import Session
from apps.web import endpoints, limits
from apps.web.unsignalled import Unsignalled
from tests.faces.oidc.shop import Shop

FORM = "application/x-www-form-urlencoded"
NEW_EACH_TIME = re.compile(rb'nonce="[^"]*"|[0-9a-f]{8}-[0-9a-f-]{27}')
WRONG = f"Basic {base64.b64encode(b'nobody:nothing').decode()}"
REQUESTS = {
    "a token refused": ("POST", "token", urlencode({"grant_type": "client_credentials"}), {}),
    "a form that is none": ("POST", "token", "{}", {"CONTENT_TYPE": "application/json"}),
    "a wrong method": ("GET", "token", "", {}),
    "an inspection by nobody": ("POST", "introspect", "token=x", {"HTTP_AUTHORIZATION": WRONG}),
    "claims without a token": ("GET", "userinfo", "", {}),
    "an authorization request of nobody": ("GET", "authorize", "", {}),
    "one that is to be said in German": ("GET", "authorize", "", {"QUERY_STRING": "ui%5Flocales=de"}),
    "a host that is not ours": ("POST", "token", "", {"HTTP_HOST": "elsewhere.test"}),
    "a body that is too long": ("POST", "revoke", "", {"CONTENT_LENGTH": "99999999"}),
}


@pytest.fixture
def _connected() -> Any:
    """Django's own way lets go of connections between requests; the test's must outlive them."""
    from django.core.signals import request_finished, request_started

    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def ask(application: Any, shop: Shop, method: str, ending: str, body: str, environ: dict[str, str]) -> Any:
    said: list[Any] = []
    base = Client()._base_environ(PATH_INFO=shop.path(ending), REQUEST_METHOD=method, HTTP_HOST="localhost")
    sent = {"CONTENT_LENGTH": str(len(body)), "CONTENT_TYPE": FORM, "wsgi.input": io.BytesIO(body.encode())}
    answer = application({**base, **sent, **environ}, lambda *told: said.extend(told))
    return said[0], {name for name, _ in said[1]}, NEW_EACH_TIME.sub(b"", b"".join(answer))


@pytest.mark.usefixtures("_connected")
@pytest.mark.parametrize("request_", REQUESTS.values(), ids=REQUESTS)
def test_the_answer_is_djangos(shop: Shop, request_: tuple[str, str, str, dict[str, str]]) -> None:
    usual = ask(WSGIHandler(), shop, *request_)
    assert ask(Unsignalled(), shop, *request_) == usual
    assert usual[0][0] in "234"


def test_what_breaks_is_an_answer(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: str) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(endpoints, "match_of", broken)
    status, _, body = ask(Unsignalled(), shop, *REQUESTS["a token refused"])
    assert status.startswith("500")
    assert "error" in json.loads(body)


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_is_too_old_is_let_go_of(shop: Shop) -> None:
    connection.ensure_connection()
    connection.close_at = time.monotonic() - 1
    ask(Unsignalled(), shop, *REQUESTS["claims without a token"])
    assert connection.connection is None


def test_a_sign_in_answered_at_once_carries_what_pages_carry(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.sign_in()
    at_once = shop.authorize()
    monkeypatch.setattr(endpoints, "_at_once", {})
    by_pages = shop.authorize()
    assert (at_once.status_code, by_pages.status_code) == (302, 302)
    of_pages_alone = {"Accept-CH", "Vary", "Content-Language"}  # of what is shown, and there is nothing
    assert set(by_pages.headers) - set(at_once.headers) <= of_pages_alone
    for name in set(at_once.headers) - {"Location", "X-Correlation-Id"}:
        assert at_once.headers[name] == by_pages.headers[name]


def test_a_sign_in_is_counted_once_whichever_way_it_goes(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "SIGN_IN_STARTS", limits.Limit("sign-in-starts", 2, 60))
    shop.sign_in()
    Session.objects.update(ended_at=shop.world.ctx.now)
    assert [shop.authorize().status_code for _ in range(3)] == [302, 302, 429]


def test_a_body_takes_the_way_of_pages(shop: Shop) -> None:
    shop.sign_in()
    large = {"CONTENT_LENGTH": "99999999"}
    assert shop.browser.generic("GET", f"{shop.path('authorize')}?{shop.party.query()}", **large).status_code == 413
