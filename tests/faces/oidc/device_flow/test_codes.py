"""The two codes of a device, and guessing them (RFC 8628 §3.1, §3.2, §5.1)."""

from typing import Any

import pytest
from django.test import Client as Browser

from apps.applications.models import DeviceGrant
from apps.applications.protocol import DEVICE_CODE
from apps.applications.services import applications
from apps.authenticators import services as authenticators
from apps.events.types import EventType
from apps.tokens import device_codes
from tests import ceremonies, record
from tests.faces.oidc.device_flow.television import FORMAT, Device, page_of, television
from tests.faces.oidc.shop import FORM, Shop

pytestmark = pytest.mark.django_db


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
