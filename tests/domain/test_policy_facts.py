"""What rules are told of a person's past and of where they are: devices, addresses, failures, travel (extensions.md §6)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.authentication import services as authentication
from apps.core import secrets
from apps.core.context import Client, Context
from apps.credentials import devices, history
from apps.credentials.models import FailedAttempt, Sighting
from apps.credentials.services.passkeys import ProofRefused
from apps.events.types import EventType
from apps.policy import services as policy
from apps.policy.services import PolicyDenied
from tests import ceremonies, record
from tests.authenticator import SoftPasskey
from tests.world import DESK, World

pytestmark = pytest.mark.django_db

BERLIN, SYDNEY = (52.52, 13.4), (-33.87, 151.21)


def at(ctx: Context, *, days: float = 0, **client: Any) -> Context:
    return replace(ctx, now=ctx.now + timedelta(days=days), client=replace(DESK, **client))


@pytest.fixture
def passkey(world: World) -> SoftPasskey:
    """Bob's, who never signed in with it. Binding it was the first that was seen of him."""
    made = ceremonies.give_passkey(world, world.bob)
    Sighting.objects.all().delete()
    return made


@pytest.fixture
def sign_in(world: World, passkey: SoftPasskey) -> Callable[..., dict[str, Any]]:
    """Signs Bob in and tells what the policy was told."""

    def run(days: float = 0, lies: Any = None, **client: Any) -> dict[str, Any]:
        ctx = at(world.visitor, days=days, **client)
        flow = ceremonies.begin(ctx, ceremonies.client_of(world))
        ceremonies.prove(ctx, flow, passkey, **(lies or {}))
        return record.last(world.realm, EventType.POLICY_EVALUATION).data["input"]["attributes"]

    return run


def news(told: dict[str, Any]) -> tuple[bool, bool]:
    return told["device.is_new"], told["request.ip_is_new"]


def test_a_device_and_an_address_are_new_once_in_a_year(sign_in: Callable[..., dict[str, Any]]) -> None:
    assert news(sign_in()) == (True, True)
    assert news(sign_in(days=0.1)) == (False, False)
    assert news(sign_in(days=0.2, ip="198.51.100.4")) == (False, True)
    assert news(sign_in(days=364)) == (False, False)
    assert news(sign_in(days=364, ip="198.51.100.4")) == (False, False)
    assert news(sign_in(days=730.5)) == (True, True)


def test_a_newer_browser_is_the_same_device_and_another_is_not(sign_in: Callable[..., dict[str, Any]]) -> None:
    sign_in()
    assert news(sign_in(user_agent=DESK.user_agent.replace("142", "150")))[0] is False
    assert news(sign_in(user_agent="Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"))[0] is True
    assert "device.is_new" not in sign_in(user_agent="")


def test_of_an_ipv6_address_the_network_counts(sign_in: Callable[..., dict[str, Any]]) -> None:
    sign_in(ip="2001:db8:1:2::1")
    assert news(sign_in(ip="2001:db8:1:2:ffff::9"))[1] is False
    assert news(sign_in(ip="2001:db8:1:3::1"))[1] is True


def test_one_persons_devices_say_nothing_of_anothers(world: World, sign_in: Callable[..., dict[str, Any]]) -> None:
    sign_in()
    here = {"request.ip": DESK.ip, "device.platform": "macos", "browser.name": "chrome"}
    assert history.past_of(world.ctx, world.acme.customers.carol, here).facts["request.ip_is_new"] is True
    assert history.past_of(world.ctx, world.bob, here).facts["request.ip_is_new"] is False


def test_what_is_seen_every_day_is_written_once_a_day(sign_in: Callable[..., dict[str, Any]]) -> None:
    for _ in range(3):
        sign_in()
    assert Sighting.objects.count() == 2
    sign_in(days=1.5)
    assert Sighting.objects.count() == 4


def test_who_is_refused_leaves_no_device_behind(world: World, sign_in: Callable[..., dict[str, Any]]) -> None:
    policy.save_draft(world.ctx, world.realm, [])
    policy.publish_draft(world.ctx, world.realm)
    for _ in range(2):
        with pytest.raises(PolicyDenied):
            sign_in()
        assert news(record.last(world.realm, EventType.POLICY_EVALUATION).data["input"]["attributes"]) == (True, True)
    assert not Sighting.objects.exists()
    assert not FailedAttempt.objects.exists()  # denied, and not for a wrong proof


def test_failures_count_for_the_person_and_for_the_address_for_an_hour(
    world: World, sign_in: Callable[..., dict[str, Any]]
) -> None:
    assert sign_in()["risk.failed_attempts_1h"] == 0
    for address in (DESK.ip, "198.51.100.4"):
        with pytest.raises(ProofRefused):
            sign_in(lies={"challenge": b"another"}, ip=address)
    stranger = ceremonies.begin(at(world.visitor), ceremonies.client_of(world))
    with pytest.raises(ProofRefused):
        ceremonies.prove(at(world.visitor), stranger, SoftPasskey())  # nobody's, from the same address
    assert sign_in()["risk.failed_attempts_1h"] == 3
    assert sign_in(ip="192.0.2.1")["risk.failed_attempts_1h"] == 2
    assert sign_in(days=0.05)["risk.failed_attempts_1h"] == 0


def test_how_fast_somebody_travels(sign_in: Callable[..., dict[str, Any]]) -> None:
    assert "risk.travel_speed_kmh" not in sign_in(location=BERLIN)
    assert sign_in(location=BERLIN, days=0.5)["risk.travel_speed_kmh"] == 0
    fast = sign_in(location=SYDNEY, ip="198.51.100.4", days=0.5 + 1 / 24)["risk.travel_speed_kmh"]
    assert 15_000 < fast < 17_000
    slow = sign_in(location=BERLIN, days=10)["risk.travel_speed_kmh"]
    assert 50 < slow < 80
    assert "risk.travel_speed_kmh" not in sign_in(days=11)


def test_all_of_it_costs_one_statement_and_writing_it_down_none(world: World, passkey: SoftPasskey) -> None:
    here = {"request.ip": DESK.ip, "device.platform": "macos", "browser.name": "chrome"}
    with CaptureQueriesContext(connection) as captured:
        past = history.past_of(world.ctx, world.acme.customers.carol, here)
    assert len(captured) == 1
    assert past.group_ids == (world.acme.customers.contractors.pk,)
    assert (past.credential_count, len(past.unseen)) == (0, 2)


def test_an_evaluation_adds_one_statement_to_a_sign_in_which_tells_the_rules_in_force_too(
    world: World, sign_in: Callable[..., dict[str, Any]]
) -> None:
    sign_in()
    with CaptureQueriesContext(connection) as captured:
        sign_in()
    tables = ("policy_policyversion", "FROM credentials_sighting", "credentials_failedattempt", "directory_groupmember")
    read = [each["sql"] for each in captured if any(table in each["sql"] for table in tables)]
    assert len(read) == 1, read
    policy.save_draft(world.ctx, world.realm, [])
    policy.publish_draft(world.ctx, world.realm)
    with pytest.raises(PolicyDenied):
        sign_in()
    assert record.last(world.realm, EventType.POLICY_EVALUATION).data["policy_version"] == 2


def test_what_is_too_old_to_matter_is_forgotten(world: World, sign_in: Callable[..., dict[str, Any]]) -> None:
    sign_in()
    with pytest.raises(ProofRefused):
        sign_in(lies={"challenge": b"another"})
    assert history.forget(at(world.ctx, days=2)) == 1
    assert history.forget(at(world.ctx, days=366)) == 2


@pytest.mark.parametrize(
    ("said", "known"),
    [("1.4.2", "1.4.2"), ("", None), ("python-1.0", None), (None, None), (["1.0"], None), (7, None), ("1." * 40, None)],
)
def test_an_authenticators_version_is_its_own_word(
    world: World, passkey: SoftPasskey, said: object, known: str | None
) -> None:
    flow = ceremonies.begin(world.visitor, ceremonies.client_of(world))
    answer = passkey.get(secrets.from_base64url(flow.nonce), origin=ceremonies.origin())
    authentication.authenticate(world.visitor, flow, answer, signals={"authenticator_version": said})
    told = record.last(world.realm, EventType.POLICY_EVALUATION).data["input"]["attributes"]
    assert told.get("authenticator.version") == known


@pytest.mark.parametrize(
    ("hints", "expected"),
    [
        ({}, {"device.platform": "macos", "device.os_version": "10.15.7", "browser.name": "chrome"}),
        ({"sec-ch-ua-platform": '"macOS"', "sec-ch-ua-platform-version": '"14.5.0"'}, {"device.os_version": "14.5.0"}),
        (
            {"sec-ch-ua-platform": '"Windows"', "sec-ch-ua-platform-version": '"15.0.0"'},
            {"device.platform": "windows", "device.os_version": "11"},
        ),
        (
            {"sec-ch-ua-platform": '"Windows"', "sec-ch-ua-platform-version": '"10.0.0"'},
            {"device.platform": "windows", "device.os_version": "10"},
        ),
        (
            {"sec-ch-ua": '"Chromium";v="142", "Microsoft Edge";v="142", "Not?A_Brand";v="24"'},
            {"browser.name": "edge", "browser.version": "142"},
        ),
        (
            {"sec-ch-ua-full-version-list": '"Chromium";v="142.0.1.2", "Not A;Brand";v="99.0"'},
            {"browser.name": "chromium", "browser.version": "142.0.1.2"},
        ),
        ({"sec-ch-ua-platform": "\udcff" * 900, "sec-ch-ua": '"' * 5000}, {"device.platform": "macos"}),
    ],
)  # fmt: skip
def test_client_hints_are_finer_than_the_user_agent_and_win(hints: dict[str, str], expected: dict[str, Any]) -> None:
    told = devices.describe(DESK.user_agent, hints)
    assert {name: told.get(name) for name in expected} == expected


def test_who_says_nothing_of_a_device_has_none() -> None:
    assert devices.describe("") == {}
    assert Client().hints == {}
