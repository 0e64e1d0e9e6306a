"""UserInfo and the bearer tokens it takes (OpenID Connect Core §5.3; RFC 6750 §2, §3)."""

from datetime import timedelta
from typing import Any

import pytest

from apps.applications.models import AccessToken
from apps.directory.services import identities
from apps.events.types import EventType
from tests import ceremonies, record
from tests.faces.oidc.shop import FORM, Shop


def refused(response: Any, challenge: str = 'Bearer error="invalid_token"', status: int = 401) -> None:
    assert response.status_code == status, response.content
    assert response["WWW-Authenticate"] == challenge
    assert response["Cache-Control"] == "no-store"


def test_it_tells_who_signed_in(shop: Shop) -> None:
    tokens = shop.tokens()
    answer = shop.userinfo(tokens["access_token"])
    assert answer["Cache-Control"] == "no-store"
    assert answer.json() == {
        "sub": shop.world.bob.pk,
        "name": "Bob Baker",
        "preferred_username": "bob",
        "email": "bob@acme.test",
        "email_verified": False,
    }
    assert answer.json()["sub"] == ceremonies.payload_of(tokens["id_token"])["sub"]


def test_post_is_as_good_as_get(shop: Shop) -> None:
    token = shop.tokens()["access_token"]
    assert shop.browser.post(shop.path("userinfo"), headers={"Authorization": f"bearer {token}"}).status_code == 200


def test_without_a_token_one_is_told_the_scheme_and_nothing_else(shop: Shop) -> None:
    refused(shop.browser.get(shop.path("userinfo")), "Bearer")


@pytest.mark.parametrize(
    "header", ["Bearer", "Bearer ", "Basic eA==", "Bearer a b", "Bearer \u00fc", "Bearer " + "x" * 20_000, "x"]
)
def test_what_is_no_bearer_header_is_no_token(shop: Shop, header: str) -> None:
    refused(
        shop.browser.get(shop.path("userinfo"), headers={"Authorization": header.encode().decode("latin-1")}), "Bearer"
    )


def test_a_token_comes_in_the_header_or_in_a_form_and_never_in_the_address(shop: Shop) -> None:
    token = shop.tokens()["access_token"]
    refused(shop.browser.get(f"{shop.path('userinfo')}?access_token={token}"), "Bearer")
    refused(shop.browser.post(shop.path("userinfo"), {"access_token": token}), "Bearer")  # multipart
    posted = shop.browser.post(shop.path("userinfo"), f"access_token={token}", content_type=FORM)
    assert posted.json()["sub"] == shop.world.bob.pk
    refused(shop.browser.generic("GET", shop.path("userinfo"), f"access_token={token}", content_type=FORM), "Bearer")


def test_and_in_one_way_once(shop: Shop) -> None:
    token = shop.tokens()["access_token"]
    own = {"Authorization": f"Bearer {token}"}
    for body, headers in ((f"access_token={token}", own), (f"access_token={token}&access_token={token}", {})):
        answer = shop.browser.post(shop.path("userinfo"), body, content_type=FORM, headers=headers)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


@pytest.mark.parametrize("junk", ["access_token=%00", "access_token=%ff", "access_token=", "%%%", "x" * 70_000])
def test_a_form_of_junk_is_refused(shop: Shop, junk: str) -> None:
    assert shop.browser.post(shop.path("userinfo"), junk, content_type=FORM).status_code in (400, 401, 413)


@pytest.mark.parametrize("token", ["x", "a.b.c", "....", "eyJhbGciOiJub25lIn0.e30.", "x" * 9000])
def test_a_made_up_token_is_invalid(shop: Shop, token: str) -> None:
    refused(shop.userinfo(token))


def test_an_id_token_is_not_an_access_token(shop: Shop) -> None:
    refused(shop.userinfo(shop.tokens()["id_token"]))


@pytest.mark.parametrize(
    "lie",
    [{"claims": {"sub": "someone"}}, {"claims": {"exp": 9_999_999_999}}, {"header": {"alg": "none"}},
     {"header": {"alg": "HS256"}}, {"header": {"typ": "JWT"}}, {"header": {"kid": "another"}},
     {"header": {"crit": ["exp"]}}],
)  # fmt: skip
def test_a_rewritten_token_is_invalid(shop: Shop, lie: dict[str, Any]) -> None:
    refused(shop.userinfo(ceremonies.forge(shop.tokens()["access_token"], **lie)))


def test_a_revoked_or_expired_one_too(shop: Shop) -> None:
    token = shop.tokens()["access_token"]
    AccessToken.objects.update(expires=shop.world.ctx.now - timedelta(seconds=1))
    refused(shop.userinfo(token))
    token = shop.tokens()["access_token"]
    AccessToken.objects.update(revoked_at=shop.world.ctx.now)
    refused(shop.userinfo(token))


def test_a_suspended_persons_too(shop: Shop) -> None:
    token = shop.tokens()["access_token"]
    identities.suspend_identity(shop.world.ctx, shop.world.bob)
    refused(shop.userinfo(token))
    identities.unsuspend_identity(shop.world.ctx, shop.world.bob)
    refused(shop.userinfo(token))


def test_a_token_that_speaks_for_no_person_is_invalid(shop: Shop) -> None:
    token = ceremonies.management_token(shop.world.visitor, shop.world.acme)
    refused(shop.userinfo(token))
    shop.party = ceremonies.client_of(shop.world, shop.world.acme.console)
    refused(shop.userinfo(token))


def test_without_openid_the_scope_is_insufficient(shop: Shop) -> None:
    token = shop.tokens(scope=None)["access_token"]
    refused(shop.userinfo(token), 'Bearer error="insufficient_scope"', 403)


def test_reading_is_on_record_in_the_sign_ins_own_flow(shop: Shop) -> None:
    shop.userinfo(shop.tokens()["access_token"])
    event = record.last(shop.world.realm, EventType.USERINFO_READ)
    assert (event.outcome, event.actor_id) == ("SUCCESS", shop.world.bob.pk)
    assert event.correlation_id == record.last(shop.world.realm, EventType.TOKEN_REQUEST).correlation_id


def test_a_refused_reading_is_too(shop: Shop) -> None:
    shop.userinfo("x")
    assert record.last(shop.world.realm, EventType.USERINFO_READ).outcome == "INVALID_TOKEN"
