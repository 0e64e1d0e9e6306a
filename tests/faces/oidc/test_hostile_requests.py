"""What no client sends by mistake, at the doors where people and clients come in: refused at once, and on record."""

import time

import pytest

from apps.events.types import EventType
from tests import record
from tests.faces.oidc.shop import FORM, Shop, answer_to
from tests.world import REDIRECT_URI


def authorize_events(shop: Shop) -> list[tuple[str, str]]:
    return record.told(shop.world.realm, EventType.AUTHORIZE_REQUEST)


@pytest.mark.parametrize(
    "name", ["client_id", "redirect_uri", "scope", "state", "nonce", "prompt", "claims", "unknown"]
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_nul_byte_is_a_page_and_an_event(shop: Shop, name: str, method: str) -> None:
    query = f"{shop.party.query(**{name: None})}&{name}=a%00b"
    if method == "GET":
        response = shop.authorize(query)
    else:
        response = shop.browser.post(shop.path("authorize"), query, content_type=FORM)
    assert response.status_code == 400
    assert not response.has_header("Location")
    assert authorize_events(shop) == [(EventType.AUTHORIZE_REQUEST, "ERROR")]


@pytest.mark.parametrize("query", ["state=%ff", "state=%c3", "state=%ed%a0%80", "state=%80abc"])
def test_text_that_could_not_be_given_back_as_it_came_is_refused(shop: Shop, query: str) -> None:
    response = shop.authorize(f"{shop.party.query(state=None)}&{query}")
    assert response.status_code == 400
    assert authorize_events(shop) == [(EventType.AUTHORIZE_REQUEST, "ERROR")]


@pytest.mark.parametrize("name", ["client_id", "redirect_uri", "state", "nonce", "prompt", "acr_values", "resource"])
def test_a_parameter_given_twice_leaves_an_event(shop: Shop, name: str) -> None:
    response = shop.authorize(f"{shop.party.query(**{name: 'x'})}&{name}=y")
    assert response.status_code in (302, 400)
    assert [outcome for _, outcome in authorize_events(shop)] == ["ERROR"]


@pytest.mark.parametrize(
    "scope", ["openid " + "x" * 50_000, "openid " + "x " * 25_000, " ".join(f"s{i}" for i in range(8_000))],
    ids=["one", "many alike", "many"],
)  # fmt: skip
def test_fifty_kilobytes_of_scopes_are_refused_in_a_moment(shop: Shop, scope: str) -> None:
    shop.authorize()
    began = time.thread_time()
    answer = answer_to(shop.authorize(scope=scope), REDIRECT_URI)
    took = time.thread_time() - began
    assert answer["error"] in ("invalid_request", "invalid_scope")
    assert took < 2  # milliseconds, and whatever garbage of other tests is collected meanwhile


def test_a_hundred_kilobytes_of_anything_are_not_even_read(shop: Shop) -> None:
    assert shop.authorize(f"{shop.party.query()}&x={'y' * 100_000}").status_code == 400
    body = shop.browser.post(shop.path("authorize"), f"{shop.party.query()}&x={'y' * 100_000}", content_type=FORM)
    assert body.status_code == 400


def test_head_is_answered_like_get_without_a_body(shop: Shop) -> None:
    response = shop.browser.head(f"{shop.path('authorize')}?{shop.party.query()}")
    assert (response.status_code, response.content) == (302, b"")
    assert shop.browser.head(f"{shop.path('authorize')}?client_id=x").content == b""


@pytest.mark.parametrize("endpoint", ["consent", "answer"])
@pytest.mark.parametrize("method", ["put", "delete", "patch", "options"])
def test_pages_know_their_methods(shop: Shop, endpoint: str, method: str) -> None:
    response = getattr(shop.browser, method)(shop.path(endpoint))
    assert response.status_code == 405
    assert response["Allow"].startswith("GET, HEAD")
