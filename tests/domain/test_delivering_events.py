"""Streams from the record to their target: what is chosen, whose turn it is, what is given up and sent again, and where
nothing is ever sent (contract/extensions.md §7)."""

import threading
import time
import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection

from apps.core import outgoing
from apps.core.errors import Invalid, NotFound
from apps.events import retention, sealing
from apps.events.attempt import record
from apps.events.models import Event
from apps.events.types import EventType
from apps.realms import services as realms
from apps.realms.models import Realm
from apps.streams import batches, configuration, delivering, services, trials
from apps.streams import record as walked
from apps.streams.models import Delivery, DeliveryState, EventStream
from apps.streams.selectors import get_event_stream, health_of
from tests import record as auditor
from tests import siems
from tests.domain.test_stream_kinds import deliver, happen, states, stream_to
from tests.siems import Siem
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _own_network(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.EVENT_STREAM_ALLOW_PRIVATE = True
    monkeypatch.setattr(outgoing, "SECONDS", 0.5)


def create(world: World, kind: str, **chosen: Any) -> EventStream:
    made = services.create_event_stream(world.request, world.realm, display_name="Security", type=kind, settings=chosen)
    return made.stream


def create_in(world: World, realm: Realm, siem: Siem) -> EventStream:
    made = services.create_event_stream(
        world.request, realm, display_name="Security", type=siem.kind, settings=siem.settings
    )
    return made.stream


@pytest.fixture
def siem() -> Iterator[Siem]:
    with siems.listening("webhook") as listening:
        yield listening


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


def test_a_stream_that_stalls_keeps_no_other_waiting(world: World, siem: Siem, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outgoing, "SECONDS", 3.0)
    with siems.listening("webhook") as slow:
        stalled, quick = stream_to(world, slow), stream_to(world, siem)
        slow.moods = ["stall"]
        happen(world, 1)
        sealing.run()
        arrived = threading.Event()
        take, siem.take = siem.take, lambda events: (take(events), arrived.set())  # type: ignore[assignment,method-assign]
        assert delivering.drain(wait_seconds=0.05) == 2
        assert arrived.wait(2)
        assert delivering.drain(wait_seconds=0.05) <= 1
        assert stalled.pk != quick.pk
        assert slow.taken == []
        deadline = time.monotonic() + 8
    while delivering._busy and time.monotonic() < deadline:
        time.sleep(0.05)  # its lane ends with the connection
    assert not delivering._busy


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


def test_secrets_are_sealed_and_told_nowhere(world: World, caplog: pytest.LogCaptureFixture) -> None:
    with siems.listening("splunk_hec") as siem:
        stream = stream_to(world, siem)
        services.update_event_stream(world.request, stream, settings={"token": "another-secret-0123456789"})
        siem.moods = ["fail"]
        happen(world, 1)
        deliver(stream)
        trials.send_test_event(world.request, stream)
        stored = EventStream.objects.get(pk=stream.pk)
        assert configuration.unseal(stored) == {"token": "another-secret-0123456789"}
        everything = str(
            [list(EventStream.objects.values()), list(Delivery.objects.values()), list(Event.objects.values())]
        )
    for secret in (siems.KEY, "another-secret-0123456789"):
        assert secret not in everything
        assert secret.encode() not in bytes(stored.sealed_secrets)
        assert secret not in caplog.text


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


def test_what_a_target_says_of_itself_is_kept_to_one_printable_line(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outgoing, "SECONDS", 2.0)
    with siems.listening("splunk_hec") as siem:
        siem.excuse = "busy\x00\n\x1b[31m" + "x" * 500
        stream = stream_to(world, siem)
        happen(world, 1)
        siem.moods = ["fail"]
        deliver(stream)
        problem = EventStream.objects.get(pk=stream.pk).problem
        assert problem.startswith("it answered 503: busy   [31mx")
        assert len(problem) < 300


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


PRIVATE = """http://127.0.0.1/ http://localhost:8000/ https://localhost/ https://127.0.0.1/ https://[::1]/ https://10.0.0.1/
    https://192.168.1.1/ https://172.16.0.1/ https://169.254.169.254/latest/meta-data https://100.64.0.1/ https://0.0.0.0/
    https://[::ffff:127.0.0.1]/ https://[64:ff9b::7f00:1]/ https://[fd00::1]/ https://[fe80::1]/ https://2130706433/
    https://0x7f.1/ https://0177.0.0.1/ https://127.1/ https://224.0.0.1/ http://93.184.215.14/ https://93.184.215.14:22/
    https://93.184.215.14:25/ https://93.184.215.14:6379/""".split()


def test_no_stream_leads_to_our_own_neighbours(world: World, settings: Any) -> None:
    settings.EVENT_STREAM_ALLOW_PRIVATE = False
    for url in PRIVATE:
        with pytest.raises(Invalid) as refused:
            create(world, "webhook", url=url)
        assert [violation.field for violation in refused.value.violations] == ["event_stream.settings.url"], url
        assert auditor.last(world.realm, EventType.EVENT_STREAM_CHANGE).outcome == "BAD_REQUEST"
    for host, port in (("127.0.0.1", 6514), ("localhost", 6514), ("::1", 514), ("93.184.215.14", 25)):
        with pytest.raises(Invalid):
            create(world, "syslog", host=host, port=port)


def test_what_became_private_since_it_was_saved_is_not_sent_to(world: World, siem: Siem, settings: Any) -> None:
    stream = stream_to(world, siem)
    happen(world, 1)
    settings.EVENT_STREAM_ALLOW_PRIVATE = False
    before = siem.requests
    assert deliver(stream) == 0
    assert trials.send_test_event(world.request, stream).problem
    assert siem.requests == before
    assert EventStream.objects.get(pk=stream.pk).problem == "not https"


def test_a_secret_does_not_follow_to_another_server_by_itself(world: World) -> None:
    with siems.listening("splunk_hec") as siem, siems.listening("splunk_hec") as thief:
        stream = stream_to(world, siem)
        with pytest.raises(Invalid) as refused:
            services.update_event_stream(world.request, stream, settings={"url": thief.settings["url"]})
        assert [violation.field for violation in refused.value.violations] == ["event_stream.settings.token"]
        services.update_event_stream(world.request, stream, settings={"url": f"{siem.settings['url']}/?channel=2"})
        again = {"url": thief.settings["url"], "token": siems.KEY}
        services.update_event_stream(world.request, stream, settings=again)
        assert thief.requests == 0


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
