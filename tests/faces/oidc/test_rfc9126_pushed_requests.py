"""Pushed authorization requests (RFC 9126; FAPI 2.0 Security Profile §5.3.2.2): left with us by a client that proved itself,
taken up by its browser until a code is made of them."""

import json
import time
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client as Browser
from django.utils import timezone

from apps.applications.models import Grant
from apps.core import outgoing, secrets
from apps.events.types import EventType
from apps.tokens.models import PushedRequest
from apps.tokens.request_sources import URI_PREFIX
from apps.tokens.services import pushed_requests
from apps.tokens.services.codes import RequestUsedUp
from apps.web import limits
from tests import ceremonies, record
from tests.faces.oidc import keyed
from tests.faces.oidc.keyed import FORM, KeyedShop
from tests.faces.oidc.shop import Shop, answer_to, leads_to_authenticator
from tests.keyholder import KeyHolder
from tests.world import REDIRECT_URI, World


@pytest.fixture
def shop(world: World, client: Browser) -> KeyedShop:
    """It may push its requests."""
    return keyed.register(world, client)


@pytest.fixture
def pushing(world: World, client: Browser) -> KeyedShop:
    """It must."""
    return keyed.register(world, client, require_pushed_authorization_requests=True)


def refused(response: Any, error: str, status: int = 400) -> None:
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/json"
    assert response["Cache-Control"] == "no-store"
    assert response.json()["error"] == error
    assert PushedRequest.objects.count() == 0


def unknown(response: Any) -> None:
    """A page for the person, and no redirect anywhere."""
    assert response.status_code == 400
    assert "Location" not in response
    assert response["Content-Type"].startswith("text/html")


def test_a_request_left_with_us_is_what_the_browser_brings(shop: KeyedShop) -> None:
    answer = shop.push()
    assert answer.status_code == 201
    assert answer["Cache-Control"] == "no-store"
    assert answer.json() == {"request_uri": answer.json()["request_uri"], "expires_in": 60}
    uri = answer.json()["request_uri"]
    assert uri.startswith(URI_PREFIX)
    assert len(uri) >= len(URI_PREFIX) + 43
    query = {"client_id": shop.application.client_id, "request_uri": uri}
    assert leads_to_authenticator(shop.authorize(keyed.urlencode(query)))


def test_what_comes_of_it_is_a_sign_in_like_any_other(shop: KeyedShop) -> None:
    done = ceremonies.sign_in(shop.world.visitor, shop.party, shop.passkey, **shop.pushed(scope="openid email"))
    assert f"state={shop.party.state}" in done.redirect_url
    claims = ceremonies.payload_of(shop.token(shop.code_form(done.code)).json()["id_token"])
    assert claims["nonce"] == shop.party.nonce
    assert claims["email"] == "bob@acme.test"


def test_of_what_the_browser_brings_along_nothing_else_counts(shop: KeyedShop) -> None:
    pushed = {name: value for name, value in shop.pushed().items() if value}
    lies = {"scope": "openid email", "state": "evil", "redirect_uri": "https://evil.test/", "response_type": "token"}
    assert leads_to_authenticator(shop.authorize(keyed.urlencode({**lies, **pushed})))
    done = ceremonies.sign_in(shop.world.visitor, shop.party, shop.passkey, **{**lies, **pushed})
    assert done.redirect_url.startswith(f"{REDIRECT_URI}?")
    assert f"state={shop.party.state}" in done.redirect_url
    assert Grant.objects.get().scope == "openid"


def test_the_reference_is_kept_as_a_digest(shop: KeyedShop) -> None:
    uri = shop.push().json()["request_uri"]
    row = PushedRequest.objects.get()
    assert row.digest == secrets.digest(uri)
    assert uri not in str(vars(row))
    assert "client_assertion" not in row.parameters


# --- who may, and what -----------------------------------------------------------------------------------------------------


def test_a_client_proves_itself_first(shop: KeyedShop, world: World) -> None:
    refused(shop.post("par", shop.asked()), "invalid_client", 401)
    refused(shop.post("par", {**shop.asked(), **shop.holder.client(world.application)}), "invalid_client", 401)
    stranger = KeyHolder().client(shop.application)
    refused(shop.post("par", {**shop.asked(), **stranger}), "invalid_client", 401)
    bad = record.last(world.realm, EventType.AUTHORIZE_REQUEST)
    assert (bad.outcome, bad.data["action"]) == ("INVALID_CLIENT", "PUSH")


def test_a_client_with_a_secret_and_a_public_one_may_push_as_well(world: World, client: Browser) -> None:
    plain = Shop(world, client, ceremonies.client_of(world), ceremonies.give_passkey(world, world.bob))

    def push(**headers: str) -> Any:
        form = dict(keyed.parse_qsl(plain.party.query()))
        return client.post(plain.path("par"), keyed.urlencode(form), content_type=FORM, headers=headers)

    assert push().status_code == 401
    assert push(**plain.basic()).status_code == 201
    plain.party = keyed.register(
        world, client, confidentiality="public", token_endpoint_auth_method="none", jwks=None
    ).party
    assert push().status_code == 201


def test_an_assertion_that_was_used_here_is_used(shop: KeyedShop) -> None:
    proof = shop.holder.client(shop.application)
    assert shop.post("par", {**shop.asked(), **proof}).status_code == 201
    assert shop.post("par", {**shop.asked(), **proof}).status_code == 401
    assert shop.token({**shop.code_form(shop.code()), **proof}).status_code == 401
    spent = shop.holder.client(shop.application)
    assert shop.post("par", {**shop.asked(scope=""), **spent, "redirect_uri": "x"}).status_code == 400
    assert shop.post("par", {**shop.asked(), **spent}).status_code == 401


WRONG: dict[str, tuple[dict[str, str | None], str]] = {
    "another response type": ({"response_type": "token"}, "unsupported_response_type"),
    "no response type": ({"response_type": None}, "invalid_request"),
    "a redirect URI not registered": ({"redirect_uri": "https://evil.test/"}, "invalid_request"),
    "no redirect URI": ({"redirect_uri": None}, "invalid_request"),
    "another client": ({"client_id": "nobody"}, "invalid_client"),
    "scopes that nobody gets": ({"scope": "nonsense"}, "invalid_scope"),
    "no challenge": ({"code_challenge": None, "code_challenge_method": None}, "invalid_request"),
    "a plain challenge": ({"code_challenge_method": "plain"}, "invalid_request"),
    "a short challenge": ({"code_challenge": "x"}, "invalid_request"),
    "an unknown way to answer": ({"response_mode": "web_message"}, "invalid_request"),
    "an unknown resource": ({"resource": "https://evil.test/"}, "invalid_target"),
    "a bad age": ({"max_age": "-1"}, "invalid_request"),
    "a reference": ({"request_uri": "https://evil.test/request"}, "invalid_request"),
    "a reference of ours": ({"request_uri": f"{URI_PREFIX}x"}, "invalid_request"),
    "claims in no JSON": ({"claims": "{"}, "invalid_request"),
    "NUL": ({"login_hint": "\0"}, "invalid_request"),
    "a thumbprint that is none": ({"dpop_jkt": "x"}, "invalid_request"),
}


@pytest.mark.parametrize("case", WRONG)
def test_the_whole_request_is_checked_at_once(shop: KeyedShop, case: str) -> None:
    changes, error = WRONG[case]
    form = {**shop.holder.client(shop.application), **shop.asked(**changes)}
    if changes.get("client_id", "") is None:
        del form["client_id"]
    refused(shop.post("par", form), error, 401 if error == "invalid_client" else 400)


@pytest.mark.parametrize("state", ["%ff", "%00", "%ed%a0%80"])
def test_text_that_could_not_be_given_back_as_it_came_is_refused(shop: KeyedShop, state: str) -> None:
    form = {name: value for name, value in shop.asked().items() if name != "state"}
    body = keyed.urlencode({**form, **shop.holder.client(shop.application)})
    refused(shop.browser.post(shop.path("par"), f"{body}&state={state}", content_type=FORM), "invalid_request")


def test_a_proof_is_no_part_of_a_request_however_its_name_is_written(shop: KeyedShop) -> None:
    proof = shop.holder.client(shop.application)
    body = keyed.urlencode({**shop.asked(), **proof}).replace("client_assertion=", "client%5Fassertion=")
    assert shop.browser.post(shop.path("par"), body, content_type=FORM).status_code == 201
    assert "assertion" not in PushedRequest.objects.get().parameters


def test_a_refusal_is_an_event_of_the_client(shop: KeyedShop) -> None:
    shop.push(scope="nonsense")
    event = record.last(shop.world.realm, EventType.AUTHORIZE_REQUEST)
    assert (event.outcome, event.actor_id) == ("INVALID_SCOPE", str(shop.application.pk))
    shop.push()
    event = record.last(shop.world.realm, EventType.AUTHORIZE_REQUEST)
    assert (event.outcome, event.data["action"]) == ("SUCCESS", "PUSH")
    assert URI_PREFIX not in json.dumps(event.data)


def test_the_door_takes_forms_by_post_and_of_a_size(shop: KeyedShop) -> None:
    path = shop.path("par")
    for method in ("get", "put", "delete", "patch"):
        answer = getattr(shop.browser, method)(path)
        assert (answer.status_code, answer["Allow"]) == (405, "POST")
    form = {**shop.asked(), **shop.holder.client(shop.application)}
    for body, content_type in (
        (json.dumps(form), "application/json"),
        ("x", "text/plain"),
        (b"\xff", FORM),
        ("%zz=1", FORM),
    ):
        refused(shop.browser.post(path, body, content_type=content_type), "invalid_request")
    huge = shop.browser.post(path, "a=" + "x" * 70_000, content_type=FORM)
    assert (huge.status_code, huge.json()["error"]) == (413, "invalid_request")
    refused(shop.browser.post(path, "a=b", content_type=FORM), "invalid_client", 401)
    encoded = shop.browser.post(path, "x", content_type=FORM, headers={"Content-Encoding": "gzip"})
    assert (encoded.status_code, encoded.json()["error"]) == (415, "invalid_request")
    doubled = f"{keyed.urlencode(form)}&scope=openid"
    refused(shop.browser.post(path, doubled, content_type=FORM), "invalid_request")
    elsewhere = path.replace(str(shop.application.pk), "0199a8a8-0000-7000-8000-000000000000")
    assert shop.browser.post(elsewhere, "", content_type=FORM).status_code == 404


def test_guessing_is_slowed_down(shop: KeyedShop) -> None:
    form = {**shop.asked(), **shop.holder.client(shop.application), "client_assertion": "a.b.c"}
    for _ in range(limits.FAILED_CLIENTS.requests):
        assert shop.post("par", form).status_code == 401
    assert shop.post("par", form).status_code == 429


def test_a_public_client_is_slowed_down_for_anybody_can_be_it(world: World, client: Browser) -> None:
    public = keyed.register(world, client, confidentiality="public", token_endpoint_auth_method="none", jwks=None)
    for _ in range(limits.SIGN_IN_STARTS.requests):
        limits.spend(limits.SIGN_IN_STARTS, "127.0.0.1")
    answer = public.post("par", public.asked())
    assert answer.status_code == 429
    assert int(answer["Retry-After"]) > 0


def test_its_own_page_may_read_the_answer_and_no_other_page(shop: KeyedShop) -> None:
    own = REDIRECT_URI.removesuffix("/callback")
    for origin, readable in ((own, True), ("https://evil.test", False), ("null", False)):
        answer = shop.browser.post(shop.path("par"), "a=b", content_type=FORM, headers={"Origin": origin})
        assert answer.has_header("Access-Control-Allow-Origin") is readable


def test_a_form_of_many_names_costs_no_more_than_reading_it(shop: KeyedShop) -> None:
    body = "&".join(f"a{number}=1" for number in range(8_000))
    began = time.thread_time()
    assert shop.browser.post(shop.path("par"), body, content_type=FORM).status_code == 401
    assert shop.browser.post(shop.path("token"), body, content_type=FORM).status_code == 400
    assert time.thread_time() - began < 2


# --- the reference ---------------------------------------------------------------------------------------------------------


def test_a_page_may_be_loaded_again_until_a_code_is_made_and_not_after(shop: KeyedShop) -> None:
    pushed = shop.pushed()
    for _ in range(3):
        assert leads_to_authenticator(shop.authorize(**pushed))
    waiting = ceremonies.begin(shop.world.visitor, shop.party, **pushed)
    done = ceremonies.sign_in(shop.world.visitor, shop.party, shop.passkey, **pushed)
    assert shop.token(shop.code_form(done.code)).status_code == 200
    unknown(shop.authorize(**pushed))
    with pytest.raises(RequestUsedUp):
        ceremonies.prove(shop.world.visitor, waiting, shop.passkey)
    assert Grant.objects.count() == 1


def test_a_session_that_suffices_uses_it_up_as_well(shop: KeyedShop) -> None:
    shop.sign_in()
    pushed = shop.pushed()
    assert answer_to(shop.authorize(**pushed), REDIRECT_URI)["code"]
    unknown(shop.authorize(**pushed))


def test_it_is_good_for_a_minute(shop: KeyedShop) -> None:
    pushed = shop.pushed()
    PushedRequest.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    unknown(shop.authorize(**pushed))
    event = record.last(shop.world.realm, EventType.AUTHORIZE_REQUEST)
    assert event.outcome == "ERROR"


def test_a_sign_in_that_began_in_time_may_take_its_time(shop: KeyedShop) -> None:
    flow = ceremonies.begin(shop.world.visitor, shop.party, **shop.pushed())
    PushedRequest.objects.update(expires_at=timezone.now() - timedelta(seconds=60))
    assert pushed_requests.forget(shop.world.ctx) == 0
    assert ceremonies.prove(shop.world.visitor, flow, shop.passkey).code
    assert pushed_requests.forget(shop.world.at(timedelta(hours=2))) == 1


def test_it_is_of_one_client(shop: KeyedShop, world: World, client: Browser) -> None:
    pushed = shop.pushed()
    other = keyed.register(world, client)
    unknown(other.authorize(**{**pushed, "client_id": other.application.client_id}))
    unknown(other.authorize(**pushed))
    unknown(shop.authorize(**{**pushed, "client_id": other.application.client_id}))
    unknown(shop.authorize(**{**pushed, "client_id": None}))
    evil = KeyedShop(world, client, ceremonies.client_of(world, world.evil.customers.application), shop.passkey)
    unknown(evil.authorize(**{**pushed, "client_id": evil.application.client_id}))
    assert leads_to_authenticator(shop.authorize(**pushed))


@pytest.mark.parametrize("reference", ["", "x", "\u00e9", "%00", "A" * 43, "A" * 40_000, "' OR 1=1 --"])
def test_a_made_up_reference_is_a_page(shop: KeyedShop, reference: str) -> None:
    unknown(shop.authorize(**{**shop.pushed(), "request_uri": f"{URI_PREFIX}{reference}"}))


def test_two_references_are_one_too_many(shop: KeyedShop) -> None:
    query = keyed.urlencode({name: value for name, value in shop.pushed().items() if value})
    unknown(shop.authorize(f"{query}&request_uri={URI_PREFIX}x"))


def test_a_reference_to_somewhere_else_is_not_followed(shop: KeyedShop, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(outgoing, "send", lambda method, url, **_: asked.append(url))
    for uri in ("https://shop.test/request", "http://127.0.0.1/", "file:///etc/passwd", "urn:ietf:params:oauth:x"):
        assert answer_to(shop.authorize(request_uri=uri), REDIRECT_URI)["error"] == "request_uri_not_supported"
    assert asked == []


# --- a client that must push --------------------------------------------------------------------------------------------


def test_who_must_push_cannot_do_without(pushing: KeyedShop) -> None:
    assert answer_to(pushing.authorize(), REDIRECT_URI)["error"] == "invalid_request"
    unknown(pushing.authorize(redirect_uri="https://evil.test/"))
    assert leads_to_authenticator(pushing.authorize(**pushing.pushed()))


def test_discovery_says_so(shop: KeyedShop, pushing: KeyedShop) -> None:
    for each, must in ((shop, False), (pushing, True)):
        found = each.browser.get(each.path(".well-known/openid-configuration")).json()
        assert found["pushed_authorization_request_endpoint"] == each.url("par")
        assert found["require_pushed_authorization_requests"] is must


# --- with a DPoP proof (RFC 9449 §10.1) ----------------------------------------------------------------------------------


def test_a_key_shown_when_pushing_is_the_one_that_the_code_is_for(shop: KeyedShop) -> None:
    answer = shop.push(proof=shop.proof("par"))
    assert answer["DPoP-Nonce"]
    query = {
        **dict.fromkeys(shop.asked()),
        "client_id": shop.application.client_id,
        **answer.json(),
        "expires_in": None,
    }
    code = shop.code(**query)
    assert Grant.objects.get().dpop_jkt == shop.holder.jkt
    stranger = KeyHolder().proof("POST", shop.url("token"))
    assert shop.post("token", shop.code_form(code), stranger).json()["error"] == "invalid_grant"
    assert shop.redeem(code).json()["token_type"] == "DPoP"


def test_a_thumbprint_beside_it_must_be_the_same(shop: KeyedShop) -> None:
    assert shop.push(proof=shop.proof("par"), dpop_jkt=shop.holder.jkt).status_code == 201
    PushedRequest.objects.all().delete()
    refused(shop.push(proof=shop.proof("par"), dpop_jkt=KeyHolder().jkt), "invalid_dpop_proof")


def test_a_bad_proof_is_refused_here_too(shop: KeyedShop) -> None:
    refused(shop.push(proof=shop.proof("token")), "invalid_dpop_proof")
    refused(shop.push(proof="x"), "invalid_dpop_proof")
    stale = shop.push(proof=shop.proof("par", nonce="stale"))
    refused(stale, "use_dpop_nonce")
    assert stale["DPoP-Nonce"]
    proof = shop.proof("par")
    assert shop.push(proof=proof).status_code == 201
    PushedRequest.objects.all().delete()
    refused(shop.push(proof=proof), "invalid_dpop_proof")
