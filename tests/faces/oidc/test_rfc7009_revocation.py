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


# --- refresh tokens, and who else may ----------------------------------------------------------------------


@pytest.fixture
def renewing(shop: Shop) -> Shop:
    tokens = {"expires_after": 3600, "token_signing_algorithm": "ES256", "refresh_token": {"enabled": True}}
    shop.register(token_configuration=tokens)
    return shop


def refresh(shop: Shop, token: str) -> Any:
    return shop.token({"grant_type": "refresh_token", "refresh_token": token}, **shop.basic())


def test_a_refresh_token_takes_its_whole_family_with_it(renewing: Shop) -> None:
    first, other = renewing.tokens(), renewing.tokens()
    second = refresh(renewing, first["refresh_token"]).json()
    answer = revoke(renewing, own(renewing, second["refresh_token"], token_type_hint="refresh_token"))
    assert answer.status_code == 200
    assert refresh(renewing, second["refresh_token"]).status_code == 400
    for token in (first["access_token"], second["access_token"]):
        assert renewing.userinfo(token).status_code == 401
    assert renewing.userinfo(other["access_token"]).status_code == 200
    assert refresh(renewing, other["refresh_token"]).status_code == 200
    event = record.last(renewing.world.realm, EventType.TOKEN_CHANGE)
    assert (event.data["action"], event.data["access_tokens"]) == ("REVOKE", 2)
    assert event.actor_id == str(renewing.application.pk)


def test_one_that_was_exchanged_already_ends_the_family_too(renewing: Shop) -> None:
    first = renewing.tokens()
    second = refresh(renewing, first["refresh_token"]).json()
    revoke(renewing, own(renewing, first["refresh_token"]))
    assert refresh(renewing, second["refresh_token"]).status_code == 400


def test_an_access_token_alone_leaves_the_rest(renewing: Shop) -> None:
    tokens = renewing.tokens()
    revoke(renewing, own(renewing, tokens["access_token"], token_type_hint="refresh_token"))
    assert renewing.userinfo(tokens["access_token"]).status_code == 401
    assert refresh(renewing, tokens["refresh_token"]).status_code == 200


def test_another_clients_refresh_token_stays_alive(renewing: Shop) -> None:
    token, mine = renewing.tokens()["refresh_token"], renewing.party
    renewing.register()
    assert revoke(renewing, own(renewing, token)).status_code == 200
    renewing.party = mine
    assert refresh(renewing, token).status_code == 200


def test_a_public_client_needs_only_its_name(shop: Shop) -> None:
    shop.register(confidentiality="public")
    token = shop.tokens()["access_token"]
    assert revoke(shop, {"token": token, "client_id": "nobody"}).status_code == 401
    assert revoke(shop, {"token": token, "client_id": shop.application.client_id}).status_code == 200
    assert shop.userinfo(token).status_code == 401


def test_who_may_delete_tokens_may_revoke_them_here(renewing: Shop) -> None:
    world, tokens = renewing.world, renewing.tokens()
    for company, scope in ((world.acme, "tokens:read"), (world.evil, "tokens:delete")):
        bearer = {"Authorization": f"Bearer {ceremonies.management_token(world.request, company, scope=scope)}"}
        answer = revoke(renewing, {"token": tokens["access_token"]}, **bearer)
        assert (answer.status_code, answer.json()["error"]) == (403, "insufficient_scope")
    assert renewing.userinfo(tokens["access_token"]).status_code == 200
    bearer = {
        "Authorization": f"Bearer {ceremonies.management_token(world.request, world.acme, scope='tokens:delete')}"
    }
    assert revoke(renewing, {"token": tokens["access_token"]}, **bearer).status_code == 200
    assert renewing.userinfo(tokens["access_token"]).status_code == 401
    event = record.last(world.realm, EventType.TOKEN_CHANGE)
    assert event.actor_id == str(world.acme.management_api.pk)


def test_an_access_token_of_the_application_revokes_nothing(shop: Shop) -> None:
    token = shop.tokens()["access_token"]
    assert revoke(shop, {"token": token}, Authorization=f"Bearer {token}").status_code == 401
    assert shop.userinfo(token).status_code == 200


def test_who_is_turned_away_leaves_an_event(shop: Shop) -> None:
    revoke(shop, {**own(shop, "x"), "client_secret": "wrong"})
    event = record.last(shop.world.realm, EventType.TOKEN_CHANGE)
    assert (event.outcome, event.data["action"]) == ("INVALID_CLIENT", "REVOKE")
