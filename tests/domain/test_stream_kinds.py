"""Every kind of target keeps the same promises, against servers that behave as badly as real ones do: at least once, in
order, the same batch again until it is taken (contract/extensions.md §7). What is particular to a kind stands below."""

import ssl
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from apps.core import outgoing
from apps.events import sealing
from apps.events.attempt import record
from apps.events.models import Event
from apps.events.types import EventType
from apps.streams import delivering, services
from apps.streams.kinds import KINDS, webhook
from apps.streams.kinds.kind import Batch
from apps.streams.models import Delivery, DeliveryState, EventStream
from tests import siems
from tests.domain.test_asking_other_servers import certificate  # noqa: F401 - a fixture
from tests.siems import Siem
from tests.waiting import until
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)  # what is not committed has no place in the log


@pytest.fixture(autouse=True)
def _own_network(settings: Any) -> None:
    settings.EVENT_STREAM_ALLOW_PRIVATE = True


@pytest.fixture(params=siems.KINDS)
def siem(request: pytest.FixtureRequest) -> Iterator[Siem]:
    with siems.listening(request.param) as listening:
        yield listening


def stream_to(world: World, siem: Siem, **further: Any) -> EventStream:
    made = services.create_event_stream(
        world.request, world.realm, display_name="Security", type=siem.kind, settings={**siem.settings, **further}
    )
    deliver(made.stream)  # its own creation, which is the first thing that it tells
    siem.taken.clear()
    return made.stream


def happen(world: World, count: int) -> list[str]:
    """So many events in Bob's realm; their ids in order."""
    for number in range(count):
        record(world.request, EventType.USERINFO_READ, world.realm, number=number)
    newest = Event.objects.filter(realm_id=world.realm.pk).order_by("-id")[:count]
    return [str(event.pk) for event in newest][::-1]


def deliver(stream: EventStream) -> int:
    """As if the sealer had been there and the time had come."""
    sealing.run()
    EventStream.objects.filter(pk=stream.pk).update(next_try_at=stream.created_at)
    return delivering.deliver(stream.pk)


def states(stream: EventStream) -> list[str]:
    return list(Delivery.objects.filter(stream=stream).order_by("first_position").values_list("state", flat=True))[1:]


def test_there_is_a_receiver_for_every_kind() -> None:
    assert set(KINDS) == set(siems.KINDS)


def test_events_arrive_whole_and_in_order(world: World, siem: Siem) -> None:
    stream = stream_to(world, siem)
    wanted = happen(world, 5)
    assert deliver(stream) == 1
    assert siem.ids == wanted
    assert siem.taken[0]["actor"]["display_name"] == "Ada Admin"
    assert (states(stream), siem.wrong) == ([DeliveryState.DELIVERED], [])
    assert deliver(stream) == 0


@pytest.mark.parametrize("mood", ["fail", "refuse", "stall"])
def test_what_was_not_taken_comes_again_and_nothing_passes_it(
    world: World, siem: Siem, mood: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = stream_to(world, siem)
    wanted = happen(world, 3)
    siem.moods, before = [mood] * 9, siem.requests
    with monkeypatch.context() as patch:
        if mood == "stall":  # on a busy machine it may be cut off before it has even been heard
            patch.setattr(outgoing, "SECONDS", 0.3)
        assert deliver(stream) == deliver(stream) == 0
    if siem.kind == "syslog":  # where who breaks off ends a line as everybody does, so it must have been heard by now
        assert until(lambda: siem.requests >= before + 2)
    siem.moods = []
    wanted += happen(world, 2)
    failing = EventStream.objects.get(pk=stream.pk)
    assert (states(stream), failing.failures) == ([DeliveryState.FAILED], 2)
    assert failing.failing_since
    assert failing.problem
    assert siem.taken == []
    assert deliver(stream) == 2
    assert siem.ids == wanted
    well = EventStream.objects.get(pk=stream.pk)
    assert (well.failures, well.failing_since, well.problem) == (0, None, "")


def test_a_target_that_takes_and_dies_before_it_says_so_gets_it_twice_and_can_tell(world: World, siem: Siem) -> None:
    stream = stream_to(world, siem)
    wanted = happen(world, 3)
    siem.moods = ["break"]
    siem.batches.clear()
    deliver(stream)
    deliver(stream)
    once = list(dict.fromkeys(siem.ids))
    assert once == wanted
    assert len(set(siem.batches)) <= 1
    assert states(stream) == [DeliveryState.DELIVERED]


def test_a_redirect_is_not_followed(world: World) -> None:
    with siems.listening("webhook") as siem, siems.listening("webhook") as canary:
        stream = stream_to(world, siem)
        happen(world, 1)
        siem.moods = ["redirect"]
        deliver(stream)
        assert (canary.requests, states(stream)) == (0, [DeliveryState.FAILED])


def test_a_rotated_webhook_secret_signs_beside_its_successor_for_a_day(world: World) -> None:
    with siems.listening("webhook") as siem:
        stream = stream_to(world, siem)
        made = services.rotate_secret(world.request, stream)
        happen(world, 1)
        deliver(stream)
        assert len(siem.taken) == 2
        assert siem.wrong == []  # the receiver still knows the earlier one alone
    secrets = {"secret": made.made["secret"], "earlier_secret": siems.SECRET, "earlier_until": 1000}
    sent = [Batch("id", at, [], siem.settings, secrets) for at in (999.0, 1001.0)]
    assert [len(webhook.word(each).headers["webhook-signature"].split()) for each in sent] == [2, 1]


def test_syslog_goes_over_tls_to_a_server_that_its_own_authority_vouches_for(
    world: World,
    certificate: Path,  # noqa: F811
) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    with siems.listening("syslog", tls) as siem:
        further = {"host": "localhost", "transport": "tls"}
        stream = stream_to(world, siem, **further)
        wanted = happen(world, 2)
        assert deliver(stream) == 0
        assert "SSLCertVerificationError" in EventStream.objects.get(pk=stream.pk).problem
        authority = certificate.read_text().partition("-----BEGIN CERT")
        trusting = {"ca_certificate": authority[1] + authority[2]}
        services.update_event_stream(world.request, stream, settings=trusting)
        assert deliver(stream) >= 1
        assert [each for each in siem.ids if each in wanted] == wanted


def test_back_off_counts_from_the_moment_of_the_try(world: World) -> None:
    with siems.listening("webhook") as siem:
        stream = stream_to(world, siem)
        happen(world, 1)
        siem.moods = ["fail"]
        deliver(stream)
        failed = EventStream.objects.get(pk=stream.pk)
        pause = failed.next_try_at - failed.failing_since
        assert timedelta(seconds=1) <= pause <= timedelta(seconds=1.3)
        assert delivering.deliver(stream.pk) == 0
        assert siem.requests == 2
