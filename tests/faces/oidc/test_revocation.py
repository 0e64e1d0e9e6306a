"""Token revocation (RFC 7009): a client ends its own tokens, and learns nothing of others'."""

from typing import Any
from urllib.parse import urlencode

import pytest

from apps.events.types import EventType
from tests import ceremonies, record
from tests.faces.oidc.shop import FORM, Shop


def revoke(shop: Shop, form: dict[str, str] | bytes, content_type: str = FORM, **headers: str) -> Any:
    body = urlencode(form) if isinstance(form, dict) else form
    return shop.browser.post(shop.path("revoke"), body, content_type=content_type, headers=headers)


def own(shop: Shop, token: str, **further: str) -> dict[str, str]:
    return {"token": token, "client_id": shop.application.client_id, "client_secret": shop.party.secret, **further}


def test_a_revoked_token_is_dead_at_once(shop: Shop) -> None:
    token = shop.tokens()["access_token"]
    answer = revoke(shop, own(shop, token, token_type_hint="access_token"))
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer["Cache-Control"] == "no-store"
    assert shop.userinfo(token).status_code == 401
    event = record.last(shop.world.realm, EventType.TOKEN_CHANGE)
    assert event.data["action"] == "REVOKE"
    assert token not in str(event.data) + str(event.targets)


def test_basic_will_do(shop: Shop) -> None:
    token = shop.tokens()["access_token"]
    assert revoke(shop, {"token": token}, **shop.basic()).status_code == 200
    assert shop.userinfo(token).status_code == 401


def test_unknown_tokens_and_hints_are_fine(shop: Shop) -> None:
    for form in (own(shop, "x"), own(shop, ""), own(shop, "a.b.c", token_type_hint="nonsense"), own(shop, "\x00")):
        assert revoke(shop, form).status_code == 200


def test_twice_is_fine_and_one_event(shop: Shop) -> None:
    token = shop.tokens()["access_token"]
    for _ in range(2):
        assert revoke(shop, own(shop, token)).status_code == 200
    assert len(record.events(shop.world.realm, EventType.TOKEN_CHANGE)) == 1


@pytest.mark.parametrize("changes", [{"client_secret": "x"}, {"client_secret": ""}, {"client_id": "nobody"}])
def test_only_a_client_that_proves_itself_is_heard(shop: Shop, changes: dict[str, str]) -> None:
    token = shop.tokens()["access_token"]
    answer = revoke(shop, {**own(shop, token), **changes})
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert answer.has_header("WWW-Authenticate")
    assert shop.userinfo(token).status_code == 200


def test_another_clients_token_stays_alive(shop: Shop) -> None:
    token = shop.tokens()["access_token"]
    mine, shop.party = shop.party, ceremonies.client_of(shop.world, shop.world.acme.staff.application)
    assert revoke(shop, own(shop, token)).status_code == 200
    shop.party = mine
    assert shop.userinfo(token).status_code == 200


def test_it_takes_a_form_and_nothing_else(shop: Shop) -> None:
    assert revoke(shop, b'{"token": "x"}', "application/json").json()["error"] == "invalid_request"
    assert revoke(shop, b"\xff").json()["error"] == "invalid_request"
    assert shop.browser.get(shop.path("revoke")).status_code == 405
