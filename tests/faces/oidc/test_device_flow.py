"""The device authorization grant (RFC 8628): a device without a browser, and a person with one elsewhere."""

import re
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
import time_machine
from django.http import HttpResponse
from django.test import Client as Browser

from apps.applications.models import AccessToken, Consent, DeviceGrant, Grant, RefreshToken
from apps.applications.protocol import DEVICE_CODE
from apps.applications.services import applications
from apps.authentication import devices, sessions
from apps.authentication.models import Session
from apps.authenticators import services as authenticators
from apps.credentials import selectors as credentials
from apps.credentials.services import passkeys
from apps.directory.services import identities
from apps.events.types import EventType
from apps.onboarding import services as onboarding
from apps.policy import services as policy
from apps.realms import services as realms
from apps.tokens import device_codes
from apps.tokens.services import devices as clients
from apps.tokens.services.exchange import exchange
from apps.web import cookies
from tests import ceremonies, record
from tests.authenticator import SoftPasskey
from tests.ceremonies import Client
from tests.domain.test_signing_in import publish, rule
from tests.faces import doors
from tests.faces.oidc.shop import FORM, Shop
from tests.racing import race
from tests.world import World, build, web

pytestmark = pytest.mark.django_db
FORMAT = re.compile(r"[23456789BCDFGHJKMNPQRSTVWXYZ]{4}-[23456789BCDFGHJKMNPQRSTVWXYZ]{4}")


def television(world: World, realm: Any = None, authenticator_config: Any = None, **further: Any) -> Client:
    """An application that people sign in to on a screen without a keyboard; Bob's realm's unless another is named."""
    config = {
        "type": "oidc",
        "confidentiality": "public",
        "grant_type": [DEVICE_CODE],
        "token_configuration": {
            "expires_after": 600,
            "token_signing_algorithm": "ES256",
            "refresh_token": {"enabled": True},
        },
        **further,
    }
    made = applications.create_application(
        world.ctx,
        realm or world.realm,
        display_name="Television",
        protocol_config=config,
        authenticator_config=authenticator_config or world.acme.customers.config,
    )
    return Client(made.application, made.client_secret)


class Device:
    """The television: it speaks to the token endpoint alone, and shows a code."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.started: dict[str, Any] = {}

    def post(self, endpoint: str, **form: str) -> HttpResponse:
        body = {"client_id": self.shop.application.client_id, **form}
        body |= {"client_secret": self.shop.party.secret} if self.shop.party.secret else {}
        agent = {"User-Agent": "Mozilla/5.0 (Linux; Android 13) AppleWebKit/537.36 Chrome/120.0.0.0 Safari/537.36"}
        return Browser().post(self.shop.path(endpoint), urlencode(body), content_type=FORM, headers=agent)

    def start(self, **form: str) -> dict[str, Any]:
        answer = self.post("device_authorization", **{"scope": "openid profile", **form})
        assert answer.status_code == 200, answer.content
        assert answer["Cache-Control"] == "no-store"
        self.started = answer.json()
        return self.started

    def poll(self, **form: str) -> HttpResponse:
        asked = {"grant_type": DEVICE_CODE, "device_code": self.started["device_code"], **form}
        return self.post("token", **asked)

    def error(self, **form: str) -> str:
        answer = self.poll(**form)
        assert answer.status_code == 400, answer.content
        return answer.json()["error"]


@pytest.fixture
def shop(shop: Shop) -> Shop:
    """Bob and his browser; the relying party is the television's."""
    shop.party = television(shop.world)
    return shop


@pytest.fixture
def device(shop: Shop) -> Device:
    return Device(shop)


def page_of(shop: Shop, code: str) -> str:
    return f"/authenticator/v1/{shop.world.realm.path}/device?{urlencode({'user_code': code})}"


def sign_in_at(shop: Shop, url: str, passkey: SoftPasskey | None = None) -> str:
    """Follows the page to the hosted sign-in, proves, and tells where the browser goes then."""
    sent = shop.browser.get(url)
    assert sent.status_code == 302, sent.content
    page = doors.data_of(shop.browser.get(doors.path_of(sent["Location"])))
    proven = doors.answer(shop.browser, page, doors.signed(page, passkey or shop.passkey))
    assert proven.json()["type"] == "allow", proven.content
    return doors.path_of(proven.json()["redirect_url"])


def sign_in_elsewhere(shop: Shop) -> None:
    """Bob signs in to the shop: his browser has its session in the realm."""
    mine, shop.party = shop.party, ceremonies.client_of(shop.world)
    shop.sign_in()
    shop.party = mine


def answer(shop: Shop, code: str, said: str = "approve") -> HttpResponse:
    path = page_of(shop, code).partition("?")[0]
    return shop.browser.post(path, {"user_code": code, "answer": said})


def approve(shop: Shop, device: Device) -> None:
    code = device.started["user_code"]
    sign_in_at(shop, page_of(shop, code))
    assert b"Device connected" in answer(shop, code).content


# --- §3.1, §3.2: the two codes --------------------------------------------------------------------------------------------


def test_a_device_gets_two_codes_and_an_address(shop: Shop, device: Device) -> None:
    found = device.start()
    assert FORMAT.fullmatch(found["user_code"])
    assert len(found["device_code"]) >= 43
    assert (found["expires_in"], found["interval"]) == (600, 5)
    assert found["verification_uri"] == f"{ceremonies.origin()}/device"
    assert found["user_code"] in found["verification_uri_complete"]
    assert set(found) == {
        "device_code", "user_code", "verification_uri", "verification_uri_complete", "expires_in", "interval",
    }  # fmt: skip
    stored = str(list(DeviceGrant.objects.values_list()))
    assert found["device_code"] not in stored
    assert found["user_code"].replace("-", "") not in stored
    event = record.last(shop.world.realm, EventType.AUTHORIZE_REQUEST)
    assert (event.data["action"], event.data["scope"], event.outcome) == ("DEVICE", "openid profile", "SUCCESS")


def test_discovery_names_the_endpoint_where_it_works_and_nowhere_else(shop: Shop) -> None:
    def discovered() -> dict[str, Any]:
        return shop.browser.get(shop.path(".well-known/openid-configuration")).json()

    found = discovered()
    assert found["device_authorization_endpoint"] == f"{shop.issuer}/device_authorization"
    assert DEVICE_CODE in found["grant_types_supported"]
    shop.party = ceremonies.client_of(shop.world)
    assert "device_authorization_endpoint" not in discovered()


def test_a_client_without_the_grant_is_refused(shop: Shop) -> None:
    shop.party = ceremonies.client_of(shop.world)
    refused = Device(shop).post("device_authorization", scope="openid")
    assert (refused.status_code, refused.json()["error"]) == (400, "unauthorized_client")
    assert record.last(shop.world.realm, EventType.AUTHORIZE_REQUEST).outcome == "UNAUTHORIZED_CLIENT"
    unknown = Device(shop)
    unknown.started = {"device_code": "x" * 43}
    assert unknown.error() == "unauthorized_client"


def test_an_application_whose_sign_in_is_embedded_has_no_page_of_ours_to_approve_at(shop: Shop) -> None:
    world = shop.world
    config = authenticators.create_authenticator_config(
        world.ctx, world.realm, display_name="In the app",
        config={"type": "embedded", "invoke_url": "https://app.acme.test/", "trusted_origins": [ceremonies.origin()]},
    )  # fmt: skip
    shop.party.application = applications.update_application(world.ctx, shop.application, authenticator_config=config)
    assert Device(shop).post("device_authorization").json()["error"] == "unauthorized_client"
    found = shop.browser.get(shop.path(".well-known/openid-configuration")).json()
    assert "device_authorization_endpoint" not in found


def test_a_confidential_client_proves_itself_at_both_endpoints(shop: Shop) -> None:
    shop.party = television(shop.world, confidentiality="confidential")
    device = Device(shop)
    device.start()
    assert device.error() == "authorization_pending"
    shop.party.secret = "wrong"
    for answer in (device.post("device_authorization"), device.poll()):
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
        assert answer.has_header("WWW-Authenticate")


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"scope": "root"}, "invalid_scope"), ({"scope": "x" * 5000}, "invalid_scope"),
        ({"resource": "https://evil.test"}, "invalid_target"), ({"client_id": "nobody"}, "invalid_client"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_request_is_said(shop: Shop, form: dict[str, str], error: str) -> None:
    answer = Device(shop).post("device_authorization", **form)
    assert (answer.status_code in (400, 401), answer.json()["error"]) == (True, error)
    assert not DeviceGrant.objects.exists()


@pytest.mark.parametrize("body", [b"\xff", b"scope=%00&client_id=x", b"a=1&a=1", b"{}", b"client_id=x&client_id=y"])
@pytest.mark.parametrize("endpoint", ["device_authorization", "token"])
def test_bad_input_is_a_bad_request(shop: Shop, body: bytes, endpoint: str) -> None:
    for kind in (FORM, "application/json"):
        answer = shop.browser.post(shop.path(endpoint), body, content_type=kind)
        assert answer.status_code in (400, 401)
        assert answer.json()["error"] in ("invalid_request", "invalid_client")
    assert shop.browser.get(shop.path("device_authorization")).status_code == 405


# --- §3.3: the person -----------------------------------------------------------------------------------------------------


def test_from_code_to_tokens(shop: Shop, device: Device) -> None:
    device.start()
    assert device.error() == "authorization_pending"
    back = sign_in_at(shop, page_of(shop, device.started["user_code"]))
    page = shop.browser.get(back)
    text = page.content.decode()
    for shown in ("Television", device.started["user_code"], "Bob Baker", "Chrome on Android", "127.0.0.1"):
        assert shown in text
    assert "Only if you started this yourself" in text
    assert page["Referrer-Policy"] == "same-origin"
    assert b"Device connected" in answer(shop, device.started["user_code"]).content
    tokens = device.poll().json()
    claims = ceremonies.payload_of(tokens["id_token"])
    assert (claims["sub"], claims["aud"], claims["iss"]) == (
        shop.world.bob.pk,
        shop.application.client_id,
        shop.issuer,
    )
    assert "sid" not in claims  # it hangs on no browser's session
    assert tokens["scope"] == "openid profile"
    assert shop.userinfo(tokens["access_token"]).json()["sub"] == shop.world.bob.pk
    refreshed = device.post("token", grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    assert refreshed.status_code == 200, refreshed.content


def test_one_flow_is_one_story(shop: Shop, device: Device) -> None:
    device.start()
    approve(shop, device)
    device.poll()
    (row,) = DeviceGrant.objects.all()
    told = record.told(shop.world.realm, correlation_id=row.correlation_id)
    assert told[0] == ("AUTHORIZE_REQUEST", "SUCCESS")
    assert ("AUTHENTICATION_TRANSACTION", "START") in told
    assert told.count(("AUTHENTICATION_TRANSACTION", "ALLOW")) == 2  # the sign-in, and the approval
    assert told[-1] == ("TOKEN_REQUEST", "SUCCESS")


def test_the_short_address_leads_to_the_realms_own_page(shop: Shop, device: Device) -> None:
    assert b"Type the code" in shop.browser.get("/device").content
    device.start()
    code = device.started["user_code"]
    for typed in (code, code.lower(), code.replace("-", ""), f" {code.replace('-', ' ')} ", code.replace("-", "_")):
        sent = shop.browser.get("/device", {"user_code": typed})
        assert sent["Location"] == device.started["verification_uri_complete"]


def test_who_is_signed_in_is_asked_and_not_believed_to_agree(shop: Shop, device: Device) -> None:
    sign_in_elsewhere(shop)
    device.start()
    for _ in range(3):  # a link that is opened, fetched ahead and reloaded
        page = shop.browser.get(page_of(shop, device.started["user_code"]))
        assert b"Sign in to Television on a device?" in page.content
    assert device.error() == "authorization_pending"


def test_another_account_may_be_used(shop: Shop, device: Device) -> None:
    sign_in_elsewhere(shop)
    carol = shop.world.acme.customers.carol
    hers = ceremonies.give_passkey(shop.world, carol)
    device.start()
    sign_in_at(shop, f"{page_of(shop, device.started['user_code'])}&switch=1", hers)
    answer(shop, device.started["user_code"])
    assert ceremonies.payload_of(device.poll().json()["id_token"])["sub"] == carol.pk


def test_no_is_no(shop: Shop, device: Device) -> None:
    device.start()
    sign_in_at(shop, page_of(shop, device.started["user_code"]))
    assert b"Device refused" in answer(shop, device.started["user_code"], "deny").content
    assert device.error() == "access_denied"
    assert answer(shop, device.started["user_code"]).status_code == 422  # nor yes, afterwards
    assert device.error() == "access_denied"
    assert ("AUTHENTICATION_TRANSACTION", "DENY") in record.told(shop.world.realm)


def test_anything_but_yes_is_no(shop: Shop, device: Device) -> None:
    sign_in_elsewhere(shop)
    device.start()
    answer(shop, device.started["user_code"], "\u202eevorppa")
    assert device.error() == "access_denied"


def test_nobody_answers_who_is_not_signed_in(shop: Shop, device: Device) -> None:
    device.start()
    sent = answer(shop, device.started["user_code"])
    assert (sent.status_code, urlsplit(sent["Location"]).path.endswith("/bi-authenticate")) == (302, True)
    assert device.error() == "authorization_pending"


def test_an_answer_comes_from_our_own_page_alone(shop: Shop, device: Device) -> None:
    sign_in_elsewhere(shop)
    device.start()
    strict = Browser(enforce_csrf_checks=True)
    strict.cookies = shop.browser.cookies
    form = {"user_code": device.started["user_code"], "answer": "approve"}
    path = page_of(shop, "").partition("?")[0]
    assert strict.post(path, form, headers={"Origin": "https://evil.test"}).status_code == 403
    assert device.error() == "authorization_pending"


def test_the_policy_is_asked_for_the_devices_application(shop: Shop, device: Device) -> None:
    sign_in_elsewhere(shop)
    device.start()
    rule = {
        "id": "not-there", "name": "Not there", "transaction": "authentication", "enabled": True,
        "condition": {"attribute": "application.id", "operator": "not_in", "value": [str(shop.application.pk)]},
        "action": {"type": "allow"},
    }  # fmt: skip
    policy.save_draft(shop.world.ctx, shop.world.realm, [rule])
    policy.publish_draft(shop.world.ctx, shop.world.realm)
    refused = answer(shop, device.started["user_code"])
    assert (refused.status_code, b"You may not sign in to Television there" in refused.content) == (403, True)
    assert device.error() == "authorization_pending"
    assert record.last(shop.world.realm, EventType.POLICY_EVALUATION).outcome == "DENY"


def test_a_code_from_a_mail_approves_where_it_signs_in_and_the_policy_is_asked_then_too(
    shop: Shop, device: Device
) -> None:
    world = shop.world
    sign_in_elsewhere(shop)
    Session.objects.filter(identity=world.bob).update(credential=None, acr="urn:identity-cloud:otp", amr=["otp"])
    code = device.start()["user_code"]
    assert answer(shop, code).status_code == 302, "only passkeys are taken here"
    (session,) = ceremonies.live_sessions(world, world.bob)
    with pytest.raises(devices.SignedOut):
        devices.approve_device(world.visitor, devices.find_device(world.visitor, code), session)
    ceremonies.open_codes(world)
    by_passkey = {"attribute": "credential.method", "operator": "in", "value": ["webauthn"]}
    publish(world, rule("Passkeys", "allow", by_passkey))
    assert answer(shop, code).status_code == 403
    publish(world, rule("All", "allow"))
    assert b"Device connected" in answer(shop, code).content


def test_a_third_partys_application_says_what_it_wants_and_the_answer_is_remembered(shop: Shop) -> None:
    shop.party = television(shop.world, is_first_party=False)
    device = Device(shop)
    device.start()
    page = shop.browser.get(sign_in_at(shop, page_of(shop, device.started["user_code"])))
    assert b"openid, profile" in page.content
    answer(shop, device.started["user_code"])
    assert Consent.objects.get().scopes == ["openid", "profile"]
    assert "access_token" in device.poll().json()


# --- §5.1: guessing -------------------------------------------------------------------------------------------------------


def test_five_wrong_codes_end_the_guessing_and_the_right_one_is_not_heard_either(shop: Shop, device: Device) -> None:
    device.start()
    for number in range(5):
        assert shop.browser.get("/device", {"user_code": f"BCDF-GHJ{number + 2}"}).status_code == 422
    for url in ("/device?user_code=BCDF-GHJ9", page_of(shop, device.started["user_code"])):
        stopped = shop.browser.get(url)
        assert stopped.status_code == 429
        assert int(stopped["Retry-After"]) > 0
    elsewhere = Browser(REMOTE_ADDR="198.51.100.9")
    assert elsewhere.get(page_of(shop, device.started["user_code"])).status_code == 302


@pytest.mark.parametrize(
    "code", ["\x7f", "BCDF-GHJ", "BCDF-GHJKL", "AAAA-AAAA", "0000-0000", "x" * 5000, "é" * 8, "'--"]
)
def test_what_is_no_code_is_a_wrong_code(shop: Shop, code: str) -> None:
    for url in ("/device", page_of(shop, "").partition("?")[0]):
        wrong = shop.browser.get(url, {"user_code": code})
        assert wrong.status_code == 422
        assert b"No device waits with this code" in wrong.content
    event = record.last(shop.world.realm, EventType.AUTHENTICATION_TRANSACTION)
    assert (event.outcome, event.data["phase"], event.data["code"]) == ("DENY", "COMPLETE", "CODE_UNKNOWN")


def test_a_code_of_another_realm_is_none_here(shop: Shop, device: Device) -> None:
    device.start()
    world, code = shop.world, device.started["user_code"]
    for realm in (world.acme.staff.realm, world.evil.customers.realm):
        assert shop.browser.get(f"/authenticator/v1/{realm.path}/device?user_code={code}").status_code == 422
    mixed = f"/authenticator/v1/tenants/{world.evil.tenant.pk}/realms/{world.realm.pk}/device?user_code={code}"
    assert shop.browser.get(mixed).status_code == 404


def test_a_code_that_two_devices_have_is_nobodys(shop: Shop, device: Device, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device_codes, "new_user_code", lambda: "BCDF-GHJK")
    device.start()
    Device(shop).start()
    assert shop.browser.get("/device", {"user_code": "BCDF-GHJK"}).status_code == 422


def test_user_codes_are_random() -> None:
    made = {device_codes.new_user_code() for _ in range(2000)}
    assert len(made) == 2000
    assert all(FORMAT.fullmatch(code) for code in made)
    assert set("".join(made)) == set(device_codes.ALPHABET) | {"-"}


# --- §3.5: polling --------------------------------------------------------------------------------------------------------


def test_who_polls_too_fast_must_slow_down_by_five_seconds_each_time(shop: Shop, device: Device) -> None:
    device.start()
    with time_machine.travel(shop.world.ctx.now + timedelta(seconds=10), tick=False) as clock:
        assert device.error() == "authorization_pending"
        clock.shift(4)
        assert device.error() == "slow_down"
        clock.shift(6)  # enough before, not now: 10 it is
        assert device.error() == "slow_down"
        clock.shift(15)
        assert device.error() == "authorization_pending"
    assert record.last(shop.world.realm, EventType.TOKEN_REQUEST).outcome == "AUTHORIZATION_PENDING"


def test_ten_minutes_and_not_longer(shop: Shop, device: Device) -> None:
    sign_in_elsewhere(shop)
    device.start()
    with time_machine.travel(shop.world.ctx.now + timedelta(minutes=11)):
        assert device.error() == "expired_token"
        assert answer(shop, device.started["user_code"]).status_code == 422
    assert not Grant.objects.filter(application=shop.application).exists()


def test_approved_too_late_to_be_taken_is_too_late(shop: Shop, device: Device) -> None:
    device.start()
    approve(shop, device)
    with time_machine.travel(shop.world.ctx.now + timedelta(minutes=11)):
        assert device.error() == "expired_token"


def test_a_device_code_works_once(shop: Shop, device: Device) -> None:
    device.start()
    approve(shop, device)
    tokens = device.poll().json()
    assert device.error() == "invalid_grant"
    assert shop.userinfo(tokens["access_token"]).status_code == 200  # a second poll is clumsy, and no theft


def test_a_device_code_is_its_own_clients_alone(shop: Shop, device: Device) -> None:
    device.start()
    approve(shop, device)
    own, shop.party = shop.party, television(shop.world)
    assert device.error() == "invalid_grant"
    shop.party = own
    assert device.poll().status_code == 200


def test_a_device_code_is_no_authorization_code_and_the_other_way_round(shop: Shop, device: Device) -> None:
    config = web(grant_type=["authorization_code", DEVICE_CODE], pkce="disabled", confidentiality="confidential")
    made = applications.create_application(
        shop.world.ctx, shop.world.realm, display_name="Both",
        protocol_config=config, authenticator_config=shop.world.acme.customers.config,
    )  # fmt: skip
    shop.party = Client(made.application, made.client_secret)
    device.start()
    approve(shop, device)
    code = shop.code()
    for uri in ("", shop.party.redirect_uri):
        stolen = device.post(
            "token", grant_type="authorization_code", code=device.started["device_code"], redirect_uri=uri
        )
        assert stolen.json()["error"] in ("invalid_grant", "invalid_request")
    swapped = device.post("token", grant_type=DEVICE_CODE, device_code=code)
    assert swapped.json()["error"] == "invalid_grant"
    assert device.poll().status_code == 200


@pytest.mark.parametrize("wrong", ["", "x", "x" * 5000, "\x7f"])
def test_a_code_that_is_none_is_refused(shop: Shop, device: Device, wrong: str) -> None:
    device.start()
    assert device.error(device_code=wrong) in ("invalid_grant", "invalid_request")


# --- what ends it ---------------------------------------------------------------------------------------------------------

ENDINGS = {
    "signing out everywhere": lambda world: sessions.sign_out_everywhere(world.ctx, world.bob),
    "suspending the person": lambda world: identities.suspend_identity(world.ctx, world.bob),
    "revoking the passkey": lambda world: passkeys.revoke_credential(
        world.ctx, credentials.active_credentials_of(world.bob).get()
    ),
}


@pytest.mark.parametrize("end", ENDINGS.values(), ids=ENDINGS.keys())
def test_what_ends_the_person_ends_what_they_approved_before_it_is_taken_and_after(
    shop: Shop, device: Device, end: Any
) -> None:
    taken, waiting = device, Device(shop)
    taken.start()
    approve(shop, taken)
    tokens = taken.poll().json()
    waiting.start()
    answer(shop, waiting.started["user_code"])
    end(shop.world)
    assert waiting.error() == "access_denied"
    assert shop.userinfo(tokens["access_token"]).status_code == 401
    assert taken.post("token", grant_type="refresh_token", refresh_token=tokens["refresh_token"]).status_code == 400


def test_signing_out_of_the_browser_does_not_switch_off_the_television(shop: Shop, device: Device) -> None:
    device.start()
    approve(shop, device)
    for session in ceremonies.live_sessions(shop.world, shop.world.bob):
        sessions.sign_out(shop.world.visitor, session)
    tokens = device.poll().json()
    assert shop.userinfo(tokens["access_token"]).status_code == 200


def test_deleting_the_application_ends_its_devices(shop: Shop, device: Device) -> None:
    device.start()
    applications.delete_application(shop.world.ctx, shop.application)
    assert not DeviceGrant.objects.exists()
    assert shop.browser.get("/device", {"user_code": device.started["user_code"]}).status_code == 422
    assert device.poll().status_code == 404


def test_deleting_the_realm_takes_waiting_devices_along(shop: Shop) -> None:
    world = shop.world
    realm = onboarding.create_realm(world.ctx, world.acme.tenant, world.acme.admin_realm, display_name="Short-lived")
    config = authenticators.create_authenticator_config(
        world.ctx, realm, display_name="Sign-in", config=world.acme.customers.config.config
    )
    shop.party = television(world, realm=realm, authenticator_config=config)
    Device(shop).start()
    realms.delete_realm(world.ctx, realm, world.acme.admin_realm)
    assert not DeviceGrant.objects.exists()


def test_devices_are_forgotten_a_day_after_their_time(shop: Shop, device: Device) -> None:
    device.start()
    clients.forget(shop.world.at(timedelta(hours=23)))
    assert DeviceGrant.objects.exists()
    clients.forget(shop.world.at(timedelta(hours=25)))
    assert not DeviceGrant.objects.exists()


# --- many at once ---------------------------------------------------------------------------------------------------------


class Waiting:
    """A device that was started and a person who is signed in, without a browser in between."""

    def __init__(self) -> None:
        self.world = build()
        self.party = television(self.world)
        passkey = ceremonies.give_passkey(self.world, self.world.bob)
        done = ceremonies.sign_in(self.world.visitor, ceremonies.client_of(self.world), passkey)
        session = sessions.find_session(self.world.visitor, self.world.realm.pk, done.session_token)
        assert session is not None
        self.session = session
        answer = (
            Browser()
            .post(
                f"/v1/{self.party.application.path}/device_authorization",
                urlencode({"client_id": self.party.application.client_id, "scope": "openid"}),
                content_type=FORM,
            )
            .json()
        )
        self.device_code = answer["device_code"]
        self.device = devices.find_device(self.world.visitor, answer["user_code"])

    def poll(self) -> Any:
        form = {
            "grant_type": DEVICE_CODE,
            "device_code": self.device_code,
            "client_id": self.party.application.client_id,
        }
        return exchange(self.world.visitor, self.party.application, form=urlencode(form), headers={})


@pytest.mark.django_db(transaction=True)
def test_of_eight_polls_at_once_one_gets_the_tokens_and_they_live() -> None:
    waiting = Waiting()
    devices.approve_device(waiting.world.visitor, waiting.device, waiting.session)
    finish = race(waiting.poll, times=8)
    assert len(finish.won) == 1
    assert {refusal.code for refusal in finish.refused} == {"invalid_grant"}
    device_tokens = AccessToken.objects.filter(application=waiting.party.application)
    assert [token.revoked_at for token in device_tokens] == [None]
    assert RefreshToken.objects.filter(application=waiting.party.application).count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_many_answers_at_once_the_first_counts() -> None:
    waiting = Waiting()
    race(
        lambda: devices.approve_device(waiting.world.visitor, waiting.device, waiting.session),
        lambda: devices.deny_device(waiting.world.visitor, waiting.device, waiting.session),
        times=4,
    )
    row = DeviceGrant.objects.get()
    grants = Grant.objects.filter(application=waiting.party.application).count()
    assert (row.status, grants) in ((DeviceGrant.AUTHORIZED, 1), (DeviceGrant.DENIED, 0))


@pytest.mark.django_db(transaction=True)
def test_who_is_signed_out_in_the_same_moment_approves_nothing_after_that() -> None:
    waiting = Waiting()
    race(
        lambda: devices.approve_device(waiting.world.visitor, waiting.device, waiting.session),
        lambda: sessions.sign_out(waiting.world.visitor, waiting.session),
    )
    with pytest.raises((devices.SignedOut, devices.CodeUnknown)):
        devices.approve_device(waiting.world.visitor, waiting.device, waiting.session)
    approved = DeviceGrant.objects.filter(status=DeviceGrant.AUTHORIZED).count()
    assert Grant.objects.filter(application=waiting.party.application).count() == approved


def test_the_browsers_flow_is_its_own(shop: Shop, device: Device) -> None:
    """Somebody else's browser cannot finish the sign-in that this one began."""
    device.start()
    sent = shop.browser.get(page_of(shop, device.started["user_code"]))
    assert cookies.flow_cookie() in sent.cookies
    assert Browser().get(doors.path_of(sent["Location"])).status_code in (404, 410)
