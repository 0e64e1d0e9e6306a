"""X509: a fresh certificate at every bind and login, to the letter (contract/extensions.md §5, §10 "Proofs")."""

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from apps.credentials.models import Credential
from apps.directory.services import identities
from apps.events.types import EventType
from tests import apps, ceremonies, record
from tests.apps import App
from tests.faces import doors
from tests.faces.sdk.test_signing_in_from_an_app import GENERIC
from tests.software_key import SoftwareKey, key_usage
from tests.world import World

CLIENT = ExtendedKeyUsageOID.CLIENT_AUTH
URI = x509.UniformResourceIdentifier


def later(**shift: float) -> datetime:
    return datetime.now(UTC) + timedelta(**shift)


def names(*values: x509.GeneralName) -> dict[str, Any]:
    return {"names": list(values)}


# What is wrong with an otherwise right certificate, and what the event says of it. Those of a callable are made when asked.
LIES: dict[str, tuple[Any, str]] = {
    "of another audience": ({"answers": {"audience": "https://evil.test/bi-authenticate"}}, "this transaction"),
    "of another transaction": ({"answers": {"transaction": "018f0000-0000-7000-8000-000000000000"}}, "this transaction"),
    "of another nonce": ({"answers": {"nonce": "A" * 43}}, "this transaction"),
    "without an alternative name": ({"names": None}, "one alternative name"),
    "with a name that is no URI": (names(x509.DNSName("localhost")), "this transaction"),
    "with two names": (names(URI("urn:a:b"), URI("urn:a:c")), "one alternative name"),
    "with a NUL in its URI": (names(URI("urn:identity-cloud:proof:" + "A" * 42 + "\x00")), "this transaction"),
    "with another URI": (names(URI("urn:identity-cloud:proof:")), "this transaction"),
    "whose names are critical": ({"names_critical": True}, "one alternative name"),
    "that is too old": (lambda: {"not_before": later(minutes=-7)}, "expired"),
    "that is not valid yet": (lambda: {"not_before": later(minutes=3)}, "not valid yet"),
    "that is valid for six minutes": ({"life": timedelta(minutes=6)}, "five minutes"),
    "that is valid for a moment": ({"life": timedelta(0)}, "five minutes"),
    "of somebody else": ({"subject": "CN=0123456789abcdef, OU=0123456789abcdef, O=0123456789abcdef"}, "path"),
    "of nobody": ({"subject": ""}, "path"),
    "by another issuer": ({"issuer": "CN=Evil"}, ""),
    "with a short serial number": ({"serial": 1}, "serial"),
    "with a long serial number": ({"serial": 1 << 150}, "serial"),
    "without key usage": ({"usage": None}, "key usage"),
    "whose key usage is not critical": ({"usage_critical": False}, "key usage"),
    "that may sign certificates": ({"usage": key_usage("digital_signature", "key_cert_sign")}, "key usage"),
    "that may not sign": ({"usage": key_usage("content_commitment")}, "key usage"),
    "without a purpose": ({"purposes": None}, "clientAuth"),
    "for servers": ({"purposes": [ExtendedKeyUsageOID.SERVER_AUTH]}, "clientAuth"),
    "for anything": ({"purposes": [CLIENT, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE]}, "clientAuth"),
    "whose purpose is critical": ({"purposes_critical": True}, "clientAuth"),
    "of an authority": ({"extra": [(x509.BasicConstraints(ca=True, path_length=0), False)]}, "nobody asked for"),
    "with something critical that nobody knows": (
        {"extra": [(x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00"), True)]}, "nobody asked for",
    ),
    "signed with SHA-384": ({"hash": hashes.SHA384()}, "SHA-256"),
    "signed by another key": ({"signed_by": ec.generate_private_key(ec.SECP256R1())}, ""),
}  # fmt: skip


def lies_of(case: str) -> dict[str, Any]:
    said = LIES[case][0]
    return said() if callable(said) else dict(said)


@pytest.fixture
def app(world: World) -> App:
    return apps.open_app(world)


@pytest.fixture
def key(app: App) -> SoftwareKey:
    key = SoftwareKey()
    apps.bind(app, key)
    return key


def refused_reason(app: App, proof: Any) -> str:
    answer = app.post(proof)
    assert (answer.status_code, answer.json()) == (200, {"type": "deny", "message": GENERIC})
    told = record.last(app.world.realm, EventType.AUTHENTICATION_TRANSACTION)
    assert told.outcome != "ALLOW"
    return str(told.data["reason"])


class TestBinding:
    def test_a_right_certificate_is_a_software_passkey(self, app: App) -> None:
        key = SoftwareKey()
        made = apps.bind(app, key).json()
        assert (made["csr_type"], made["binding"], made["jwk_thumbprint"]) == ("X509", "software", f"{key.kid}=")
        assert (made["user_verified_at_bind"], made["backed_up"], made["aaguid"]) == (False, False, "")

    @pytest.mark.parametrize("case", LIES)
    def test_refused_is_a_certificate(self, app: App, case: str) -> None:
        invitation = app.invite()
        proof = apps.certificate_for_bind(invitation, SoftwareKey(), **lies_of(case))
        answer = doors.call(app.browser, invitation, "bind", proof)
        assert (answer.status_code, answer.json()["message"]) == (403, GENERIC)
        event = record.last(app.world.realm, EventType.CREDENTIAL_CHANGE)
        assert event.outcome == "PROOF_REFUSED"
        assert LIES[case][1] in event.data["reason"]
        assert not Credential.objects.filter(identity=app.world.bob).exists()

    @pytest.mark.parametrize(
        "other", [ec.generate_private_key(ec.SECP384R1()), rsa.generate_private_key(65537, 2048)], ids=["P-384", "RSA"]
    )
    def test_a_key_of_another_kind_is_refused(self, app: App, other: Any) -> None:
        invitation = app.invite()
        lies = {"spki": other.public_key(), "signed_by": other}
        proof = apps.certificate_for_bind(invitation, SoftwareKey(), **lies)
        assert doors.call(app.browser, invitation, "bind", proof).status_code == 403

    def test_an_edwards_key_is_refused(self, app: App) -> None:
        invitation, other = app.invite(), ed25519.Ed25519PrivateKey.generate()
        lies = {"spki": other.public_key(), "signed_by": other, "hash": None}
        proof = apps.certificate_for_bind(invitation, SoftwareKey(), **lies)
        assert doors.call(app.browser, invitation, "bind", proof).status_code == 403

    def test_the_token_in_the_header_alone_does_not_make_a_certificate_answer_the_job(self, app: App) -> None:
        one, other = app.invite(), app.invite()
        proof = apps.certificate_for_bind(other, SoftwareKey())
        assert doors.call(app.browser, one, "bind", proof).status_code == 403

    def test_one_key_is_bound_once_in_a_realm(self, app: App, key: SoftwareKey) -> None:
        invitation = app.invite(app.world.acme.customers.carol)
        answer = doors.call(app.browser, invitation, "bind", apps.certificate_for_bind(invitation, key))
        assert answer.status_code == 409


def spoilt(certificate: str) -> dict[str, Any]:
    der = base64.b64decode(certificate)
    return {
        "nothing": "", "no text": 5, "a list": [certificate], "no base64": "ü", "base64url": f"{certificate}_",
        "without its end": base64.b64encode(der[:-1]).decode(), "with a byte more": base64.b64encode(der + b"\0").decode(),
        "PEM": f"-----BEGIN CERTIFICATE-----\n{certificate}", "with a line break": f"{certificate}\n",
        "no DER": base64.b64encode(b"\x30\x80\x00\x00").decode(), "too long": "A" * 60_000, "a NUL": "\x00",
    }  # fmt: skip


@pytest.mark.parametrize("garbage", spoilt(""))
def test_garbage_is_malformed(app: App, garbage: str) -> None:
    invitation = app.invite()
    right = apps.certificate_for_bind(invitation, SoftwareKey())["raw"]
    said = {"type": "X509", "raw": spoilt(right)[garbage]}
    assert doors.call(app.browser, invitation, "bind", said).status_code == 400
    asked = app.arrive()
    certificate = apps.certificate_for(app, asked, SoftwareKey())["X509"]
    before = len(record.events(app.world.realm))
    assert app.post({"X509": spoilt(certificate)[garbage]}).status_code == 400
    left = record.events(app.world.realm)[before:]
    assert [(event.type, event.outcome) for event in left] == [("API_REQUEST_DENIED", "BAD_REQUEST")]


class TestSignIn:
    @pytest.mark.parametrize("case", LIES)
    def test_refused_is_a_certificate(self, app: App, key: SoftwareKey, case: str) -> None:
        asked = app.arrive()
        proof = apps.certificate_for(app, asked, key, **lies_of(case))
        answer = app.post(proof, transaction_id=asked.transaction_id)
        assert (answer.status_code, answer.json()) == (200, {"type": "deny", "message": GENERIC})
        event = record.last(app.world.realm, EventType.AUTHENTICATION_TRANSACTION)
        assert LIES[case][1] in event.data["reason"]
        assert Credential.objects.get(jwk_thumbprint=key.kid).last_used_at is None

    def test_one_that_answers_no_open_sign_in_is_refused(self, app: App, key: SoftwareKey) -> None:
        asked = app.arrive()
        told = refused_reason(app, apps.certificate_for(app, asked, key, answers={"nonce": "A" * 43}))
        assert told == "no open sign-in is answered by it"
        assert app.post(apps.certificate_for(app, asked, key)).json()["type"] == "allow"  # and costs no challenge

    @pytest.mark.parametrize("end", ["", "\x00" * 43, "A" * 500, "' OR 1=1"])
    def test_whatever_its_uri_ends_with_it_is_only_unknown(self, app: App, key: SoftwareKey, end: str) -> None:
        uri = URI(f"urn:identity-cloud:proof:{end}")
        told = refused_reason(app, apps.certificate_for(app, app.arrive(), key, **names(uri)))
        assert told == "no open sign-in is answered by it"

    def test_a_wrong_answer_spends_the_challenge(self, app: App, key: SoftwareKey) -> None:
        asked = app.arrive()
        refused_reason(app, apps.certificate_for(app, asked, key, life=timedelta(minutes=6)))
        refused_reason(app, apps.certificate_for(app, asked, key))

    def test_a_key_that_nobody_bound_is_unknown(self, app: App, key: SoftwareKey) -> None:
        assert (
            refused_reason(app, apps.certificate_for(app, app.arrive(), SoftwareKey()))
            == "this passkey is not known here"
        )

    def test_a_registered_key_over_somebody_elses_signature_is_refused(self, app: App, key: SoftwareKey) -> None:
        thief = SoftwareKey()
        lies = {"spki": key.key.public_key()}
        assert "signature" in refused_reason(app, apps.certificate_for(app, app.arrive(), thief, **lies))

    def test_a_passkey_of_another_kind_proves_nothing_by_certificate(self, app: App) -> None:
        key = SoftwareKey()
        apps.bind(app, key, "JWT")
        assert "another kind" in refused_reason(app, apps.certificate_for(app, app.arrive(), key))

    def test_a_suspended_person_is_refused_before_any_rule(self, app: App, key: SoftwareKey) -> None:
        identities.suspend_identity(app.world.ctx, app.world.bob)
        assert "suspended" in refused_reason(app, apps.certificate_for(app, app.arrive(), key))

    def test_a_passkey_of_another_realm_is_refused(self, app: App, key: SoftwareKey) -> None:
        asked = app.arrive()
        eve = app.world.evil.customers.bob
        proof = apps.certificate_for(app, asked, key, identity=eve)
        assert "path" in refused_reason(app, proof)

    def test_the_same_flow_at_another_application_is_no_flow(self, world: World, app: App, key: SoftwareKey) -> None:
        other = apps.open_app(world)
        asked = app.arrive()
        proof = apps.certificate_for(app, asked, key)
        assert refused_reason(other, proof) == "no open sign-in is answered by it"

    def test_harmless_extensions_are_passed_over(self, app: App, key: SoftwareKey) -> None:
        extra = [
            (x509.SubjectKeyIdentifier.from_public_key(key.key.public_key()), False),
            (x509.BasicConstraints(ca=False, path_length=None), False),
        ]
        assert app.post(apps.certificate_for(app, app.arrive(), key, extra=extra)).json()["type"] == "allow"

    def test_a_clock_a_minute_off_is_fine(self, app: App, key: SoftwareKey) -> None:
        for begins in (later(seconds=50), later(minutes=-2, seconds=-50)):
            proof = apps.certificate_for(app, app.arrive(), key, not_before=begins)
            assert app.post(proof).json()["type"] == "allow"


def test_a_hosted_page_takes_certificates_where_its_config_lists_software_passkeys(world: World, client: Any) -> None:
    shop = ceremonies.client_of(world)
    config = world.acme.customers.config
    key, invitation = SoftwareKey(), ceremonies.invite(world, world.bob)
    refused = doors.call(client, invitation, "bind", apps.certificate_for_bind(invitation, key))
    assert (refused.status_code, doors.reason(refused)) == (403, "kind_not_accepted")

    config.config["authentication_methods"] = [{"type": "software_passkey"}]
    config.save()
    invitation = ceremonies.invite(world, world.bob)
    bound = doors.call(client, invitation, "bind", apps.certificate_for_bind(invitation, key))
    assert bound.status_code == 200, bound.content
    by_webauthn = doors.call(client, invitation := ceremonies.invite(world, world.bob), "bind", doors.proof(invitation))
    assert doors.reason(by_webauthn) == "kind_not_accepted"

    page = doors.arrive(client, shop)
    audience = doors.endpoints_of(shop.application).authenticate
    told = (apps.subject_of(world.bob), audience, page["transactionId"], page["publicKey"]["challenge"])
    answer = doors.answer(client, page, {"type": "X509", "certificate": key.certificate(*told)})
    assert answer.json()["type"] == "allow", answer.json()
