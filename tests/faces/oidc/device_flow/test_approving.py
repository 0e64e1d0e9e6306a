"""The person who approves a device (RFC 8628 §3.3)."""

from urllib.parse import urlsplit

import pytest
from django.test import Client as Browser

from apps.applications.models import Consent, DeviceGrant
from apps.authentication import devices
from apps.authentication.models import Session
from apps.events.types import EventType
from apps.policy import services as policy
from tests import ceremonies, record
from tests.domain.test_signing_in import publish, rule
from tests.faces.oidc.device_flow.television import (
    Device,
    answer,
    approve,
    page_of,
    sign_in_at,
    sign_in_elsewhere,
    television,
)
from tests.faces.oidc.shop import Shop

pytestmark = pytest.mark.django_db


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
