"""What the browser's session may answer in the person's place (OpenID Connect Core §3.1.2.1, §3.1.2.3)."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.http import HttpResponse

from apps.authentication import services as authentication
from apps.authentication import sessions
from apps.authentication.models import Session
from apps.core import secrets
from apps.credentials.services import passkeys
from apps.directory.services import identities
from apps.events.types import EventType
from apps.policy import services as policy
from apps.web import cookies
from tests import ceremonies, record
from tests.authenticator import SoftPasskey
from tests.faces import doors
from tests.faces.oidc.shop import Shop, answer_to, leads_to_authenticator
from tests.racing import race
from tests.world import REDIRECT_URI, build


def silent(shop: Shop, **changes: str) -> dict[str, str]:
    return answer_to(shop.authorize(prompt="none", **changes), REDIRECT_URI)


def test_prompt_none_without_a_session_is_login_required(shop: Shop) -> None:
    assert silent(shop)["error"] == "login_required"


def test_prompt_none_with_one_is_answered_with_a_code_that_works(shop: Shop) -> None:
    shop.sign_in()
    answer = shop.token(shop.party.form(silent(shop)["code"])).json()
    assert ceremonies.payload_of(answer["id_token"])["sub"] == shop.world.bob.pk


def test_a_session_is_enough_without_any_prompt(shop: Shop) -> None:
    shop.sign_in()
    assert "code" in answer_to(shop.authorize(), REDIRECT_URI)


@pytest.mark.parametrize("prompt", ["login", "select_account", "login consent"])
def test_some_prompts_want_the_person(shop: Shop, prompt: str) -> None:
    shop.sign_in()
    assert leads_to_authenticator(shop.authorize(prompt=prompt))


def test_prompt_none_stands_alone(shop: Shop) -> None:
    shop.sign_in()
    assert answer_to(shop.authorize(prompt="none login"), REDIRECT_URI)["error"] == "invalid_request"


def test_max_age_counts_from_the_proof(shop: Shop) -> None:
    shop.sign_in()
    assert "code" in silent(shop, max_age="300")
    Session.objects.update(authenticated_at=shop.world.ctx.now - timedelta(seconds=301))
    assert silent(shop, max_age="300")["error"] == "login_required"
    assert leads_to_authenticator(shop.authorize(max_age="300"))
    assert "code" in silent(shop, max_age="3600")


def test_max_age_zero_always_asks_again(shop: Shop) -> None:
    shop.sign_in()
    assert leads_to_authenticator(shop.authorize(max_age="0"))


def test_auth_time_is_when_the_person_proved_it_and_not_when_the_code_was_made(shop: Shop) -> None:
    shop.sign_in()
    earlier = shop.world.ctx.now - timedelta(hours=1)
    Session.objects.update(authenticated_at=earlier)
    answer = shop.token(shop.party.form(silent(shop)["code"])).json()
    assert ceremonies.payload_of(answer["id_token"])["auth_time"] == int(earlier.timestamp())


def test_a_session_is_of_one_realm(shop: Shop) -> None:
    token = shop.sign_in().session_token
    shop.party = ceremonies.client_of(shop.world, shop.world.acme.staff.application)
    shop.browser.cookies[cookies.session_cookie(shop.application.realm_id)] = token
    assert silent(shop)["error"] == "login_required"


@pytest.mark.parametrize("cookie", ["", "x", "x" * 43, "x" * 5000, "\u00fc"])
def test_a_made_up_cookie_is_no_session(shop: Shop, cookie: str) -> None:
    shop.browser.cookies[cookies.session_cookie(shop.application.realm_id)] = cookie
    assert silent(shop)["error"] == "login_required"


def test_a_session_ends_with_its_time_its_passkey_and_its_person(shop: Shop) -> None:
    done = shop.sign_in()
    Session.objects.update(expires_at=shop.world.ctx.now - timedelta(seconds=1))
    assert silent(shop)["error"] == "login_required"
    shop.sign_in()
    passkeys.revoke_credential(shop.world.ctx, done.credential)
    assert silent(shop)["error"] == "login_required"


def test_suspension_ends_it(shop: Shop) -> None:
    shop.sign_in()
    identities.suspend_identity(shop.world.ctx, shop.world.bob)
    assert silent(shop)["error"] == "login_required"


def test_the_policy_is_asked_again_even_where_a_session_would_do(shop: Shop) -> None:
    shop.sign_in()
    publish(shop, [])
    assert silent(shop)["error"] == "login_required"
    assert leads_to_authenticator(shop.authorize())


def publish(shop: Shop, rules: list[dict[str, object]]) -> None:
    policy.save_draft(shop.world.ctx, shop.world.realm, rules)
    policy.publish_draft(shop.world.ctx, shop.world.realm)


# --- one browser, one session in a realm ------------------------------------------------------------------------------


def prove_again(shop: Shop, passkey: SoftPasskey) -> HttpResponse:
    """The person proves it anew in the same browser, because the application wants that."""
    page = doors.arrive(shop.browser, shop.party, prompt="login")
    return doors.answer(shop.browser, page, doors.signed(page, passkey))


def claims_of(shop: Shop, answer: HttpResponse) -> dict[str, Any]:
    return ceremonies.payload_of(shop.token(shop.party.form(answer.json()["code"])).json()["id_token"])


def test_the_same_person_keeps_the_session_under_a_new_secret(shop: Shop) -> None:
    first = claims_of(shop, prove_again(shop, shop.passkey))
    cookie = shop.browser.cookies[cookies.session_cookie(shop.world.realm.pk)].value
    with time_machine.travel(shop.world.ctx.now + timedelta(hours=1)):
        second = claims_of(shop, prove_again(shop, shop.passkey))
    assert first["sid"] == second["sid"]
    assert second["auth_time"] - first["auth_time"] > 3000
    assert Session.objects.count() == 1
    assert shop.browser.cookies[cookies.session_cookie(shop.world.realm.pk)].value != cookie
    shop.browser.cookies[cookies.session_cookie(shop.world.realm.pk)] = cookie
    assert silent(shop)["error"] == "login_required"
    event = record.last(shop.world.realm, EventType.SESSION_CHANGE)
    assert (event.data["action"], event.targets[0]["id"]) == ("UPDATE", shop.world.bob.pk)


def test_somebody_else_in_the_same_browser_ends_it_with_its_tokens(shop: Shop) -> None:
    carol = shop.world.acme.customers.carol
    hers = ceremonies.give_passkey(shop.world, carol)
    bobs = shop.token(shop.party.form(prove_again(shop, shop.passkey).json()["code"])).json()["access_token"]
    assert claims_of(shop, prove_again(shop, hers))["sub"] == carol.pk
    assert shop.userinfo(bobs).status_code == 401
    assert not ceremonies.live_sessions(shop.world, shop.world.bob)
    assert len(ceremonies.live_sessions(shop.world, carol)) == 1
    actions = [event.data["action"] for event in record.events(shop.world.realm, EventType.SESSION_CHANGE)]
    assert actions == ["CREATE", "END", "CREATE"]


def test_another_browsers_session_is_left_alone(shop: Shop) -> None:
    prove_again(shop, shop.passkey)
    shop.browser.cookies.clear()
    prove_again(shop, shop.passkey)
    assert len(ceremonies.live_sessions(shop.world, shop.world.bob)) == 2


@pytest.mark.django_db(transaction=True)
def test_two_tabs_that_prove_it_at_once_leave_a_session_each_that_works_or_none() -> None:
    """Both came with the same cookie: one goes on with that session, the other gets one of its own."""
    world = build()
    passkey = ceremonies.give_passkey(world, world.bob)
    party = ceremonies.client_of(world)
    first = ceremonies.sign_in(world.visitor, party, passkey).session_token
    flows = [ceremonies.begin(world.visitor, party) for _ in range(4)]

    def finish(flow: Any) -> str:
        signed = passkey.get(secrets.from_base64url(flow.nonce), origin=ceremonies.origin())
        return authentication.authenticate(world.visitor, flow, signed, cookie=first).session_token

    done = race(*(lambda flow=flow: finish(flow) for flow in flows))
    found = [sessions.find_session(world.visitor, world.realm.pk, token) for token in done.won]
    assert all(found)
    assert sessions.find_session(world.visitor, world.realm.pk, first) is None
    assert len(ceremonies.live_sessions(world, world.bob)) == len(done.won)
