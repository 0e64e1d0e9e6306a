"""A device without a browser, and the person with one elsewhere (RFC 8628)."""

import re
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.test import Client as Browser

from apps.applications.protocol import DEVICE_CODE
from apps.applications.services import applications
from tests import ceremonies
from tests.authenticator import SoftPasskey
from tests.ceremonies import Client
from tests.faces import doors
from tests.faces.oidc.shop import FORM, Shop
from tests.world import World

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
