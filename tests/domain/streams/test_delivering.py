"""Streams from the record to their target: what is chosen, whose turn it is, what is given up and sent again
(contract/extensions.md §7)."""

import threading
import uuid
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection

from apps.core.errors import Invalid
from apps.events import sealing
from apps.events.attempt import record
from apps.events.models import Event
from apps.events.types import EventType
from apps.streams import batches, delivering, services
from apps.streams import record as walked
from apps.streams.models import Delivery, DeliveryState, EventStream
from apps.streams.selectors import health_of
from tests import record as auditor
from tests import siems
from tests.domain.streams.made import create, create_in
from tests.domain.test_stream_kinds import deliver, happen, states, stream_to
from tests.siems import Siem
from tests.waiting import PATIENCE_SECONDS, until
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_stream_begins_now_and_tells_of_its_own_realm_alone(world: World, siem: Siem) -> None:
    happen(world, 3)
    stream = create(world, "webhook", **siem.settings)
    record(world.request, EventType.USERINFO_READ, world.evil.customers.realm)
    record(world.request, EventType.USERINFO_READ, world.acme.staff.realm)
    wanted = happen(world, 1)
    deliver(stream)
    assert [event["type"] for event in siem.taken] == ["EVENT_STREAM_CHANGE", "USERINFO_READ"]
    assert siem.ids[-1:] == wanted
    assert {event["realm_id"] for event in siem.taken} == {world.realm.pk}


def test_what_is_sealed_while_a_stream_looks_is_not_passed_over(world: World) -> None:
    """Between the look for events and the look at how far the log is."""
    position = walked.position_now(world.realm.pk)
    late: list[str] = []

    def seal_behind_its_back(execute: Any, sql: str, *given: Any) -> Any:
        found = execute(sql, *given)
        if not late and "events_seal" in sql:
            late.append("")
            late[:] = happen(world, 1)
            sealing.run()
        return found

    with connection.execute_wrapper(seal_behind_its_back):
        first = walked.events_after(world.realm.pk, position, 100)
    second = walked.events_after(world.realm.pk, first.end, 100)
    assert [str(each.event.pk) for each in (*first.events, *second.events)] == late


def test_a_filter_chooses_and_what_it_leaves_out_is_passed_over(
    world: World, siem: Siem, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "_LOOKED_AT", 4)
    stream = stream_to(world, siem)
    services.update_event_stream(world.request, stream, types=["POLICY_CHANGE"], outcomes=["SUCCESS"])
    happen(world, 10)
    record(world.request, EventType.POLICY_CHANGE, world.realm, outcome="CONFLICT")
    record(world.request, EventType.POLICY_CHANGE, world.realm)
    happen(world, 10)
    deliver(stream)
    assert [(event["type"], event["outcome"]) for event in siem.taken] == [("POLICY_CHANGE", "SUCCESS")]
    assert deliver(stream) == 0


def test_a_stream_of_alerts_gets_what_a_rule_alerts_of_and_nothing_else(world: World, siem: Siem) -> None:
    stream = stream_to(world, siem)
    services.update_event_stream(world.request, stream, alerts_only=True)
    record(world.request, EventType.POLICY_EVALUATION, world.realm, outcome="ALLOW")
    record(world.request, EventType.POLICY_EVALUATION, world.realm, outcome="ALLOW", alert=["travel"])
    record(world.request, EventType.USERINFO_READ, world.realm, alert=["not one"])
    siem.moods = ["fail"]
    deliver(stream)
    services.update_event_stream(world.request, stream, alerts_only=False)
    deliver(stream)  # a batch that waits is what it was when it was made
    assert [event["data"] for event in siem.taken if event["type"] != "EVENT_STREAM_CHANGE"] == [{"alert": ["travel"]}]


def test_a_stream_that_would_never_send_anything_is_refused(world: World, siem: Siem) -> None:
    stream = stream_to(world, siem)
    with pytest.raises(Invalid) as refused:
        services.update_event_stream(world.request, stream, alerts_only=True, types=["POLICY_CHANGE"])
    assert [each.field for each in refused.value.violations] == ["event_stream.filter.types"]
    services.update_event_stream(world.request, stream, alerts_only=True, types=["POLICY_EVALUATION"])


def test_batches_hold_so_many_events_and_so_many_bytes(
    world: World, siem: Siem, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = stream_to(world, siem)
    monkeypatch.setattr(batches, "EVENTS", 3)
    wanted = happen(world, 7)
    assert deliver(stream) == 3
    monkeypatch.setattr(batches, "BYTES", 1500)
    wanted += happen(world, 4)
    deliver(stream)
    assert siem.ids == wanted
    counts = list(
        Delivery.objects.filter(stream=stream).order_by("first_position").values_list("event_count", flat=True)
    )
    assert counts[1:4] == [3, 3, 1]
    assert max(counts[4:]) <= 2
    assert len(set(siem.batches)) == len(siem.batches)


def test_an_event_that_commits_after_a_later_one_is_not_passed_over(world: World, siem: Siem) -> None:
    """Its id is the smaller one, for it was made first."""
    stream = stream_to(world, siem)
    early = Event(
        tenant_id=world.realm.tenant_id, realm_id=world.realm.pk, type=EventType.USERINFO_READ, occurred_at=world.ctx.now,
        recorded_at=world.ctx.now, correlation_id="late", outcome="SUCCESS", actor_type="system",
    )  # fmt: skip
    (later,) = happen(world, 1)
    deliver(stream)
    early.save(force_insert=True)
    deliver(stream)
    assert str(early.pk) < later
    assert siem.ids == [later, str(early.pk)]


def test_after_a_day_a_batch_is_dead_the_stream_goes_on_and_a_replay_brings_it_back(world: World, siem: Siem) -> None:
    stream = stream_to(world, siem)
    first = happen(world, 2)
    siem.moods = ["fail", "fail"]
    deliver(stream)
    second = happen(world, 1)
    now = Delivery.objects.filter(stream=stream).latest("id").first_tried_at
    assert now
    with time_machine.travel(now + timedelta(hours=24, seconds=1)):
        assert deliver(stream) == 0
        assert states(stream) == [DeliveryState.DEAD]
        assert deliver(stream) >= 1
        assert [each for each in siem.ids if each in (*first, *second)] == second
        assert health_of(stream)[stream.pk].dead == 1
        told = auditor.last(world.realm, EventType.EVENT_STREAM_CHANGE)
        assert (told.data["action"], told.outcome, told.data["events"]) == ("DEAD_LETTER", "FAILED_TO_SEND", 2)
        assert services.replay_dead_letters(world.request, stream) == 1
        deliver(stream)
    assert [each for each in siem.ids if each in (*first, *second)] == [*second, *first]
    assert services.replay_dead_letters(world.request, stream) == 0


def test_a_target_that_was_down_for_less_than_a_day_misses_nothing(world: World, siem: Siem) -> None:
    stream = stream_to(world, siem)
    wanted: list[str] = []
    began = stream.created_at
    siem.moods = ["fail"] * 5
    for hour in range(0, 20, 4):
        with time_machine.travel(began + timedelta(hours=hour)):
            wanted += happen(world, 2)
            assert deliver(stream) == 0
    with time_machine.travel(began + timedelta(hours=23)):
        deliver(stream)
    assert siem.ids == wanted
    assert set(states(stream)) == {DeliveryState.DELIVERED}


def test_a_paused_stream_keeps_its_place(world: World, siem: Siem) -> None:
    stream = stream_to(world, siem)
    services.update_event_stream(world.request, stream, enabled=False)
    wanted = happen(world, 2)
    assert deliver(stream) == 0
    assert delivering.waiting_streams() == []
    services.update_event_stream(world.request, stream, enabled=True)
    deliver(stream)
    assert [each for each in siem.ids if each in wanted] == wanted
    actions = [event.data["action"] for event in auditor.events(world.realm, EventType.EVENT_STREAM_CHANGE)]
    assert actions == ["CREATE", "PAUSE", "RESUME"]


def test_while_one_worker_is_at_a_stream_another_is_not_and_a_dead_ones_lease_ends(world: World, siem: Siem) -> None:
    stream = stream_to(world, siem)
    happen(world, 1)
    sealing.run()
    assert delivering._claim(stream.pk, uuid.uuid4()) is not None  # of a worker that was killed right after
    assert delivering.deliver(stream.pk) == 0
    with time_machine.travel(stream.created_at + delivering.LEASE + timedelta(seconds=5)):
        assert delivering.deliver(stream.pk) == 1
    assert len(siem.taken) == 1


def test_who_lost_the_lease_writes_nothing(world: World, siem: Siem) -> None:
    stream = stream_to(world, siem)
    happen(world, 1)
    sealing.run()
    ours = uuid.uuid4()
    claimed = delivering._claim(stream.pk, ours)
    assert claimed is not None
    cut = batches.next_of(world.ctx, claimed, ours)
    assert cut is not None
    EventStream.objects.filter(pk=stream.pk).update(lease_id=uuid.uuid4())
    assert not delivering._try(claimed, ours, cut)
    assert states(stream) == [DeliveryState.PENDING]
    assert not batches._move(claimed, ours, 99)


def test_a_stream_that_stalls_keeps_no_other_waiting(world: World, siem: Siem) -> None:
    with siems.listening("webhook") as slow:
        stalled, quick = stream_to(world, slow), stream_to(world, siem)
        slow.moods = ["stall"]
        happen(world, 1)
        sealing.run()
        arrived = threading.Event()
        take, siem.take = siem.take, lambda events: (take(events), arrived.set())  # type: ignore[assignment,method-assign]
        assert delivering.drain(wait_seconds=0.05) == 2
        assert arrived.wait(PATIENCE_SECONDS)
        assert delivering.drain(wait_seconds=0.05) <= 1
        assert stalled.pk != quick.pk
        assert slow.taken == []
    assert until(lambda: not delivering._busy), "its lane ends with the connection"


def test_streams_with_nothing_to_send_do_not_stand_in_front_of_one_that_has(
    world: World, siem: Siem, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivering, "_AT_ONCE", 1)
    idle, busy = stream_to(world, siem), create_in(world, world.acme.staff.realm, siem)
    deliver(busy)
    record(world.request, EventType.USERINFO_READ, busy.realm)
    deliver(idle)
    sealing.run()
    assert delivering.waiting_streams() == [busy.pk]


def test_a_bug_stops_one_stream_for_a_while_and_no_other(
    world: World, siem: Siem, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    stream = stream_to(world, siem)
    happen(world, 1)
    sealing.run()
    with monkeypatch.context() as broken:
        broken.setattr(batches, "next_of", lambda *_: 1 / 0)
        delivering._serve(stream.pk)
    assert "could not be served" in caplog.text
    assert delivering.waiting_streams() == []
    with time_machine.travel(stream.created_at + timedelta(minutes=2)):
        assert delivering.waiting_streams() == [stream.pk]
