"""Signing out on an application's request (OpenID Connect RP-Initiated Logout 1.0 §2–§4).

The first part follows, name by name, the eleven modules of the OpenID Foundation's plan for it; then come attacks.
"""

import re
from datetime import timedelta
from urllib.parse import urlencode

import pytest
import time_machine
from django.http import HttpResponse
from django.test import Client as Browser

from apps.applications.services import applications
from apps.core import ids
from apps.events.types import EventType
from apps.tokens import jose, keys
from apps.web import cookies
from tests import ceremonies, record
from tests.ceremonies import Client
from tests.faces.oidc.shop import FORM, Shop, answer_to
from tests.world import REDIRECT_URI, web

HOME = "http://localhost:3000/signed-out"


@pytest.fixture
def shop(shop: Shop) -> Shop:
    allow(shop, [HOME])
    return shop


def allow(shop: Shop, uris: list[str]) -> None:
    application = shop.application
    changed = applications.update_application(
        shop.world.ctx, application, protocol_config={"post_logout_redirect_uris": uris}
    )
    shop.party.application = changed


def signed_in(shop: Shop) -> str:
    """Bob's browser has its session; the ID token that the application got."""
    done = shop.sign_in()
    return shop.token(shop.party.form(done.code)).json()["id_token"]


def is_signed_in(shop: Shop) -> bool:
    return "code" in answer_to(shop.authorize(prompt="none"), REDIRECT_URI)


def sign_out(shop: Shop, method: str = "GET", **parameters: str) -> HttpResponse:
    if method == "GET":
        return shop.browser.get(f"{shop.path('end-session')}?{urlencode(parameters)}")
    return shop.browser.post(shop.path("end-session"), urlencode(parameters), content_type=FORM)


def confirm(shop: Shop, page: HttpResponse) -> HttpResponse:
    """The person presses the button that the page shows, as a browser would send it."""
    form = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page.content.decode()))
    action = re.search(r'<form method="post" action="([^"]+)"', page.content.decode())
    assert action is not None
    assert form["csrfmiddlewaretoken"]
    return shop.browser.post(action[1], {name: value.replace("&amp;", "&") for name, value in form.items()})


def asks(response: HttpResponse) -> bool:
    return (
        response.status_code == 200 and b"Sign out of Acme?" in response.content and not response.has_header("Location")
    )


def refuses(response: HttpResponse) -> bool:
    assert not response.has_header("Location")
    return response.status_code == 400 and b"This sign-out went wrong" in response.content


# --- the plan's modules ---------------------------------------------------------------------------------------------------


def test_discovery_endpoint_verification(shop: Shop) -> None:
    found = shop.browser.get(shop.path(".well-known/openid-configuration")).json()
    assert found["end_session_endpoint"] == f"{shop.issuer}/end-session"


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_rp_initiated_logout(shop: Shop, method: str) -> None:
    hint = signed_in(shop)
    assert is_signed_in(shop)
    answer = sign_out(shop, method, id_token_hint=hint, post_logout_redirect_uri=HOME, state="xyz 1/ü&")
    assert answer_to(answer, HOME) == {"state": "xyz 1/ü&"}
    assert not is_signed_in(shop)


def test_bad_post_logout_redirect_uri(shop: Shop) -> None:
    hint = signed_in(shop)
    assert refuses(sign_out(shop, id_token_hint=hint, post_logout_redirect_uri="https://evil.test/", state="1"))


def test_query_added_to_post_logout_redirect_uri(shop: Shop) -> None:
    hint = signed_in(shop)
    assert refuses(sign_out(shop, id_token_hint=hint, post_logout_redirect_uri=f"{HOME}?foo=bar", state="1"))


def test_modified_id_token_hint(shop: Shop) -> None:
    hint = signed_in(shop)
    for forged in (
        ceremonies.forge(hint, claims={"sub": shop.world.acme.customers.carol.pk}),
        ceremonies.forge(hint, header={"alg": "none"}),
        hint[:-4] + ("AAAA" if hint[-4:] != "AAAA" else "BBBB"),
    ):
        assert refuses(sign_out(shop, id_token_hint=forged, post_logout_redirect_uri=HOME, state="1"))
    assert is_signed_in(shop)
    assert record.last(shop.world.realm, EventType.SESSION_CHANGE).outcome == "LOGOUT_REFUSED"


def test_bad_id_token_hint(shop: Shop) -> None:
    signed_in(shop)
    for bad in ("x", "a.b.c", "x" * 20_000, "\x7f"):
        assert refuses(sign_out(shop, "POST", id_token_hint=bad, post_logout_redirect_uri=HOME))
    assert is_signed_in(shop)


def test_no_id_token_hint(shop: Shop) -> None:
    """Nothing shows who wants to be gone back to: signed out when the person says so, and stays."""
    signed_in(shop)
    page = sign_out(shop, post_logout_redirect_uri=HOME, state="1")
    assert asks(page)
    assert is_signed_in(shop)
    gone = confirm(shop, page)
    assert (gone.status_code, b"You are signed out" in gone.content) == (200, True)
    assert not is_signed_in(shop)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_no_parameters(shop: Shop, method: str) -> None:
    signed_in(shop)
    page = sign_out(shop, method)
    assert asks(page)
    assert is_signed_in(shop)
    assert b"You are signed out" in confirm(shop, page).content
    assert not is_signed_in(shop)


def test_no_post_logout_redirect_uri(shop: Shop) -> None:
    answer = sign_out(shop, id_token_hint=signed_in(shop), state="1")
    assert (answer.status_code, b"You are signed out" in answer.content) == (200, True)
    assert not is_signed_in(shop)


def test_no_state(shop: Shop) -> None:
    answer = sign_out(shop, id_token_hint=signed_in(shop), post_logout_redirect_uri=HOME)
    assert answer["Location"] == HOME
    assert not is_signed_in(shop)


def test_only_state(shop: Shop) -> None:
    signed_in(shop)
    page = sign_out(shop, state="1")
    assert asks(page)
    assert confirm(shop, page).status_code == 200


# --- hints ----------------------------------------------------------------------------------------------------------------


def test_a_hint_may_be_long_over(shop: Shop) -> None:
    hint = signed_in(shop)
    with time_machine.travel(shop.world.ctx.now + timedelta(hours=5)):
        assert sign_out(shop, id_token_hint=hint, post_logout_redirect_uri=HOME)["Location"] == HOME
    assert not is_signed_in(shop)


def test_a_hint_without_a_browser_session_redirects_too_and_again_and_again(shop: Shop) -> None:
    hint = signed_in(shop)
    for _ in range(3):
        answer = sign_out(shop, id_token_hint=hint, post_logout_redirect_uri=HOME, state="s")
        assert answer_to(answer, HOME) == {"state": "s"}
    assert not is_signed_in(shop)


def test_a_form_that_another_site_posts_comes_without_the_cookie_and_signs_out_all_the_same(shop: Shop) -> None:
    hint = signed_in(shop)
    form = urlencode({"id_token_hint": hint, "post_logout_redirect_uri": HOME})
    assert Browser().post(shop.path("end-session"), form, content_type=FORM)["Location"] == HOME
    assert not is_signed_in(shop)


def test_a_hint_of_somebody_else_only_asks(shop: Shop) -> None:
    world = shop.world
    carol = ceremonies.give_passkey(world, world.acme.customers.carol)
    hers = ceremonies.tokens_for(world.visitor, shop.party, carol)["id_token"]
    signed_in(shop)
    page = sign_out(shop, id_token_hint=hers, post_logout_redirect_uri=HOME, state="s")
    assert asks(page)
    assert is_signed_in(shop)
    assert answer_to(confirm(shop, page), HOME) == {"state": "s"}
    assert not is_signed_in(shop)


def test_a_hint_of_another_session_of_the_same_person_only_asks(shop: Shop) -> None:
    before = signed_in(shop)
    signed_in(shop)
    assert asks(sign_out(shop, id_token_hint=before, post_logout_redirect_uri=HOME))
    assert is_signed_in(shop)


def test_a_hint_of_another_realm_or_application_is_none(shop: Shop) -> None:
    world = shop.world
    for place in (world.acme.staff, world.evil.customers):
        passkey = ceremonies.give_passkey(world, place.bob)
        client = ceremonies.client_of(world, place.application)
        foreign = ceremonies.tokens_for(world.visitor, client, passkey)["id_token"]
        assert refuses(sign_out(shop, id_token_hint=foreign, post_logout_redirect_uri=HOME))
    beside = applications.create_application(
        world.ctx,
        world.realm,
        display_name="Beside",
        protocol_config={**web(), "post_logout_redirect_uris": ["https://beside.test/"]},
        authenticator_config=world.acme.customers.config,
    )
    theirs = ceremonies.tokens_for(world.visitor, Client(beside.application, beside.client_secret), shop.passkey)
    assert refuses(sign_out(shop, id_token_hint=theirs["id_token"], post_logout_redirect_uri="https://beside.test/"))


def test_no_other_token_of_ours_is_a_hint(shop: Shop) -> None:
    """An access token is of another `typ`; the signed request to the authenticator is of the same, but of no person."""
    tokens = shop.tokens()
    request_jwt = shop.authorize(prompt="login")["Location"].partition("request=")[2]
    claims = {"iss": shop.issuer, "sub": shop.world.bob.pk, "aud": shop.application.client_id, "iat": 1, "exp": 2}
    key = keys.current_key(shop.world.realm.pk, "ES256")
    logout_token = jose.sign({**claims, "auth_time": 1}, key, typ="logout+jwt")
    for other in (tokens["access_token"], request_jwt, logout_token, jose.sign(claims, key, typ="JWT")):
        assert refuses(sign_out(shop, id_token_hint=other, post_logout_redirect_uri=HOME))


# --- clients and addresses ------------------------------------------------------------------------------------------------


def test_a_client_id_alone_asks_and_then_goes_back(shop: Shop) -> None:
    signed_in(shop)
    page = sign_out(shop, client_id=shop.application.client_id, post_logout_redirect_uri=HOME, state="s")
    assert asks(page)
    assert "form-action 'self' http://localhost:3000" in page["Content-Security-Policy"]
    assert answer_to(confirm(shop, page), HOME) == {"state": "s"}
    assert not is_signed_in(shop)


def test_a_client_id_that_is_not_the_hints_is_refused(shop: Shop) -> None:
    hint, other = signed_in(shop), shop.world.acme.staff.application.client_id
    for parameters in ({"id_token_hint": hint, "client_id": other}, {"client_id": other}, {"client_id": "\x7f"}):
        assert refuses(sign_out(shop, post_logout_redirect_uri=HOME, **parameters))
    assert is_signed_in(shop)


@pytest.mark.parametrize(
    "wrong",
    [
        f"{HOME}/", f"{HOME}#x", f"{HOME};p", f"{HOME}%20", f" {HOME}", HOME.upper(), HOME.replace("http", "https"),
        HOME.replace("3000", "3001"), HOME.replace("localhost", "localhost.evil.test"), f"{HOME}/../signed-out",
        HOME.replace("//", "//user@"), REDIRECT_URI, "//localhost:3000/signed-out", "javascript:alert(1)", "data:,x",
        "x" * 3000,
    ],
)  # fmt: skip
def test_an_address_is_exactly_a_registered_one(shop: Shop, wrong: str) -> None:
    hint = signed_in(shop)
    assert refuses(sign_out(shop, id_token_hint=hint, post_logout_redirect_uri=wrong))
    page = sign_out(shop, client_id=shop.application.client_id, post_logout_redirect_uri=wrong)
    assert refuses(page)
    assert is_signed_in(shop)
    assert b"You are signed out" in confirm(shop, page).content  # the person may still want to go, to nowhere
    assert not is_signed_in(shop)


def test_state_is_added_to_whatever_query_is_registered(shop: Shop) -> None:
    allow(shop, ["https://shop.test/bye?a=b"])
    hint = signed_in(shop)
    answer = sign_out(shop, id_token_hint=hint, post_logout_redirect_uri="https://shop.test/bye?a=b", state="s")
    assert answer["Location"] == "https://shop.test/bye?a=b&state=s"


# --- bad input and other hands --------------------------------------------------------------------------------------------


def test_given_twice_is_given_wrongly(shop: Shop) -> None:
    hint = signed_in(shop)
    twice = urlencode([("id_token_hint", hint), ("state", "1"), ("state", "2")])
    assert refuses(shop.browser.get(f"{shop.path('end-session')}?{twice}"))
    assert is_signed_in(shop)


@pytest.mark.parametrize(
    "body", [b"\xff\xfe", b"state=%00", b"a=1&" * 5000, b"state=" + b"x" * 3000, b"id_token_hint=%ff", b"{}", b"&&==&"]
)
def test_bad_input_ends_nothing_and_breaks_nothing(shop: Shop, body: bytes) -> None:
    signed_in(shop)
    for content_type in ("application/x-www-form-urlencoded", "application/json", "text/plain"):
        answer = shop.browser.post(shop.path("end-session"), body, content_type=content_type)
        assert answer.status_code in (200, 400)
        assert not answer.has_header("Location")
    assert is_signed_in(shop)


def test_the_persons_answer_is_taken_from_our_own_page_alone(shop: Shop) -> None:
    signed_in(shop)
    strict = Browser(enforce_csrf_checks=True)
    strict.cookies = shop.browser.cookies
    answer = strict.post(shop.path("end-session/confirm"), {"request": ""}, headers={"Origin": "https://evil.test"})
    assert answer.status_code == 403
    assert shop.browser.get(shop.path("end-session/confirm")).status_code == 405
    assert is_signed_in(shop)


def test_what_the_confirmation_carries_on_is_checked_again(shop: Shop) -> None:
    signed_in(shop)
    forged = urlencode({"client_id": shop.application.client_id, "post_logout_redirect_uri": "https://evil.test/"})
    assert refuses(shop.browser.post(shop.path("end-session/confirm"), {"request": forged}))
    assert is_signed_in(shop)


def test_what_is_wrong_is_shown_as_text_and_never_as_markup(shop: Shop) -> None:
    page = sign_out(shop, client_id=shop.application.client_id, state='"><script>alert(1)</script>')
    assert b"<script>alert" not in page.content
    assert page["Referrer-Policy"] == "same-origin"
    assert page["Cache-Control"] == "no-store"


def test_there_is_none_where_nobody_signs_in(shop: Shop) -> None:
    shop.party = Client(shop.world.acme.management_api, shop.world.acme.management_secret)
    assert sign_out(shop).status_code == 404
    assert "end_session_endpoint" not in shop.browser.get(shop.path(".well-known/openid-configuration")).json()
    unknown = shop.path("end-session").replace(str(shop.application.pk), str(ids.uuid7()))
    assert shop.browser.get(unknown).status_code == 404


# --- what ends ------------------------------------------------------------------------------------------------------------


def test_the_session_its_tokens_and_its_cookie_end_in_one_event(shop: Shop) -> None:
    done = shop.sign_in()
    tokens = shop.token(shop.party.form(done.code)).json()
    answer = sign_out(shop, id_token_hint=tokens["id_token"], post_logout_redirect_uri=HOME)
    cookie = answer.cookies[cookies.session_cookie(shop.world.realm.pk)]
    assert (cookie.value, cookie["max-age"]) == ("", 0)
    assert shop.userinfo(tokens["access_token"]).status_code == 401
    shop.browser.cookies[cookies.session_cookie(shop.world.realm.pk)] = done.session_token  # D7: the old cookie again
    assert not is_signed_in(shop)
    event = record.last(shop.world.realm, EventType.SESSION_CHANGE)
    assert (event.data["action"], event.outcome, event.actor_id) == ("END", "SUCCESS", shop.world.bob.pk)
    assert {target["type"] for target in event.targets} == {"session", "identity", "application"}


def test_another_realms_session_in_the_same_browser_stays(shop: Shop) -> None:
    world = shop.world
    staff = Shop(world, shop.browser, ceremonies.client_of(world, world.acme.staff.application),
                 ceremonies.give_passkey(world, world.acme.staff.bob))  # fmt: skip
    signed_in(staff)
    sign_out(shop, id_token_hint=signed_in(shop), post_logout_redirect_uri=HOME)
    assert not is_signed_in(shop)
    assert is_signed_in(staff)
