"""POST …/bi-authenticate of an embedded authenticator: Jwt, WebAuthn or X509, and the answer (contract/wire.md §3.4)."""

import json
import time
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.authentication import challenges, flows
from apps.authentication.models import LoginFlow, Session
from apps.core import ids
from apps.credentials.models import Credential
from apps.credentials.services import passkeys
from apps.events.types import EventType
from apps.policy import services as policy
from tests import apps, ceremonies, record
from tests.apps import App
from tests.authenticator import SoftPasskey, base64url
from tests.faces import doors
from tests.software_key import SoftwareKey
from tests.world import World

GENERIC = "this passkey could not be verified"
DENIED = {"type": "deny", "message": GENERIC}


@pytest.fixture
def app(world: World) -> App:
    return apps.open_app(world)


@pytest.fixture
def key(app: App) -> SoftwareKey:
    key = SoftwareKey()
    apps.bind(app, key, "JWT")
    return key


@pytest.fixture
def passkey(app: App) -> SoftPasskey:
    return apps.give_passkey(app)


def publish(world: World, action: str, **further: Any) -> None:
    rule = {
        "id": "r",
        "name": "r",
        "transaction": "authentication",
        "condition": {},
        "action": {"type": action, **further},
    }
    binding = {
        "id": "b",
        "name": "b",
        "transaction": "credential_binding",
        "condition": {},
        "action": {"type": "allow"},
    }
    policy.save_draft(world.ctx, world.realm, [rule, binding])
    policy.publish_draft(world.ctx, world.realm)


def proof_of(kind: str, app: App, asked: Any, passkey: Any, **lies: Any) -> dict[str, str]:
    make = {"X509": apps.certificate_for, "Jwt": apps.token_for, "WebAuthn": apps.assertion_for}[kind]
    return make(app, asked, passkey, **lies)


def passkey_of(kind: str, app: App, identity: Any = None) -> Any:
    if kind == "WebAuthn":
        return apps.give_passkey(app, identity)
    key = SoftwareKey()
    apps.bind(app, key, kind.upper(), identity)
    return key


def why(app: App) -> str:
    return str(record.last(app.world.realm, EventType.AUTHENTICATION_TRANSACTION).data["reason"])


@pytest.mark.parametrize("kind", ["X509", "Jwt", "WebAuthn"])
class TestEachKind:
    def test_signs_in_once(self, world: World, app: App, kind: str) -> None:
        passkey = passkey_of(kind, app)
        proof = proof_of(kind, app, app.arrive(), passkey)
        done = app.post(proof, signals='{"platform": "Linux"}').json()
        assert done["type"] == "allow", done
        where = parse_qs(urlsplit(done["redirect_url"]).query)
        assert (where["code"], where["state"]) == ([done["code"]], [app.client.state])
        tokens = app.client.redeem(world.visitor, done["code"])
        claims = ceremonies.payload_of(tokens["id_token"])
        assert claims["amr"] == (["pop", "hwk", "user"] if kind == "WebAuthn" else ["pop", "swk"])
        assert claims["acr"] == "phr"
        assert not Session.objects.exists()
        assert app.post(proof).json() == DENIED
        assert why(app) == "the sign-in is over"

    def test_says_nothing_of_a_policys_reasons_but_its_words(self, world: World, app: App, kind: str) -> None:
        passkey = passkey_of(kind, app)
        publish(world, "deny", message="not today")
        before = Credential.objects.values().get()
        answer = app.post(proof_of(kind, app, app.arrive(), passkey))
        assert answer.json() == {"type": "deny", "message": "not today"}
        assert Credential.objects.values().get() == before

    def test_that_was_revoked_is_unknown(self, world: World, app: App, kind: str) -> None:
        passkey = passkey_of(kind, app)
        passkeys.revoke_credential(world.ctx, Credential.objects.get())
        assert app.post(proof_of(kind, app, app.arrive(), passkey)).json() == DENIED
        assert why(app) == "this passkey is not known here"

    def test_that_shows_no_owner_is_asked_for_it_once_more(self, world: World, app: App, kind: str) -> None:
        passkey = passkey_of(kind, app)
        publish(world, "allow_with_os_verification")
        lies = {"user_verified": False} if kind == "WebAuthn" else {}
        asked = app.arrive()
        again = app.post(proof_of(kind, app, asked, passkey, **lies)).json()
        assert (again["type"], again["transaction_id"], again["bi_pol_ver"]) == ("prove", asked.transaction_id, "v3")
        assert again["nonce"] != asked.nonce
        event = record.last(world.realm, EventType.AUTHENTICATION_TRANSACTION)
        assert (event.outcome, event.data["phase"]) == ("PROVE", "SUSPEND")
        asked.nonce = again["nonce"]
        if kind == "WebAuthn":
            assert app.post(proof_of(kind, app, asked, passkey)).json()["type"] == "allow"
        else:
            assert app.post(proof_of(kind, app, asked, passkey)).json()["type"] == "deny"

    def test_that_came_too_late_is_asked_for_once_more(self, world: World, app: App, kind: str) -> None:
        passkey = passkey_of(kind, app)
        asked = app.arrive()
        flow = LoginFlow.objects.get(pk=asked.transaction_id)
        asked.nonce = flows.renew_nonce(world.at(timedelta(minutes=-6)), flow)
        again = app.post(proof_of(kind, app, asked, passkey)).json()
        assert (again["type"], again["transaction_id"]) == ("prove", asked.transaction_id)
        assert not challenges.is_over(world.ctx, again["nonce"])
        assert app.post(proof_of(kind, app, asked, passkey)).json() == DENIED, "the old one proves nothing more"
        asked.nonce = LoginFlow.objects.get(pk=asked.transaction_id).nonce
        assert app.post(proof_of(kind, app, asked, passkey)).json()["type"] == "allow"

    def test_costs_few_statements(self, app: App, kind: str) -> None:
        passkey = passkey_of(kind, app)
        app.post(proof_of(kind, app, app.arrive(), passkey))
        proof = proof_of(kind, app, app.arrive(), passkey)
        with CaptureQueriesContext(
            connection,
        ) as asked:
            assert app.post(proof).json()["type"] == "allow"
        statements = [each["sql"] for each in asked if not each["sql"].startswith(("SAVEPOINT", "RELEASE", "BEGIN"))]
        assert len(statements) <= 24, "\n".join(statements)


# What is wrong with an otherwise right token, and what the event says of it.
TOKENS: dict[str, tuple[dict[str, Any], str]] = {
    "of another audience": ({"aud": ["https://evil.test"]}, "aud"),
    "without an audience": ({"aud": None}, "aud"),
    "of another nonce": ({"bi_non": "A" * 43}, "bi_non"),
    "whose nonce is a list": ({"bi_non": ["A"]}, "bi_non"),
    "without a nonce": ({"bi_non": None}, "bi_non"),
    "of no transaction": ({"bi_tid": None}, "no open sign-in"),
    "of a transaction that is none": ({"bi_tid": "\x00"}, "no open sign-in"),
    "that is too old": ({"exp": int(time.time()) - 90}, "expired"),
    "that never ends": ({"exp": None}, "exp"),
    "whose end is true": ({"exp": True}, "exp"),
    "whose end is out of range": ({"exp": 1e300}, "exp"),
    "that is not valid yet": ({"nbf": int(time.time()) + 86_400}, "not valid yet"),
    "without a beginning": ({"iat": None}, "iat"),
    "of somebody else": ({"sub": "CN=0123456789abcdef, OU=0123456789abcdef, O=0123456789abcdef"}, "sub"),
    "of another flow": ({"flow_type": "hosted"}, "flow_type"),
    "by another algorithm": ({"header": {"alg": "ES384"}}, "alg"),
    "by a shared secret": ({"header": {"alg": "HS256"}}, "alg"),
    "that says it needs no signature": ({"header": {"alg": "none"}}, "alg"),
    "without an algorithm": ({"header": {"alg": None}}, "alg"),
    "that brings a key": ({"header": {"jwk": {"kty": "EC"}}}, "a key of its own"),
    "that must be understood": ({"header": {"crit": ["exp"]}}, "header"),
    "that says where its key is": ({"header": {"jku": "https://evil.test/jwks.json"}}, "header"),
    "of no key": ({"header": {"kid": None}}, "not known"),
    "whose key is a path": ({"header": {"kid": "../../x"}}, "not known"),
    "of a key that is none": ({"header": {"kid": 5}}, "not known"),
}


class TestTokens:
    @pytest.mark.parametrize("case", TOKENS)
    def test_refused_is_a_token(self, app: App, key: SoftwareKey, case: str) -> None:
        changes, reason = TOKENS[case]
        answer = app.post(apps.token_for(app, app.arrive(), key, **changes))
        assert (answer.status_code, answer.json()) == (200, DENIED)
        assert reason in why(app)
        assert Credential.objects.get().last_used_at is None

    def test_a_signature_that_is_another_keys_or_cut_is_refused(self, app: App, key: SoftwareKey) -> None:
        thief = SoftwareKey()
        thief.kid = key.kid
        assert app.post(apps.token_for(app, app.arrive(), thief)).json() == DENIED
        right = apps.token_for(app, app.arrive(), key)["Jwt"]
        assert app.post({"Jwt": right[:-4]}).json() == DENIED
        assert app.post({"Jwt": f"{right.rpartition('.')[0]}."}).json() == DENIED

    def test_a_certificates_passkey_proves_nothing_by_token(self, app: App) -> None:
        key = SoftwareKey()
        apps.bind(app, key, "X509")
        assert app.post(apps.token_for(app, app.arrive(), key)).json() == DENIED
        assert "another kind" in why(app)

    BOUND: dict[str, dict[str, Any]] = {
        "by another algorithm": {"header": {"alg": "RS256"}}, "unsigned": {"header": {"alg": "none"}},
        "without its key": {"header": {"jwk": None}},
        "with the key of another curve": {"header": {"jwk": {"kty": "EC", "crv": "P-384"}}},
        "with a secret key": {"header": {"jwk": {"kty": "oct", "k": "AAAA"}}},
        "with a point on no curve": {"header": {"jwk": {"kty": "EC", "crv": "P-256", "x": "A" * 43, "y": "A" * 43}}},
        "with a short coordinate": {"header": {"jwk": {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}}},
        "with somebody else's key": {"header": {"jwk": SoftwareKey().jwk}},
        "with its private half": {"header": {"jwk": {**SoftwareKey().jwk, "d": "A" * 43}}},
        "of somebody else": {"subject": "CN=a, OU=b, O=c"}, "of another link": {"token": "A" * 64},
        "of a link in a list": {"token": ["A"]},
        "that must be understood": {"header": {"crit": ["b64"], "b64": False}},
    }  # fmt: skip

    @pytest.mark.parametrize("case", BOUND)
    def test_not_bound_is_a_token(self, app: App, case: str) -> None:
        invitation = app.invite()
        answer = doors.call(
            app.browser, invitation, "bind", apps.token_for_bind(invitation, SoftwareKey(), **self.BOUND[case])
        )
        assert (answer.status_code, answer.json()["message"]) == (403, GENERIC)
        assert record.last(app.world.realm, EventType.CREDENTIAL_CHANGE).outcome == "PROOF_REFUSED"
        assert not Credential.objects.exists()

    def test_a_bound_one_is_a_software_passkey(self, app: App) -> None:
        key = SoftwareKey()
        made = apps.bind(app, key, "JWT").json()
        assert (made["csr_type"], made["binding"], made["jwk_thumbprint"]) == ("JWT", "software", f"{key.kid}=")

    @pytest.mark.parametrize(
        "raw", ["", "a.b", "a.b.c.d", "ü.b.c", "....", "e30.e30", "W10.W10.AA", "e30.%.AA", "A" * 60_000]
    )
    def test_what_is_no_token_is_malformed(self, app: App, raw: str) -> None:
        assert doors.call(app.browser, app.invite(), "bind", {"type": "JWT", "raw": raw}).status_code == 400
        assert app.post({"Jwt": raw}).status_code == 400

    def test_a_claim_given_twice_is_malformed(self, app: App, key: SoftwareKey) -> None:
        claims = base64url(b'{"sub": "a", "sub": "b"}')
        assert app.post({"Jwt": f"e30.{claims}.AAAA"}).status_code == 400


ASSERTIONS: dict[str, tuple[dict[str, Any], str]] = {
    "from another site": ({"origin": "https://evil.test"}, "origin"),
    "from our own page": ({"origin": "http://localhost"}, "origin"),
    "framed by another site": ({"cross_origin": True}, "cross-origin"),
    "below another page": ({"top_origin": "https://evil.test"}, "cross-origin"),
    "of another ceremony": ({"type": "webauthn.create"}, "ceremony"),
    "for another relying party": ({"rp_id": "evil.test"}, "RP ID"),
    "with nobody there": ({"user_present": False}, "present"),
    "of a key that became a synced one": ({"backup_eligible": True}, "backup eligibility"),
    "backed up and not eligible": ({"backed_up": True}, "backed"),
    "signed by another key": ({"signed_by": ec.generate_private_key(ec.SECP256R1())}, "signature"),
    "of another nonce": ({"claims": {"bi_non": "A" * 43}}, "bi_non"),
    "of another audience": ({"claims": {"aud": []}}, "aud"),
    "of somebody else": ({"claims": {"sub": "CN=a, OU=b, O=c"}}, "sub"),
    "that is too old": ({"claims": {"exp": 1}}, "expired"),
}


class TestAssertions:
    @pytest.mark.parametrize("case", ASSERTIONS)
    def test_refused_is_an_assertion(self, app: App, passkey: SoftPasskey, case: str) -> None:
        lies, reason = ASSERTIONS[case]
        answer = app.post(apps.assertion_for(app, app.arrive(), passkey, **lies))
        assert (answer.status_code, answer.json()) == (200, DENIED)
        assert reason.lower() in why(app).lower()

    def test_a_passkey_that_nobody_bound_is_unknown(self, app: App) -> None:
        assert app.post(apps.assertion_for(app, app.arrive(), SoftPasskey())).json() == DENIED
        assert why(app) == "this passkey is not known here"

    def test_a_counter_that_did_not_grow_is_refused(self, app: App) -> None:
        passkey = apps.give_passkey(app, counter=5)
        assert app.post(apps.assertion_for(app, app.arrive(), passkey)).json()["type"] == "allow"
        assert app.post(apps.assertion_for(app, app.arrive(), passkey, counter=6)).json() == DENIED
        assert "sign count" in why(app)

    @pytest.mark.parametrize(
        "told",
        [
            "", "[]", "5", "{}", '{"authenticator_data": "AA"}', "[" * 2000, '{"client_data": "e30", "x": 1}',
            json.dumps({"client_data": base64url(b'{"challenge": "AAAA"}'), "authenticator_data": "AA", "signature": "AA"}),
        ],
    )  # fmt: skip
    def test_what_is_no_assertion_is_malformed(self, app: App, told: str) -> None:
        assert app.post({"WebAuthn": told}).status_code == 400


@pytest.mark.parametrize(
    "claims",
    ["", "x", "[]", "{}", '{"Jwt": "a", "X509": "b"}', '{"Saml": "x"}', '{"Jwt": 5}', '{"jwt": "a.b.c"}', "[" * 3000],
)
def test_anything_but_one_proof_is_malformed(app: App, claims: str) -> None:
    assert app.post(claims).status_code == 400


def test_a_form_says_everything_once(app: App) -> None:
    path = urlsplit(app.audience).path
    for form in ("claims=%7B%7D&claims=%7B%7D", "claims=%00", "claims=%ff", "&" * 20 + "claims=x", "signals=%7B"):
        assert app.browser.post(path, form, content_type=apps.FORM).status_code == 400
    assert app.browser.post(path, b"claims=" + b"A" * 70_000, content_type=apps.FORM).status_code == 413


def test_a_flow_belongs_to_its_application(world: World, app: App, key: SoftwareKey) -> None:
    other, asked = apps.open_app(world), app.arrive()
    assert other.post(apps.token_for(app, asked, key)).json() == DENIED
    assert app.post(apps.token_for(app, asked, key)).json()["type"] == "allow"


def test_an_unknown_application_is_not_there(app: App) -> None:
    path = urlsplit(app.audience).path.replace(str(app.application.pk), str(ids.uuid7()))
    assert app.browser.post(path, "claims=x", content_type=apps.FORM).status_code == 404


def test_a_flow_that_is_too_old_is_over(app: App, key: SoftwareKey) -> None:
    asked = app.arrive()
    LoginFlow.objects.filter(pk=asked.transaction_id).update(expires_at=app.world.ctx.now)
    assert app.post(apps.token_for(app, asked, key)).json() == DENIED
    assert why(app) == "the sign-in is over"
