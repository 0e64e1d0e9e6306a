"""One-time codes by an SDK's unsigned messages, and the passkey that follows (contract/wire.md §3.5, §2)."""

import base64
import json
from datetime import timedelta
from typing import Any

import pytest

from apps.authentication.models import LoginFlow
from apps.authentication.services import binding_tokens
from apps.credentials.models import Credential, CredentialBindingJob
from apps.credentials.services.jobs import JobWithLink
from apps.directory.models import Identity
from apps.directory.services import identities
from apps.events.types import EventType
from apps.policy import services as policy
from tests import apps, ceremonies, post, racing, record
from tests.apps import App, Asked
from tests.authenticator import base64url
from tests.faces import doors
from tests.software_key import SoftwareKey, login_claims
from tests.world import World

METHODS = [{"type": "webauthn_passkey"}, {"type": "email_one_time_password"}]


@pytest.fixture
def app(world: World) -> App:
    return apps.open_app(world, authentication_methods=METHODS)


def message(
    app: App, asked: Asked, control: Any, *, header: Any = None, email: str = "bob@acme.test", **changes: Any
) -> Any:
    """As the reference's SDK writes it: a JWT that nobody signs."""
    realm = app.world.realm
    sub = f"MAIL={email}, OU={realm.pk}, O={realm.tenant_id}"
    claims = {**login_claims(sub, app.audience, asked.transaction_id, asked.nonce), "authentication_control": control}
    claims = {name: value for name, value in {**claims, **changes}.items() if value is not None}
    parts = (header or {"alg": "none"}, claims)
    return {"Jwt": "{}.{}.".format(*(base64url(json.dumps(part).encode()) for part in parts))}


def begin(app: App, asked: Asked, email: str = "bob@acme.test", **changes: Any) -> Any:
    return app.post(message(app, asked, {"control": "email_otp_initiate"}, email=email, **changes))


def redeem(app: App, asked: Asked, code: object, **changes: Any) -> Any:
    return app.post(message(app, asked, {"control": "otp_redeem", "otp": code}, **changes))


def challenged(asked: Asked, answer: Any) -> Asked:
    told = answer.json()
    assert (told["type"], told["reason"]) == ("continue", {"type": "challenge_otp"}), told
    assert set(told) == {"type", "transaction_id", "nonce", "reason"}
    assert told["transaction_id"] == asked.transaction_id
    assert told["nonce"] != asked.nonce
    return Asked(asked.claims, told["transaction_id"], told["nonce"])


def sent(app: App, email: str = "bob@acme.test") -> tuple[Asked, str]:
    asked = app.arrive()
    asked = challenged(asked, begin(app, asked, email))
    return asked, post.last_code()


def signed_in(app: App, email: str = "bob@acme.test") -> dict[str, Any]:
    asked, code = sent(app, email)
    told = redeem(app, asked, code).json()
    assert told["type"] == "allow", told
    return told


def denied(answer: Any) -> str:
    assert (answer.status_code, answer.json()["type"]) == (200, "deny"), answer.content
    assert set(answer.json()) == {"type", "message"}
    return answer.json()["message"]


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06}"


def test_the_code_of_a_mail_signs_in(world: World, app: App) -> None:
    told = signed_in(app)
    assert set(told) == {"type", "code", "redirect_url", "passkey_binding_token"}
    claims = ceremonies.payload_of(app.client.redeem(world.visitor, told["code"])["id_token"])
    assert (claims["amr"], claims["acr"]) == (["otp"], "urn:identity-cloud:otp")


def test_somebody_new_is_made_and_named_by_the_address(world: World, app: App) -> None:
    signed_in(app, "zoe@acme.test")
    zoe = Identity.objects.get(username="zoe@acme.test", realm=world.realm)
    assert zoe.primary_email_address == "zoe@acme.test"
    signed_in(app, "ZOE@acme.test")
    assert Identity.objects.filter(username_key="zoe@acme.test").count() == 1


def test_a_config_without_codes_sends_none_and_makes_nobody(world: World) -> None:
    app = apps.open_app(world, authentication_methods=[{"type": "software_passkey"}])
    asked = app.arrive()
    known, unknown = begin(app, asked), begin(app, app.arrive(), "zoe@acme.test")
    assert denied(known) == denied(unknown)
    assert not Identity.objects.filter(username="zoe@acme.test").exists()


def test_a_wrong_code_may_be_tried_again_and_the_third_is_the_end(app: App) -> None:
    asked, code = sent(app)
    for _ in range(2):
        asked = challenged(asked, redeem(app, asked, wrong(code)))
    denied(redeem(app, asked, wrong(code)))
    asked = Asked(asked.claims, asked.transaction_id, LoginFlow.objects.get(pk=asked.transaction_id).nonce)
    denied(redeem(app, asked, code))


def test_a_nonce_is_answered_once(app: App) -> None:
    asked, code = sent(app)
    first = redeem(app, asked, wrong(code))
    assert first.json()["type"] == "continue"
    waits = record.last(app.world.realm, EventType.AUTHENTICATION_TRANSACTION)
    assert (waits.outcome, waits.data["phase"]) == ("CODE_REFUSED", "SUSPEND")
    denied(redeem(app, asked, code))
    assert redeem(app, challenged(asked, first), code).json()["type"] == "allow"
    denied(redeem(app, challenged(asked, first), code))


def test_a_code_is_of_the_sign_in_that_asked_for_it(app: App) -> None:
    _, code = sent(app)
    denied(redeem(app, app.arrive(), code))


@pytest.mark.parametrize(
    "changes",
    [
        {"bi_non": "A" * 43}, {"bi_tid": "018f0000-0000-7000-8000-000000000000"}, {"aud": ["https://evil.test"]},
        {"exp": 1}, {"sub": "MAIL=bob@acme.test, OU=x, O=y"}, {"sub": "CN=bob"}, {"sub": None}, {"flow_type": "hosted"},
        {"header": {"alg": "HS256"}}, {"header": {"typ": "JWT"}}, {"authentication_control": {"control": "free_entry"}},
        {"authentication_control": "otp_redeem"}, {"authentication_control": None},
    ],
    ids=str,
)  # fmt: skip
def test_a_message_that_is_not_right_sends_nothing(app: App, changes: dict[str, Any]) -> None:
    denied(begin(app, app.arrive(), **changes))
    told = record.last(app.world.realm, EventType.AUTHENTICATION_TRANSACTION)
    assert (told.outcome, told.data["phase"]) == ("DENY", "COMPLETE")
    assert told.data["code"] in ("PROOF_REFUSED", "PASSKEY_UNKNOWN")
    assert told.data["reason"]
    assert not record.events(app.world.realm, EventType.OTP_CHALLENGE)


@pytest.mark.parametrize(
    "email", ["", "bob", "bob@", "a@b.c\r\nBcc: x@y.z", "\ud800@acme.test", "\x00@acme.test", "x" * 300 + "@acme.test"]
)
def test_what_is_no_address_is_malformed(app: App, email: str) -> None:
    assert begin(app, app.arrive(), email).status_code == 400


@pytest.mark.parametrize("code", [None, 5, [], "", "abcdef", "\u0661\u0662\u0663\u0664\u0665\u0666"])
def test_what_is_no_code_is_a_wrong_one(app: App, code: object) -> None:
    asked, _ = sent(app)
    assert redeem(app, asked, code).json()["type"] == "continue"


def test_the_policy_is_asked(world: World, app: App) -> None:
    asked, code = sent(app)
    condition = {"attribute": "credential.method", "operator": "in", "value": ["otp"]}
    action = {"type": "deny", "message": "use your passkey"}
    rule = {"id": "n", "name": "n", "transaction": "any", "condition": condition, "action": action}
    policy.save_draft(world.ctx, world.realm, [rule])
    policy.publish_draft(world.ctx, world.realm)
    assert denied(redeem(app, asked, code)) == "use your passkey"


class TestBindingTokens:
    def test_one_makes_one_link_and_that_a_passkey(self, world: World, app: App) -> None:
        token = signed_in(app)["passkey_binding_token"]
        answer = app.ask_for_job(token)
        assert answer.status_code == 200
        assert set(answer.json()) == {"credential_binding_job", "credential_binding_link"}
        made = answer.json()["credential_binding_job"]
        assert (made["identity_id"], made["state"], made["delivery_method"]) == (world.bob.pk, "LINK_SENT", "RETURN")
        link = JobWithLink(CredentialBindingJob.objects.get(pk=made["id"]), answer.json()["credential_binding_link"])
        bound = doors.call(app.browser, link, "bind", apps.certificate_for_bind(link, SoftwareKey()))
        assert bound.status_code == 200, bound.content
        assert Credential.objects.get().identity_id == world.bob.pk
        again = app.ask_for_job(token)
        assert (again.status_code, again.json()["code"]) == (401, "unauthorized")
        told = record.last(world.realm, EventType.CREDENTIAL_BINDING_JOB_CHANGE)
        assert (told.outcome, told.data["reason"]) == ("UNAUTHORIZED", "used before")

    def test_it_is_of_one_application(self, world: World, app: App) -> None:
        token = signed_in(app)["passkey_binding_token"]
        other = apps.open_app(world, authentication_methods=METHODS)
        assert other.ask_for_job(token).status_code == 401
        assert app.ask_for_job(token).status_code == 200

    @pytest.mark.parametrize("token", ["x", "A" * 100, "A" * 4000])
    def test_anything_else_is_none(self, app: App, token: str) -> None:
        assert app.ask_for_job(token).status_code == 401
        changed = bytearray(base64.urlsafe_b64decode(signed_in(app)["passkey_binding_token"] + "=="))
        changed[-1] ^= 1
        assert app.ask_for_job(base64url(bytes(changed))).status_code == 401
        assert not CredentialBindingJob.objects.filter(realm=app.world.realm).exists()

    def test_it_is_short_lived_and_ends_with_the_person(self, world: World, app: App) -> None:
        old = binding_tokens.token_of(world.at(timedelta(minutes=-11)), app.application, world.bob)
        assert app.ask_for_job(old).status_code == 401
        token = signed_in(app)["passkey_binding_token"]
        identities.suspend_identity(world.ctx, world.bob)
        assert app.ask_for_job(token).status_code == 401
        assert not CredentialBindingJob.objects.filter(realm=app.world.realm).exists()

    def test_somebody_who_has_a_passkey_adds_one_only_where_a_rule_says_so(self, world: World, app: App) -> None:
        apps.bind(app, SoftwareKey())
        told = app.ask_for_job(signed_in(app)["passkey_binding_token"]).json()
        job = CredentialBindingJob.objects.get(pk=told["credential_binding_job"]["id"])
        link = JobWithLink(job, told["credential_binding_link"])
        assert doors.call(app.browser, link, "bind", apps.certificate_for_bind(link, SoftwareKey())).status_code == 403


@pytest.mark.django_db(transaction=True)
def test_of_two_who_use_one_token_at_once_one_wins(world: World) -> None:
    app = apps.open_app(world, authentication_methods=METHODS)
    token = binding_tokens.token_of(world.visitor, app.application, world.bob)
    finish = racing.race(lambda: binding_tokens.create_job(world.visitor, app.application, token), times=4)
    assert (len(finish.won), len(finish.refused)) == (1, 3)
    assert CredentialBindingJob.objects.filter(realm=world.realm).count() == 1
