"""What goes with a realm or a stream, what is cleared, and what retention took (contract/extensions.md §7)."""

from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine

from apps.core.errors import NotFound
from apps.events import retention, sealing
from apps.events.types import EventType
from apps.realms import services as realms
from apps.streams import batches, delivering, services, trials
from apps.streams.models import Delivery, DeliveryState, EventStream
from apps.streams.selectors import get_event_stream
from tests import record as auditor
from tests.domain.test_stream_kinds import deliver, happen, states, stream_to
from tests.siems import Siem
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


def test_what_retention_took_is_given_up_or_passed_over_and_holds_up_nothing(
    world: World, siem: Siem, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "_LOOKED_AT", 4)
    stream = stream_to(world, siem)
    happen(world, 2)
    siem.moods = ["fail"]
    deliver(stream)
    services.update_event_stream(world.request, stream, enabled=False)
    happen(world, 9)
    sealing.run()
    later = world.ctx.now + timedelta(days=91)
    retention.purge(replace(world.ctx, now=later), {})
    services.update_event_stream(world.request, stream, enabled=True)
    wanted = happen(world, 1)
    deliver(stream)
    assert states(stream)[0] == DeliveryState.DEAD
    assert Delivery.objects.filter(stream=stream, problem="its events are no longer kept").count() == 1
    assert siem.ids[-1:] == wanted


def test_a_test_event_is_sent_at_once_and_leaves_its_own(world: World, siem: Siem) -> None:
    stream = stream_to(world, siem)
    services.update_event_stream(world.request, stream, enabled=False)
    told = trials.send_test_event(world.request, stream)
    assert (told.problem, told.status_code) == ("", 204)
    assert (siem.taken[-1]["data"], siem.wrong) == ({"action": "TEST"}, [])
    siem.moods = ["fail"]
    assert trials.send_test_event(world.request, stream).problem == "it answered 503"
    told_of = [(e.data["action"], e.outcome) for e in auditor.events(world.realm, EventType.EVENT_STREAM_CHANGE)][-2:]
    assert told_of == [("TEST", "SUCCESS"), ("TEST", "FAILED_TO_SEND")]


def test_a_realm_goes_with_its_streams_and_a_stream_with_its_log(world: World, siem: Siem) -> None:
    from apps.onboarding import services as onboarding

    empty = onboarding.create_realm(world.request, world.acme.tenant, world.acme.admin_realm, display_name="Empty")
    for _ in range(2):
        made = services.create_event_stream(
            world.request, empty, display_name="Security", type="webhook", settings=siem.settings
        )
        deliver(made.stream)
    services.delete_event_stream(world.request, made.stream)
    assert Delivery.objects.filter(realm=empty).count() == 1
    realms.delete_realm(world.request, empty, world.acme.admin_realm)
    assert not EventStream.objects.filter(realm_id=empty.pk).exists()
    with pytest.raises(NotFound):
        get_event_stream(world.acme.staff.realm, stream_to(world, siem).pk)


def test_a_realm_has_so_many_streams_and_no_more(world: World, siem: Siem, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "STREAMS_LIMIT", 1)
    stream_to(world, siem)
    with pytest.raises(services.TooManyStreams):
        stream_to(world, siem)


def test_the_log_is_cleared_of_what_is_long_over_and_of_nothing_else(world: World, siem: Siem) -> None:
    stream = stream_to(world, siem)
    happen(world, 1)
    siem.moods = ["fail"]
    deliver(stream)
    with time_machine.travel(stream.created_at + timedelta(days=91)):
        assert delivering.forget() == 1
    assert list(Delivery.objects.values_list("state", flat=True)) == [DeliveryState.FAILED]
