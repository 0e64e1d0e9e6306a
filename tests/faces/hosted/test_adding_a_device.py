"""The pages of two devices, of which one lets the other in: what each shows, and that looking does nothing."""

import json
import re
from typing import Any

import pytest
from django.test import Client

from apps.authentication.models import AdditionState, ArrivingDevice, DeviceAddition
from apps.core import secrets
from apps.credentials.models import CredentialBindingJob
from apps.web import cookies
from tests import additions, ceremonies
from tests.additions import PHONE, Person, shown
from tests.faces.hosted.test_me_page import browser_of, grow_stale, home
from tests.isolation import atlas
from tests.world import World

pytestmark = pytest.mark.django_db

IMPORT = "/authenticator/import"


@pytest.fixture
def bob(world: World) -> Person:
    additions.let_devices_in(world)
    return Person.of(world)


@pytest.fixture
def laptop(bob: Person) -> Client:
    return browser_of(bob)


@pytest.fixture
def phone() -> Client:
    return Client(headers={"User-Agent": PHONE.user_agent}, REMOTE_ADDR=PHONE.ip)


def begin(world: World, laptop: Client) -> DeviceAddition:
    assert laptop.post(f"{home(world)}/devices", {"action": "begin"}).status_code == 302
    return DeviceAddition.objects.latest("id")


def approve(world: World, bob: Person, laptop: Client, addition: DeviceAddition, **lies: Any) -> Any:
    addition.refresh_from_db()
    proof = bob.passkey.get(secrets.from_base64url(addition.nonce), origin=ceremonies.origin(), **lies)
    body = json.dumps({"addition_id": str(addition.pk), "proof": proof, "signals": {"platform": "macOS"}})
    return laptop.post(f"{home(world)}/devices/approve", body, content_type="application/json")


def state_at(browser: Client, path: str) -> str:
    return browser.get(path).json()["state"]


def test_the_new_device_types_the_code_and_is_let_in(world: World, bob: Person, laptop: Client, phone: Client) -> None:
    addition = begin(world, laptop)
    page = laptop.get(f"{home(world)}/devices").content.decode()
    assert shown(addition) in page
    assert "<svg role=" in page, "the QR code"
    phone.post(IMPORT, {"action": "enter", "code": shown(addition)})
    assert "Approve on your other device" in phone.get(IMPORT).content.decode()
    assert state_at(laptop, f"{home(world)}/devices/state") == "CLAIMED"
    asked = laptop.get(f"{home(world)}/devices").content.decode()
    assert "Chrome on Android" in asked
    assert PHONE.ip in asked
    assert "another network" in asked
    assert approve(world, bob, laptop, addition).json() == {"type": "allow"}
    assert state_at(phone, f"{IMPORT}/state") == "APPROVED"
    assert "You are let in" in phone.get(IMPORT).content.decode()
    link = phone.post(IMPORT, {"action": "go"})["Location"]
    page_url = phone.get(link)["Location"]
    assert "Create your passkey" in phone.get(page_url).content.decode()
    assert Client().get(page_url).status_code == 401, "the link is this browser's alone"
    assert phone.post(IMPORT, {"action": "go"}).status_code == 410


def test_the_old_device_types_the_code(world: World, bob: Person, laptop: Client, phone: Client) -> None:
    phone.post(IMPORT, {"action": "show"})
    arrival = ArrivingDevice.objects.get()
    assert shown(arrival) in phone.get(IMPORT).content.decode()
    response = laptop.post(f"{home(world)}/devices", {"action": "enter", "code": shown(arrival)})
    assert response.status_code == 302
    assert state_at(phone, f"{IMPORT}/state") == "CLAIMED"
    laptop.post(f"{home(world)}/devices", {"action": "deny"})
    assert "said no" in phone.get(IMPORT).content.decode()
    assert approve(world, bob, laptop, DeviceAddition.objects.get()).status_code == 410


def test_a_scanned_code_is_put_into_the_field_and_not_entered(world: World, laptop: Client, phone: Client) -> None:
    """Cameras and mail scanners open links."""
    addition = begin(world, laptop)
    phone.post(IMPORT, {"action": "show"})
    before = atlas.fingerprint(world.acme.tenant.pk)
    for _ in range(3):
        page = phone.get(f"{IMPORT}?code={shown(addition)}").content.decode()
        assert f'value="{shown(addition)}"' in page
        here = laptop.get(f"/authenticator/add?code={shown(ArrivingDevice.objects.get())}")
        assert here["Location"].startswith(f"{home(world)}/devices?code=")
        assert laptop.get(here["Location"]).status_code == 200
        phone.head(IMPORT)
    assert atlas.fingerprint(world.acme.tenant.pk) == before
    assert DeviceAddition.objects.get().state == AdditionState.OPEN


def test_looking_makes_no_rows_for_strangers(world: World) -> None:
    for path in (IMPORT, f"{IMPORT}/state", "/authenticator/add?code=222-222-222", f"{IMPORT}?code=<script>"):
        assert Client().get(path).status_code == 200
    assert not ArrivingDevice.objects.exists()
    assert "not signed in" in Client().get("/authenticator/add?code=222-222-222").content.decode()


def test_after_five_wrong_codes_the_browser_begins_again(world: World, laptop: Client, phone: Client) -> None:
    addition = begin(world, laptop)
    for number in range(5):
        response = phone.post(IMPORT, {"action": "enter", "code": "222-222-222"})
        assert response.status_code == (410 if number == 4 else 422)
    assert "Too many wrong codes" in response.content.decode()
    page = laptop.post(f"{home(world)}/devices", {"action": "enter", "code": "222-222-222"})
    assert page.status_code == 422
    assert shown(addition) in page.content.decode(), "its own code goes on being good"


def test_one_address_guesses_twenty_times_however_many_browsers_it_is(world: World) -> None:
    answers = [Client().post(IMPORT, {"action": "enter", "code": "222-222-222"}).status_code for _ in range(22)]
    assert answers[:20] == [422] * 20
    assert answers[20:] == [429] * 2


def test_a_wrong_proof_gets_the_next_challenge_and_one_sentence(
    world: World, bob: Person, laptop: Client, phone: Client
) -> None:
    addition = begin(world, laptop)
    phone.post(IMPORT, {"action": "enter", "code": shown(addition)})
    denied = approve(world, bob, laptop, addition, tamper="signature").json()
    assert (denied["type"], denied["code"], denied["message"]) == ("deny", "proof_refused", "")
    addition.refresh_from_db()
    assert denied["nonce"] == addition.nonce
    assert approve(world, bob, laptop, addition).json() == {"type": "allow"}


@pytest.mark.parametrize(
    "body", ["", "[]", "{}", "null", '{"addition_id": 7}', '{"addition_id": "x", "proof": []}', '{"a":1,"a":2}', "\x00"]
)
def test_what_is_no_approval_is_refused_and_breaks_nothing(world: World, laptop: Client, body: str) -> None:
    begin(world, laptop)
    response = laptop.post(f"{home(world)}/devices/approve", body, content_type="application/json")
    assert response.status_code in (400, 404)


def test_nobody_approves_what_another_began(world: World, bob: Person, laptop: Client, phone: Client) -> None:
    addition = begin(world, laptop)
    phone.post(IMPORT, {"action": "enter", "code": shown(addition)})
    carol = Person.of(world, world.acme.customers.carol)
    assert approve(world, carol, browser_of(carol), addition).status_code == 404
    assert Client().post(f"{home(world)}/devices/approve", "{}", content_type="application/json").status_code == 401


def test_begun_with_a_fresh_proof_it_may_be_finished_a_little_later(
    world: World, bob: Person, laptop: Client, phone: Client
) -> None:
    begin(world, laptop)
    grow_stale(bob)
    assert laptop.get(f"{home(world)}/devices").status_code == 200
    assert "/bi-authenticate" in laptop.post(f"{home(world)}/devices", {"action": "begin"})["Location"]


def test_a_job_of_an_added_device_is_bound_in_its_own_browser_alone(
    world: World, bob: Person, laptop: Client, phone: Client
) -> None:
    addition = begin(world, laptop)
    phone.post(IMPORT, {"action": "enter", "code": shown(addition)})
    approve(world, bob, laptop, addition)
    link = phone.post(IMPORT, {"action": "go"})["Location"]
    token = ceremonies.token_of(link)
    path = re.sub(r":invoke.*", ":bind", link.removeprefix(ceremonies.origin()))
    elsewhere = Client().post(path, "{}", content_type="application/json", headers={"Authorization": f"Bearer {token}"})
    assert elsewhere.status_code == 401
    assert CredentialBindingJob.objects.get(reason="additional").state != "COMPLETE"


def test_the_code_is_renewed_on_demand_and_the_page_can_be_left(world: World, laptop: Client, phone: Client) -> None:
    addition = begin(world, laptop)
    first = shown(addition)
    laptop.post(f"{home(world)}/devices", {"action": "renew"})
    assert first not in laptop.get(f"{home(world)}/devices").content.decode()
    phone.post(IMPORT, {"action": "show"})
    assert phone.cookies[cookies.arrival_cookie()]["httponly"]
    phone.post(IMPORT, {"action": "renew"})
    phone.post(IMPORT, {"action": "leave"})
    assert "Show a code on this device" in phone.get(IMPORT).content.decode()
    laptop.post(f"{home(world)}/devices", {"action": "cancel"})
    addition.refresh_from_db()
    assert addition.state == AdditionState.CANCELLED
