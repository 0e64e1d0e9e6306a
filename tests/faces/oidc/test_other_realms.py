"""What belongs to one realm is nothing in another, of the same tenant or of the next (client, code, token, session)."""

from typing import Any

import pytest

from apps.web import cookies
from tests import ceremonies
from tests.faces.oidc.shop import Shop, answer_to
from tests.world import REDIRECT_URI, Place


@pytest.fixture(params=["another realm", "another tenant", "another realm of another tenant"])
def elsewhere(request: pytest.FixtureRequest, shop: Shop) -> Place:
    world = shop.world
    places = {
        "another realm": world.acme.staff,
        "another tenant": world.evil.customers,
        "another realm of another tenant": world.evil.staff,
    }
    return places[request.param]


def moved(shop: Shop, place: Place) -> Shop:
    """Bob's browser and passkey at another place's doors."""
    return Shop(shop.world, shop.browser, ceremonies.client_of(shop.world, place.application), shop.passkey)


def test_its_client_is_unknown_at_another_authorize(shop: Shop, elsewhere: Place) -> None:
    response = moved(shop, elsewhere).authorize(shop.party.query())
    assert response.status_code == 400
    assert not response.has_header("Location")


def test_its_code_and_secret_buy_nothing_at_another_token_endpoint(shop: Shop, elsewhere: Place) -> None:
    there, form = moved(shop, elsewhere), shop.form()
    assert there.token(form).json()["error"] == "invalid_client"
    theirs: dict[str, Any] = {"client_id": there.application.client_id, "client_secret": there.party.secret}
    assert there.token({**form, **theirs}).json()["error"] == "invalid_grant"
    assert shop.token({**form, **theirs}).json()["error"] == "invalid_client"
    assert shop.token(form).status_code == 200


def test_its_token_opens_no_other_userinfo(shop: Shop, elsewhere: Place) -> None:
    token = shop.tokens()["access_token"]
    answer = moved(shop, elsewhere).userinfo(token)
    assert answer.status_code == 401
    assert shop.userinfo(token).status_code == 200


def test_its_session_signs_nobody_in_there(shop: Shop, elsewhere: Place) -> None:
    there = moved(shop, elsewhere)
    token = shop.sign_in().session_token
    there.browser.cookies[cookies.session_cookie(there.application.realm_id)] = token
    assert answer_to(there.authorize(prompt="none"), REDIRECT_URI)["error"] == "login_required"


def test_its_session_is_not_mixed_up_with_theirs(shop: Shop, elsewhere: Place) -> None:
    """The same username in both: one browser, two sessions, two people."""
    there = moved(shop, elsewhere)
    there.passkey = ceremonies.give_passkey(shop.world, elsewhere.bob)
    shop.sign_in()
    there.sign_in()
    for at, bob in ((shop, shop.world.bob), (there, elsewhere.bob)):
        code = answer_to(at.authorize(prompt="none"), REDIRECT_URI)["code"]
        assert ceremonies.payload_of(at.token(at.party.form(code)).json()["id_token"])["sub"] == bob.pk


def test_its_keys_sign_nothing_there(shop: Shop, elsewhere: Place) -> None:
    def kids(at: Shop) -> set[str]:
        return {key["kid"] for key in at.browser.get(at.path(".well-known/jwks.json")).json()["keys"]}

    assert not kids(shop) & kids(moved(shop, elsewhere))
