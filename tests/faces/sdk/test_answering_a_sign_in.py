"""POST …/bi-authenticate: one answer to each challenge, from the page and the browser that were asked."""

import json
import threading
from datetime import timedelta
from http.cookies import Morsel
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.test import Client as Browser

from apps.applications.models import Grant
from apps.applications.services import applications
from apps.authentication.models import LoginFlow, Session
from apps.authenticators import services as authenticators
from apps.core import ids
from apps.credentials.selectors import active_credentials_of
from apps.credentials.services import passkeys
from apps.directory.services import identities
from apps.events.types import EventType
from apps.policy import services as policy
from apps.web import cookies, limits
from tests import ceremonies, record
from tests.authenticator import SoftPasskey
from tests.ceremonies import Client
from tests.faces import doors
from tests.world import World, web


@pytest.fixture
def shop(world: World) -> Client:
    return ceremonies.client_of(world)


@pytest.fixture
def passkey(world: World) -> SoftPasskey:
    return ceremonies.give_passkey(world, world.bob)


def denied(answer: Any) -> dict[str, Any]:
    assert answer.status_code == 200, answer.content
    assert answer.json()["type"] == "deny"
    assert not answer.cookies
    return answer.json()


def allowed(answer: Any) -> dict[str, Any]:
    assert answer.status_code == 200, answer.content
    assert answer.json()["type"] == "allow", answer.content
    return answer.json()


def test_the_right_answer_is_a_code_and_where_to_take_it(
    world: World, shop: Client, passkey: SoftPasskey, client: Browser
) -> None:
    page = doors.arrive(client, shop)
    answer = doors.answer(client, page, doors.signed(page, passkey))
    done = allowed(answer)
    where = urlsplit(done["redirect_url"])
    assert f"{where.scheme}://{where.netloc}{where.path}" == shop.redirect_uri
    query = parse_qs(where.query)
    assert (query["code"], query["state"]) == ([done["code"]], [shop.state])
    assert query["iss"][0].endswith(page["authenticateUrl"].removesuffix("/bi-authenticate"))
    assert done["account"] == {"display_name": "Bob Baker", "username": "bob"}
    assert "access_token" in shop.redeem(world.visitor, done["code"])


def test_the_browser_has_its_session_until_it_closes(
    world: World, shop: Client, passkey: SoftPasskey, client: Browser
) -> None:
    page = doors.arrive(client, shop)
    answer = doors.answer(client, page, doors.signed(page, passkey))
    cookie: Morsel[str] = answer.cookies[cookies.session_cookie(world.realm.pk)]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"], cookie["max-age"]) == (True, "Lax", "/", "")
    assert not cookie["domain"]
    assert not Session.objects.filter(token_digest=cookie.value).exists()  # what is stored is its digest
    assert doors.sent_to(client, shop).startswith(f"{shop.redirect_uri}?code=")


def test_all_of_a_sign_in_shares_one_correlation_id(
    world: World, shop: Client, passkey: SoftPasskey, client: Browser
) -> None:
    page = doors.arrive(client, shop)
    flow = LoginFlow.objects.get(pk=page["transactionId"])
    doors.answer(client, page, doors.signed(page, passkey))
    told = {each.type for each in record.events(world.realm, correlation_id=flow.correlation_id)}
    assert told >= {
        EventType.AUTHORIZE_REQUEST, EventType.AUTHENTICATION_TRANSACTION, EventType.POLICY_EVALUATION,
        EventType.SESSION_CHANGE,
    }  # fmt: skip
    done = record.last(world.realm, EventType.AUTHENTICATION_TRANSACTION)
    assert done.data["personal"] == {"signals": {"platform": "macOS"}}


@pytest.mark.parametrize(
    "origin",
    [None, "", "null", "https://evil.test", "http://localhost.evil.test", "http://localhost:1", "HTTP://LOCALHOST"],
)
def test_a_page_of_another_site_signs_nobody_in(
    shop: Client, passkey: SoftPasskey, client: Browser, origin: str | None
) -> None:
    page = doors.arrive(client, shop)
    proof = doors.signed(page, passkey)
    refused = doors.answer(client, page, proof, origin=origin)
    assert (refused.status_code, doors.reason(refused)) == (403, "foreign_origin")
    assert not refused.cookies
    allowed(doors.answer(client, page, proof))


def test_nobody_finishes_a_sign_in_in_somebody_elses_browser(
    shop: Client, passkey: SoftPasskey, client: Browser
) -> None:
    page = doors.arrive(client, shop)
    stranger = Browser()
    doors.arrive(stranger, shop)  # has a flow cookie, of its own
    for browser in (Browser(), stranger):
        refused = doors.answer(browser, page, doors.signed(page, passkey))
        assert (refused.status_code, refused.json()["code"]) == (404, "not_found")
    allowed(doors.answer(client, page, doors.signed(page, passkey)))


def test_a_challenge_is_answered_once(shop: Client, passkey: SoftPasskey, client: Browser) -> None:
    page = doors.arrive(client, shop)
    proof = doors.signed(page, passkey)
    allowed(doors.answer(client, page, proof))
    again = doors.answer(client, page, proof)
    assert (again.status_code, doors.reason(again)) == (410, "flow_over")


def test_a_wrong_answer_spends_the_challenge_and_brings_the_next(
    shop: Client, passkey: SoftPasskey, client: Browser
) -> None:
    page = doors.arrive(client, shop)
    proof = doors.signed(page, passkey)
    first = denied(doors.answer(client, page, doors.signed(page, passkey, user_verified=False)))
    assert (first["code"], first["message"]) == ("proof_refused", "this passkey could not be verified")
    assert first["nonce"] != page["publicKey"]["challenge"]
    second = denied(doors.answer(client, page, proof))
    assert second["code"] == "proof_refused"
    allowed(doors.answer(client, page, doors.signed(page, passkey, challenge=second["nonce"])))


def test_a_passkey_of_another_organisation_is_told_apart(
    world: World, shop: Client, passkey: SoftPasskey, client: Browser
) -> None:
    elsewhere = ceremonies.give_passkey(world, world.evil.customers.bob)
    page = doors.arrive(client, shop)
    told = denied(doors.answer(client, page, doors.signed(page, elsewhere)))
    assert (told["code"], told["message"]) == (
        "passkey_of_another_realm", "this passkey belongs to another organisation",
    )  # fmt: skip
    allowed(doors.answer(client, page, doors.signed(page, passkey, challenge=told["nonce"])))


def test_unknown_revoked_and_suspended_are_said_so(
    world: World, shop: Client, passkey: SoftPasskey, client: Browser
) -> None:
    page = doors.arrive(client, shop)
    told = denied(doors.answer(client, page, doors.signed(page, SoftPasskey())))
    assert told["code"] == "passkey_unknown"
    identities.suspend_identity(world.ctx, world.bob)
    told = denied(doors.answer(client, page, doors.signed(page, passkey, challenge=told["nonce"])))
    assert told["code"] == "identity_suspended"
    identities.unsuspend_identity(world.ctx, world.bob)
    passkeys.revoke_credential(world.ctx, active_credentials_of(world.bob).get())
    told = denied(doors.answer(client, page, doors.signed(page, passkey, challenge=told["nonce"])))
    assert told["code"] == "passkey_unknown"


def test_the_policy_denies_in_its_own_words_and_another_may_try(
    world: World, shop: Client, passkey: SoftPasskey, client: Browser
) -> None:
    carol = ceremonies.give_passkey(world, world.acme.customers.carol)
    group = world.acme.customers.contractors
    inside = {"attribute": "identity.group_ids", "operator": "contains_any", "value": [group.pk]}
    rules = [
        {"id": "closed", "name": "Contractors", "transaction": "authentication", "condition": inside,
         "action": {"type": "deny", "message": "Payroll is closed to contractors."}},
        {"id": "open", "name": "All others", "transaction": "authentication", "condition": {},
         "action": {"type": "allow"}},
    ]  # fmt: skip
    policy.save_draft(world.ctx, world.realm, rules)
    policy.publish_draft(world.ctx, world.realm)
    page = doors.arrive(client, shop)
    told = denied(doors.answer(client, page, doors.signed(page, carol)))
    assert (told["code"], told["message"]) == ("policy_denied", "Payroll is closed to contractors.")
    assert not Session.objects.filter(identity=world.acme.customers.carol).exists()
    allowed(doors.answer(client, page, doors.signed(page, passkey, challenge=told["nonce"])))


def test_a_flow_of_one_application_is_none_of_anothers(
    world: World, shop: Client, passkey: SoftPasskey, client: Browser
) -> None:
    page = doors.arrive(client, shop)
    for place in (world.acme.staff, world.evil.customers, world.evil.staff):
        url = f"/v1/{place.application.path}/bi-authenticate"
        assert doors.answer(client, page, doors.signed(page, passkey), url=url).status_code == 404
    for swapped in (world.evil.tenant.pk, ids.short_id()):
        url = page["authenticateUrl"].replace(world.acme.tenant.pk, swapped)
        assert doors.answer(client, page, doors.signed(page, passkey), url=url).status_code == 404
    allowed(doors.answer(client, page, doors.signed(page, passkey)))


def test_a_flow_lives_fifteen_minutes(world: World, shop: Client, passkey: SoftPasskey, client: Browser) -> None:
    page = doors.arrive(client, shop)
    LoginFlow.objects.filter(pk=page["transactionId"]).update(expires_at=world.ctx.now - timedelta(seconds=1))
    late = doors.answer(client, page, doors.signed(page, passkey))
    assert (late.status_code, doors.reason(late)) == (410, "flow_over")


@pytest.mark.django_db(transaction=True)
def test_of_many_answers_at_once_one_is_taken(world: World) -> None:
    shop, passkey, browser = ceremonies.client_of(world), ceremonies.give_passkey(world, world.bob), Browser()
    page = doors.arrive(browser, shop)
    proof = doors.signed(page, passkey)
    answers: list[Any] = []

    def post() -> None:
        racer = Browser()
        racer.cookies.update(browser.cookies)
        try:
            answers.append(doors.answer(racer, page, proof))
        finally:
            connection.close()

    racers = [threading.Thread(target=post) for _ in range(6)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join(30)
    assert all(answer.status_code in (200, 410) for answer in answers)
    assert [answer.json().get("type") for answer in answers].count("allow") == 1
    assert Grant.objects.filter(application=shop.application).count() == 1
    assert Session.objects.filter(identity=world.bob).count() == 1


def test_an_embedded_authenticator_is_answered_by_a_form_and_nothing_else(world: World, client: Browser) -> None:
    config = {
        "type": "embedded", "invoke_url": "https://app.acme.test", "trusted_origins": ["https://app.acme.test"],
        "authentication_methods": [],
    }  # fmt: skip
    made = authenticators.create_authenticator_config(world.ctx, world.realm, display_name="App", config=config)
    app = applications.create_application(
        world.ctx, world.realm, display_name="App", protocol_config=web(), authenticator_config=made
    ).application
    where = f"/v1/{app.path}/bi-authenticate"
    assert doors.violations(client.post(where, {"claims": "{}"})) == {"claims": "missing"}  # multipart
    assert doors.violations(client.post(where, {"claims": "{}"}, content_type=doors.JSON)) == {"claims": "missing"}


def test_every_missing_or_wrong_member_is_named(shop: Client, client: Browser) -> None:
    page = doors.arrive(client, shop)
    wrong = doors.answer(client, page, "x", transaction_id=None, signals=[])
    assert doors.violations(wrong) == {
        "transaction_id": "not a string", "proof": "not an object", "signals": "not an object",
    }  # fmt: skip


PROOFS: dict[str, Any] = {
    "nothing": {},
    "no response": {"id": "abc"},
    "a list": {"id": "abc", "response": []},
    "an id that is a number": {"id": 7, "response": {}},
    "no base64": {"id": "abc", "response": {"clientDataJSON": "%", "authenticatorData": "%", "signature": "%"}},
    "an endless id": {"id": "a" * 5000, "response": {}},
}


@pytest.mark.parametrize("name", PROOFS)
def test_what_is_no_ceremony_is_malformed(shop: Client, client: Browser, name: str) -> None:
    page = doors.arrive(client, shop)
    assert list(doors.violations(doors.answer(client, page, PROOFS[name]))) == ["proof"]


def test_odd_ids_find_nobody(shop: Client, passkey: SoftPasskey, client: Browser) -> None:
    page = doors.arrive(client, shop)
    for odd in ("\u00e4\u00f6", "' OR 1=1 --", "%00", "../../etc"):
        answer = doors.answer(client, page, {**doors.signed(page, passkey), "id": odd})
        assert list(doors.violations(answer)) == ["proof"]
    for odd in ("", "x", "00000000-0000-0000-0000-000000000000", "\u00e4" * 40):
        answer = doors.answer(client, page, doors.signed(page, passkey), transaction_id=odd)
        assert answer.status_code in (400, 404)


BODIES = {
    "nothing": b"", "no JSON": b"claims=%7B%7D", "a list": b"[]", "a NUL": b'{"transaction_id":"\\u0000"}',
    "half a surrogate pair": b'{"transaction_id":"\\udfff"}', "a key twice": b'{"proof":{},"proof":{}}',
    "deep": b"[" * 30_000, "infinity": b'{"signals":{"x":-1e999}}', "no UTF-8": b"\xff\xfe",
}  # fmt: skip


@pytest.mark.parametrize("name", BODIES)
def test_bad_bodies_are_refused(shop: Client, client: Browser, name: str) -> None:
    page = doors.arrive(client, shop)
    headers = {"Origin": page["origin"]}
    answer = client.post(page["authenticateUrl"], BODIES[name], content_type=doors.JSON, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")


def test_a_huge_body_is_not_read(shop: Client, client: Browser) -> None:
    page = doors.arrive(client, shop)
    body = json.dumps({"proof": {"id": "x" * 70_000}})
    answer = client.post(page["authenticateUrl"], body, content_type=doors.JSON, headers={"Origin": page["origin"]})
    assert (answer.status_code, answer.json()["code"]) == (413, "payload_too_large")


def test_proofs_are_taken_only_so_often(
    shop: Client, passkey: SoftPasskey, client: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "PROOFS", limits.Limit("proofs", 1, 3600))
    page = doors.arrive(client, shop)
    denied(doors.answer(client, page, doors.signed(page, SoftPasskey())))
    answer = doors.answer(client, page, doors.signed(page, passkey))
    assert (answer.status_code, answer.json()["code"]) == (429, "too_many_requests")
    assert int(answer["Retry-After"]) > 0
    assert (answer["RateLimit-Limit"], answer["RateLimit-Remaining"]) == ("1", "0")
