"""WebAuthn ceremonies that must be refused, at binding and at sign-in (WebAuthn L3 §7.1, §7.2; anchors F1–F17)."""

import json

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from apps.authentication import services as authentication
from apps.authentication.models import Session
from apps.core import secrets
from apps.core.errors import Invalid
from apps.credentials.models import Credential
from apps.credentials.services import passkeys
from apps.credentials.services.passkeys import BindProof, NotDeviceBound, ProofRefused
from apps.directory.services import identities
from apps.events.types import EventType
from apps.policy import services as policy
from tests import ceremonies
from tests import record as auditor
from tests.authenticator import ES384, RS256, SoftPasskey, base64url

pytestmark = pytest.mark.django_db

OTHER_CHALLENGE = secrets.from_base64url("A" * 43)

# What the browser and its page say (client data), and what the authenticator says (flags, hash of the RP ID).
ORIGINS = {
    "another site": "https://evil.test",
    "a site that ends like ours": "http://evillocalhost:{port}",
    "a site below ours": "http://evil.localhost:{port}",
    "another port": "http://localhost:1",
    "no port": "http://localhost",
    "https instead of http": "https://localhost:{port}",
    "a slash at the end": "http://localhost:{port}/",
    "our name in capitals": "http://LOCALHOST:{port}",
    "the address of our name": "http://127.0.0.1:{port}",
    "user information": "http://localhost:{port}@evil.test",
    "an opaque origin": "null",
    "nothing": "",
    "no text at all": 5,
    "a list": ["http://localhost:{port}"],
}
LIES = {
    "says it is framed by another site": {"cross_origin": True},
    "says so in words": {"cross_origin": "false"},
    "says so with a number": {"cross_origin": 0},
    "says so with nothing": {"cross_origin": None},
    "names a top origin": {"top_origin": "https://evil.test"},
    "names ourselves as the top origin": {"top_origin": "http://localhost"},
    "is for another relying party": {"rp_id": "evil.test"},
    "is for a relying party above ours": {"rp_id": "host"},
    "had nobody present": {"user_present": False},
    "did not verify the person": {"user_verified": False},
    "is backed up and cannot be": {"backup_eligible": False, "backed_up": True},
    "answers another challenge": {"challenge": OTHER_CHALLENGE},
    "answers no challenge": {"challenge": b"\x00"},
}


def _long_form(der):
    """The sequence's length in more octets than it needs: BER, not DER."""
    return b"\x30\x81" + der[1:]


def _padded(der):
    """A zero more before r."""
    length = der[3]
    return bytes([der[0], der[1] + 1, der[2], length + 1, 0]) + der[4:]


def origins():
    port = ceremonies.origin().rpartition(":")[2]
    return [json.loads(json.dumps(told).replace("{port}", port)) for told in ORIGINS.values()]


class TestBinding:
    def bind(self, world, passkey=None, **lies):
        return ceremonies.bind(world.visitor, ceremonies.invite(world, world.bob), passkey or SoftPasskey(), **lies)

    def refused(self, world, *args, **lies):
        with pytest.raises(ProofRefused) as caught:
            self.bind(world, *args, **lies)
        event = auditor.last(world.realm, EventType.CREDENTIAL_CHANGE)
        assert (event.outcome, event.data["reason"]) == ("PROOF_REFUSED", str(caught.value))
        assert not Credential.objects.filter(identity=world.bob).exists()

    @pytest.mark.parametrize("number", range(len(ORIGINS)), ids=ORIGINS.keys())
    def test_a_registration_from_elsewhere_is_refused(self, world, number):
        self.refused(world, origin_told=origins()[number])

    @pytest.mark.parametrize("lies", LIES.values(), ids=LIES.keys())
    def test_a_registration_is_refused_that(self, world, lies):
        self.refused(world, **lies)

    def test_an_assertion_is_no_registration(self, world):
        self.refused(world, type="webauthn.get")
        self.refused(world, type="")
        self.refused(world, type=None)

    def test_the_challenge_must_name_this_very_job(self, world):
        invitation, other = ceremonies.invite(world, world.bob), ceremonies.invite(world, world.acme.customers.carol)
        token = ceremonies.token_of(invitation.link)
        for challenge in (
            ceremonies.bind_challenge(other.job, token),
            ceremonies.bind_challenge(invitation.job, ceremonies.token_of(other.link)),
            json.dumps({"sub": "", "token": token}).encode(),
            json.dumps([token]).encode(),
            token.encode(),
            b"\xff\xfe",
            b"[" * 10_000,
        ):
            with pytest.raises(ProofRefused):
                ceremonies.bind(world.visitor, invitation, SoftPasskey(), challenge=challenge)
        ceremonies.bind(world.visitor, invitation, SoftPasskey())

    def test_an_algorithm_we_did_not_offer_is_refused(self, world):
        self.refused(world, SoftPasskey(algorithm=ES384))

    def test_a_key_that_does_not_fit_its_algorithm_is_refused(self, world):
        self.refused(world, SoftPasskey(algorithm=-7, key=ec.generate_private_key(ec.SECP384R1())))
        self.refused(world, SoftPasskey(algorithm=RS256, key=ec.generate_private_key(ec.SECP256R1())))
        self.refused(world, SoftPasskey(algorithm=-7, key=rsa.generate_private_key(65537, 2048)))

    def test_an_rsa_key_that_can_be_factored_is_refused(self, world):
        self.refused(world, SoftPasskey(algorithm=RS256, key=rsa.generate_private_key(65537, 1024)))  # noqa: S505

    def test_a_point_that_is_not_on_the_curve_is_refused(self, world):
        passkey = SoftPasskey()

        class Off:
            def public_key(self):
                return self

            curve = ec.SECP256R1()

            def public_numbers(self):
                return ec.EllipticCurvePublicNumbers(1, 1, self.curve)

        passkey.key = Off()
        self.refused(world, passkey)

    def test_bytes_after_the_key_are_refused(self, world):
        self.refused(world, trailing=b"\x00")
        self.refused(world, trailing=cbor2.dumps({"and": "more"}))

    def test_a_packed_attestation_signed_by_another_key_is_refused(self, world):
        self.refused(world, attestation="packed", attestation_key=ec.generate_private_key(ec.SECP256R1()))

    def test_an_attestation_of_an_unknown_format_is_refused(self, world):
        self.refused(world, attestation="homemade")

    def test_a_credential_id_longer_than_the_standard_allows_is_refused(self, world):
        self.refused(world, SoftPasskey(credential_id=bytes(1024)))
        self.refused(world, SoftPasskey(credential_id=b""))
        longest = self.bind(world, SoftPasskey(credential_id=b"\x01" * 1023))
        assert len(longest.webauthn_id) == 1364

    def test_an_attestation_object_that_is_cut_or_stuffed_is_refused(self, world):
        invitation = ceremonies.invite(world, world.bob)
        token = ceremonies.token_of(invitation.link)
        made = SoftPasskey().create(ceremonies.bind_challenge(invitation.job, token), origin=ceremonies.origin())
        whole = cbor2.loads(made.attestation_object)
        data = whole["authData"]
        wrong = [
            made.attestation_object[:-1], made.attestation_object[:40], cbor2.dumps([]), cbor2.dumps("text"),
            cbor2.dumps({**whole, "authData": data[:36]}), cbor2.dumps({**whole, "authData": data[:-3]}),
            cbor2.dumps({**whole, "authData": data[:32] + bytes([data[32] & ~64]) + data[33:]}),
            cbor2.dumps({**whole, "authData": data.hex()}), cbor2.dumps({"fmt": "none"}),
            cbor2.dumps({**whole, "attStmt": {"x5c": []}}), cbor2.dumps({**whole, "fmt": 5}),
            b"\x81" * 5000, b"\x9f", b"\xff", b"\x00",
        ]  # fmt: skip
        for attestation in wrong:
            body = {
                "client_data_json_base64": base64url(made.client_data),
                "attestation_object": base64url(attestation),
            }
            with pytest.raises((ProofRefused, Invalid)):
                passkeys.bind_passkey(world.visitor, invitation.job, token, BindProof("WEBAUTHN", json.dumps(body)))
        assert not Credential.objects.filter(identity=world.bob).exists()

    def test_where_the_realm_wants_keys_that_stay_on_one_device_a_synced_one_is_refused(self, world):
        config = world.acme.customers.config
        config.config["authentication_methods"] = [{"type": "webauthn_passkey", "device_bound": "required"}]
        config.save()
        with pytest.raises(NotDeviceBound):
            self.bind(world, SoftPasskey(backup_eligible=True))
        assert self.bind(world).binding == "hardware"


@pytest.fixture
def passkey(world):
    return ceremonies.give_passkey(world, world.bob, counter=7)


class TestSignIn:
    def refused(self, world, passkey, **lies):
        flow = ceremonies.begin(world.visitor, ceremonies.client_of(world))
        before = Credential.objects.values().get(webauthn_id=passkey.webauthn_id)
        sessions = Session.objects.count()
        with pytest.raises(ProofRefused) as caught:
            ceremonies.prove(world.visitor, flow, passkey, **lies)
        event = auditor.last(world.realm, EventType.AUTHENTICATION_TRANSACTION)
        assert (event.outcome, event.data["phase"]) == ("DENY", "COMPLETE")
        assert (event.data["code"], event.data["reason"]) == (caught.value.event_outcome, str(caught.value))
        assert Session.objects.count() == sessions
        assert Credential.objects.values().get(webauthn_id=passkey.webauthn_id) == before
        return caught.value

    @pytest.mark.parametrize("number", range(len(ORIGINS)), ids=ORIGINS.keys())
    def test_an_assertion_from_elsewhere_is_refused(self, world, passkey, number):
        self.refused(world, passkey, origin_told=origins()[number])

    @pytest.mark.parametrize("lies", LIES.values(), ids=LIES.keys())
    def test_an_assertion_is_refused_that(self, world, passkey, lies):
        self.refused(world, passkey, **lies)

    def test_a_registration_is_no_assertion(self, world, passkey):
        self.refused(world, passkey, type="webauthn.create")

    @pytest.mark.parametrize("part", ["signature", "authenticatorData", "clientDataJSON"])
    @pytest.mark.parametrize("change", ["tamper", "truncate"])
    def test_a_changed_or_shortened_part_is_refused(self, world, passkey, part, change):
        flow = ceremonies.begin(world.visitor, ceremonies.client_of(world))
        with pytest.raises((ProofRefused, Invalid)):
            ceremonies.prove(world.visitor, flow, passkey, **{change: part})

    def test_a_signature_by_another_key_is_refused(self, world, passkey):
        self.refused(world, passkey, signed_by=ec.generate_private_key(ec.SECP256R1()))

    def test_extensions_nobody_asked_for_that_do_not_parse_are_refused(self, world, passkey):
        self.refused(world, passkey, extensions=b"\xff\xff")

    def test_the_user_handle_of_somebody_else_is_refused(self, world, passkey):
        self.refused(world, passkey, user_handle=b"somebody else")
        theirs = passkeys.user_handle(world.acme.customers.carol)
        self.refused(world, passkey, user_handle=secrets.from_base64url(theirs))

    def test_a_discoverable_passkey_says_whose_it_is(self, world, passkey):
        self.refused(world, passkey, user_handle=b"")

    def test_a_challenge_of_another_ceremony_of_another_flow_or_of_another_realm_is_refused(self, world, passkey):
        invitation = ceremonies.invite(world, world.bob)
        self.refused(
            world, passkey, challenge=ceremonies.bind_challenge(invitation.job, ceremonies.token_of(invitation.link))
        )
        staff = world.acme.staff.application
        for application in (None, staff):
            other = ceremonies.begin(world.visitor, ceremonies.client_of(world, application))
            self.refused(world, passkey, challenge=secrets.from_base64url(other.nonce))
        with pytest.raises(ProofRefused):
            ceremonies.bind(world.visitor, invitation, SoftPasskey(), challenge=secrets.from_base64url(other.nonce))

    @pytest.mark.parametrize(
        "respelt", [lambda der: der + b"\0", _long_form, _padded], ids=["stuffed", "long", "padded"]
    )
    def test_a_signature_that_is_spelt_otherwise_is_refused(self, world, passkey, respelt):
        flow = ceremonies.begin(world.visitor, ceremonies.client_of(world))
        proof = passkey.get(secrets.from_base64url(flow.nonce), origin=ceremonies.origin())
        signature = secrets.from_base64url(proof["response"]["signature"])
        proof["response"]["signature"] = base64url(respelt(signature))
        with pytest.raises(ProofRefused):
            authentication.authenticate(world.visitor, flow, proof)

    def test_a_passkey_of_somebody_suspended_or_revoked_is_refused(self, world, passkey):
        identities.suspend_identity(world.ctx, world.bob)
        with pytest.raises(passkeys.IdentitySuspended):
            ceremonies.sign_in(world.visitor, ceremonies.client_of(world), passkey)
        identities.unsuspend_identity(world.ctx, world.bob)
        passkeys.revoke_credential(world.ctx, Credential.objects.get(webauthn_id=passkey.webauthn_id))
        self.refused(world, passkey)

    def test_a_key_that_turned_into_a_synced_one_is_refused(self, world, passkey):
        self.refused(world, passkey, backup_eligible=True)

    @pytest.mark.parametrize("counter", [0, 1, 7])
    def test_a_counter_that_did_not_grow_is_refused(self, world, passkey, counter):
        ceremonies.sign_in(world.visitor, ceremonies.client_of(world), passkey)
        self.refused(world, passkey, counter=counter)

    def test_a_passkey_nobody_has_bound_is_unknown(self, world, passkey):
        flow = ceremonies.begin(world.visitor, ceremonies.client_of(world))
        with pytest.raises(ProofRefused) as caught:
            ceremonies.prove(world.visitor, flow, SoftPasskey())
        assert caught.value.code == "passkey_unknown"

    def test_another_credentials_id_over_ones_own_key_is_refused(self, world, passkey):
        carols = ceremonies.give_passkey(world, world.acme.customers.carol)
        mine = SoftPasskey(key=passkey.key, credential_id=carols.credential_id)
        flow = ceremonies.begin(world.visitor, ceremonies.client_of(world))
        with pytest.raises(ProofRefused):
            ceremonies.prove(world.visitor, flow, mine)

    @pytest.mark.parametrize("company", ["acme", "evil"])
    def test_a_passkey_of_another_realm_is_told_so_and_lets_nobody_in(self, world, passkey, company):
        elsewhere = getattr(world, company).staff
        flow = ceremonies.begin(world.visitor, ceremonies.client_of(world, elsewhere.application))
        with pytest.raises(ProofRefused) as caught:
            ceremonies.prove(world.visitor, flow, passkey)
        assert caught.value.code == "passkey_of_another_realm"
        assert "Acme" not in caught.value.message
        assert "Bob Baker" not in str(auditor.last(elsewhere.realm).data)

    def test_the_counter_and_the_last_use_are_kept_only_when_the_policy_allows(self, world, passkey):
        denied = {"id": "no", "name": "no", "transaction": "any", "condition": {}, "action": {"type": "deny"}}
        policy.save_draft(world.ctx, world.realm, [denied])
        policy.publish_draft(world.ctx, world.realm)
        flow = ceremonies.begin(world.visitor, ceremonies.client_of(world))
        before = Credential.objects.values().get(webauthn_id=passkey.webauthn_id)
        with pytest.raises(policy.PolicyDenied):
            ceremonies.prove(world.visitor, flow, passkey)
        assert Credential.objects.values().get(webauthn_id=passkey.webauthn_id) == before

    NO_ASSERTIONS = [
        None, [], "text", {}, {"id": "x"}, {"id": "x", "response": []}, {"id": 5, "response": {}},
        {"id": "x" * 1401, "response": {}}, {"id": "x", "response": {"clientDataJSON": "e30"}},
        {"id": "x", "response": {"clientDataJSON": "e30", "authenticatorData": "", "signature": "AA"}},
        {"id": "x", "response": {"clientDataJSON": "e30", "authenticatorData": "ü", "signature": "AA"}},
        {"id": "x", "response": {"clientDataJSON": "e30", "authenticatorData": "AA", "signature": "AA", "userHandle": 5}},
    ]  # fmt: skip

    @pytest.mark.parametrize("assertion", NO_ASSERTIONS)
    def test_what_is_no_assertion_is_malformed_and_costs_no_challenge(self, world, passkey, assertion):
        flow = ceremonies.begin(world.visitor, ceremonies.client_of(world))
        asked = flow.nonce
        with pytest.raises(Invalid):
            authentication.authenticate(world.visitor, flow, assertion)
        assert flow.nonce == asked
        ceremonies.prove(world.visitor, flow, passkey)

    def test_any_webauthn_id_is_only_unknown(self, world, passkey):
        flow = ceremonies.begin(world.visitor, ceremonies.client_of(world))
        for told in ("\x00", "../..", "' OR 1=1 --", "\ud800", "=", "ü", "%00"):
            assertion = {**passkey.get(b"x" * 32, origin=ceremonies.origin()), "id": told}
            with pytest.raises((ProofRefused, Invalid)):
                authentication.authenticate(world.visitor, flow, assertion)
