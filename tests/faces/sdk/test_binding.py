"""POST …:bind makes exactly one passkey of one link, and tells a refused one nothing but that."""

import json
import threading
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser

from apps.credentials import selectors
from apps.credentials.models import Credential
from apps.credentials.services.jobs import JobWithLink
from apps.directory.services import identities
from apps.events.types import EventType
from apps.policy import services as policy
from tests import ceremonies, record
from tests.faces import doors
from tests.world import World

MEMBERS = {
    "id", "identity_id", "realm_id", "tenant_id", "state", "csr_type", "jwk_json", "jwk_thumbprint", "display_name",
    "binding", "aaguid", "provider_name", "backup_eligible", "backed_up", "user_verified_at_bind", "last_used_time",
    "last_used_ip", "create_time", "update_time",
}  # fmt: skip


@pytest.fixture
def invitation(world: World) -> JobWithLink:
    return ceremonies.invite(world, world.bob)


def test_the_answer_is_the_bare_credential(world: World, invitation: JobWithLink, client: Browser) -> None:
    answer = doors.call(client, invitation, "bind", doors.proof(invitation))
    assert answer.status_code == 200, answer.content
    made = answer.json()
    assert set(made) == MEMBERS
    assert (made["state"], made["csr_type"], made["binding"]) == ("ACTIVE", "WEBAUTHN", "hardware")
    assert (made["identity_id"], made["realm_id"]) == (world.bob.pk, world.realm.pk)
    assert json.loads(made["jwk_json"])["kty"] == "EC"
    assert made["create_time"].endswith("Z")
    assert made["last_used_time"] is None
    assert selectors.get_credential(world.realm, made["id"]).identity == world.bob


def test_what_the_browser_told_is_kept_apart_with_the_event(
    world: World, invitation: JobWithLink, client: Browser
) -> None:
    doors.call(client, invitation, "bind", doors.proof(invitation))
    event = record.last(world.realm, EventType.CREDENTIAL_CHANGE)
    assert event.data["personal"] == {"signals": {"platform": "macOS"}}
    assert (event.actor_type, event.actor_id) == ("identity", world.bob.pk)


def test_the_second_of_two_is_a_conflict(invitation: JobWithLink, client: Browser) -> None:
    assert doors.call(client, invitation, "bind", doors.proof(invitation)).status_code == 200
    again = doors.call(client, invitation, "bind", doors.proof(invitation))
    assert (again.status_code, again.json()["code"]) == (409, "conflict")
    assert doors.call(client, invitation, "getInfo").status_code == 410
    assert Credential.objects.filter(identity=invitation.job.identity).count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_exactly_one_wins(world: World) -> None:
    invitation = ceremonies.invite(world, world.bob)
    proofs = [doors.proof(invitation) for _ in range(6)]
    statuses: list[int] = []

    def bind(body: dict[str, Any]) -> None:
        try:
            statuses.append(doors.call(Browser(), invitation, "bind", body).status_code)
        finally:
            connection.close()

    racers = [threading.Thread(target=bind, args=[body]) for body in proofs]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join(30)
    assert sorted(statuses) == [200] + [409] * 5
    assert Credential.objects.filter(identity=world.bob).count() == 1


LIES = {
    "another origin": {"origin": "https://evil.test"},
    "another ceremony": {"type": "webauthn.get"},
    "nobody there": {"user_present": False},
    "nobody verified": {"user_verified": False},
    "inside a foreign frame": {"cross_origin": True},
    "another challenge": {"challenge": b'{"sub":"CN=x, OU=y, O=z","token":"t"}'},
    "a challenge that is no JSON": {"challenge": b"0123456789abcdef"},
}


@pytest.mark.parametrize("lie", LIES)
def test_a_refused_proof_is_told_nothing_but_that(
    world: World, invitation: JobWithLink, client: Browser, lie: str
) -> None:
    answer = doors.call(client, invitation, "bind", doors.proof(invitation, **LIES[lie]))
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert answer.json()["message"] == "this passkey could not be verified"
    event = record.last(world.realm, EventType.CREDENTIAL_CHANGE)
    assert event.outcome == "PROOF_REFUSED"
    assert event.data["reason"] not in ("", answer.json()["message"])
    assert doors.call(client, invitation, "bind", doors.proof(invitation)).status_code == 200


def test_the_proof_of_one_link_does_not_open_another(world: World, invitation: JobWithLink, client: Browser) -> None:
    other = ceremonies.invite(world, world.acme.customers.carol)
    assert doors.call(client, other, "bind", doors.proof(invitation)).status_code == 403
    assert doors.call(client, invitation, "bind", doors.proof(invitation)).status_code == 200


def test_the_policy_refuses_in_its_own_words(world: World, invitation: JobWithLink, client: Browser) -> None:
    closed = {
        "id": "closed", "name": "No passkeys today", "transaction": "credential_binding", "condition": {},
        "action": {"type": "deny", "message": "Come back on Monday."},
    }  # fmt: skip
    policy.save_draft(world.ctx, world.realm, [closed])
    policy.publish_draft(world.ctx, world.realm)
    answer = doors.call(client, invitation, "bind", doors.proof(invitation))
    assert (answer.status_code, answer.json()["message"]) == (403, "Come back on Monday.")
    assert doors.reason(answer) == "policy_denied"
    assert doors.open_link(client, invitation.link).status_code == 302


def test_a_suspended_person_makes_no_passkey(world: World, invitation: JobWithLink, client: Browser) -> None:
    identities.suspend_identity(world.ctx, world.bob)
    answer = doors.call(client, invitation, "bind", doors.proof(invitation))
    assert (answer.status_code, doors.reason(answer)) == (403, "identity_suspended")


def test_every_missing_or_wrong_member_is_named(invitation: JobWithLink, client: Browser) -> None:
    assert doors.violations(doors.call(client, invitation, "bind", {})) == {"type": "missing", "raw": "missing"}
    wrong = {"type": 7, "raw": ["x"], "signals": "Linux"}
    assert doors.violations(doors.call(client, invitation, "bind", wrong)) == {
        "type": "not a string", "raw": "not a string", "signals": "not an object",
    }  # fmt: skip
    unknown = {**doors.proof(invitation), "type": "FIDO1"}
    assert doors.violations(doors.call(client, invitation, "bind", unknown)) == {
        "type": "must be one of WEBAUTHN, X509, JWT"
    }
    many = {**doors.proof(invitation), "signals": {str(number): "x" * 100 for number in range(100)}}
    assert doors.violations(doors.call(client, invitation, "bind", many)) == {"signals": "longer than 8192 characters"}


RAW = {
    "no JSON": "{",
    "a number": "7",
    "nothing in it": "{}",
    "deep": "[" * 5000,
    "no base64": '{"client_data_json_base64":"%%","attestation_object":"%%"}',
    "client data that is none": '{"client_data_json_base64":"e30","attestation_object":"e30"}',
    "client data that is no JSON": '{"client_data_json_base64":"AAAA","attestation_object":"AAAA"}',
    "a NUL in the transports": '{"client_data_json_base64":"e30","attestation_object":"e30","transports":["\\u0000"]}',
    "half a surrogate pair": '{"client_data_json_base64":"e30","attestation_object":"e30","transports":["\\ud800"]}',
}


@pytest.mark.parametrize("raw", RAW)
def test_what_is_no_ceremony_is_malformed(invitation: JobWithLink, client: Browser, raw: str) -> None:
    answer = doors.call(client, invitation, "bind", {"type": "WEBAUTHN", "raw": RAW[raw]})
    assert list(doors.violations(answer)) == ["raw"]


def test_odd_words_beside_a_right_proof_are_refused_before_they_are_stored(
    invitation: JobWithLink, client: Browser
) -> None:
    body = doors.proof(invitation)
    for transports in (["\x00"], ["\ud800"], [7], "usb", ["x" * 20]):
        raw = json.dumps({**json.loads(body["raw"]), "transports": transports})
        assert list(doors.violations(doors.call(client, invitation, "bind", {**body, "raw": raw}))) == ["raw"]
    raw = json.dumps({**json.loads(body["raw"]), "transports": ["internal", "hybrid"]})
    assert doors.call(client, invitation, "bind", {**body, "raw": raw}).status_code == 200


BODIES = {
    "nothing": (b"", 400),
    "no JSON": (b"type=WEBAUTHN", 400),
    "a list": (b"[]", 400),
    "a NUL": (b'{"type":"WEB\\u0000","raw":"x"}', 400),
    "half a surrogate pair": (b'{"type":"\\ud800","raw":"x"}', 400),
    "a key twice": (b'{"type":"a","type":"b"}', 400),
    "no UTF-8": (b'{"type":"\xff"}', 400),
    "deep": (b'{"signals":' + b"[" * 20_000 + b"]" * 20_000 + b"}", 400),
    "infinity": (b'{"type":"WEBAUTHN","raw":"{}","signals":{"x":1e999}}', 400),
    "not a number": (b'{"signals":{"x":NaN}}', 400),
    "five thousand digits": (b'{"signals":{"x":' + b"9" * 5000 + b"}}", 400),
    "too much": (b'{"raw":"' + b"x" * 70_000 + b'"}', 413),
}


@pytest.mark.parametrize("name", BODIES)
def test_bad_bodies_are_refused_in_the_contracts_words(invitation: JobWithLink, client: Browser, name: str) -> None:
    body, status = BODIES[name]
    answer = doors.call(client, invitation, "bind", body)
    assert answer.status_code == status, answer.content
    assert answer.json()["code"] == {400: "bad_request", 413: "payload_too_large"}[status]
    assert doors.call(client, invitation, "bind", doors.proof(invitation)).status_code == 200
