"""What pages of other origins may read (RFC 9700 §2.6): public documents, and a client its own answers."""

import pytest
from django.http import HttpResponse

from tests.faces.oidc.shop import FORM, Shop

OWN = "http://localhost:3000"
FOREIGN = [
    "https://evil.test",
    "http://localhost:3000.evil.test",
    "http://localhost:3001",
    "https://localhost:3000",
    "null",
]
PRIVATE = ["token", "userinfo", "revoke"]


def ask(shop: Shop, endpoint: str, origin: str, method: str = "POST") -> HttpResponse:
    return shop.browser.generic(method, shop.path(endpoint), "", content_type=FORM, headers={"Origin": origin})


def preflight(shop: Shop, endpoint: str, origin: str) -> HttpResponse:
    headers = {"Origin": origin, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "dpop"}
    return shop.browser.options(shop.path(endpoint), headers=headers)


@pytest.mark.parametrize("document", [".well-known/openid-configuration", ".well-known/jwks.json"])
def test_public_documents_are_anybodys(shop: Shop, document: str) -> None:
    for response in (ask(shop, document, "https://evil.test", "GET"), preflight(shop, document, "https://evil.test")):
        assert response.status_code in (200, 204)
        assert response["Access-Control-Allow-Origin"] == "*"
        assert "Access-Control-Allow-Credentials" not in response
    before = shop.browser.get(f"/.well-known/openid-configuration{shop.path('')}".rstrip("/"))
    assert before["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize("endpoint", PRIVATE)
def test_the_clients_own_pages_read_its_answers(shop: Shop, endpoint: str) -> None:
    response = ask(shop, endpoint, OWN)
    assert response.status_code in (400, 401)
    assert response["Access-Control-Allow-Origin"] == OWN
    assert "Origin" in response["Vary"]
    assert "WWW-Authenticate" in response["Access-Control-Expose-Headers"]
    assert "Access-Control-Allow-Credentials" not in response


@pytest.mark.parametrize("endpoint", PRIVATE)
def test_and_are_told_before_that_they_may(shop: Shop, endpoint: str) -> None:
    response = preflight(shop, endpoint, OWN)
    assert response.status_code == 204
    assert response["Access-Control-Allow-Origin"] == OWN
    assert "POST" in response["Access-Control-Allow-Methods"]
    assert {"authorization", "content-type", "dpop"} == set(response["Access-Control-Allow-Headers"].split(", "))
    assert "Origin" in response["Vary"]


@pytest.mark.parametrize("endpoint", PRIVATE)
@pytest.mark.parametrize("origin", FOREIGN)
def test_nobody_elses_do(shop: Shop, endpoint: str, origin: str) -> None:
    for response in (ask(shop, endpoint, origin), preflight(shop, endpoint, origin)):
        assert "Access-Control-Allow-Origin" not in response
        assert "Origin" in response["Vary"]


def test_an_answer_that_works_is_read_too(shop: Shop) -> None:
    token = shop.tokens()["access_token"]
    headers = {"Origin": OWN, "Authorization": f"Bearer {token}"}
    assert shop.browser.get(shop.path("userinfo"), headers=headers)["Access-Control-Allow-Origin"] == OWN


@pytest.mark.parametrize("endpoint", ["authorize", "consent", "answer"])
def test_places_for_people_are_read_by_nobody(shop: Shop, endpoint: str) -> None:
    for method in ("GET", "OPTIONS"):
        assert "Access-Control-Allow-Origin" not in ask(shop, endpoint, OWN, method)


def test_an_application_that_is_not_there_has_no_pages(shop: Shop) -> None:
    path = shop.path("token").replace(shop.world.acme.tenant.pk, shop.world.evil.tenant.pk)
    response = shop.browser.post(path, "", content_type=FORM, headers={"Origin": OWN})
    assert response.status_code == 404
    assert "Access-Control-Allow-Origin" not in response
