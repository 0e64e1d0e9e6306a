"""A device that polls (RFC 8628 §3.4, §3.5), also many at once."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
import time_machine
from django.test import Client as Browser

from apps.applications.models import AccessToken, DeviceGrant, Grant, RefreshToken
from apps.applications.protocol import DEVICE_CODE
from apps.applications.services import applications
from apps.authentication import devices, sessions
from apps.authentication.services import sessions as sessions_verbs
from apps.events.types import EventType
from apps.tokens.services.exchange import exchange
from apps.web import cookies
from tests import ceremonies, record
from tests.ceremonies import Client
from tests.faces import doors
from tests.faces.oidc.device_flow.television import Device, answer, approve, page_of, sign_in_elsewhere, television
from tests.faces.oidc.shop import FORM, Shop
from tests.racing import race
from tests.world import build, web

pytestmark = pytest.mark.django_db


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
        lambda: sessions_verbs.sign_out(waiting.world.visitor, waiting.session),
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
