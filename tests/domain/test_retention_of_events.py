"""Events leave the record when their realm's time is over, by one way only, and what is left can still be proven."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from apps.core.errors import Invalid
from apps.core.statements import insert
from apps.events import coverage, keys, permitted, retention, sealing
from apps.events.models import Checkpoint, Event, EventTarget, Seal
from apps.events.verification import Verification
from apps.realms import selectors, services, tasks
from apps.realms.contract import parse_realm_changes
from tests.domain.test_sealing import event

pytestmark = pytest.mark.django_db
NOW = datetime.now(UTC)


def written(realm, days_ago, count=1, **values):
    """Events of that day, as if the clock had been there."""
    edge = retention.edge_at(NOW - timedelta(days=days_ago)).int
    made = [
        event(realm.pk, tenant_id=realm.tenant_id, id=type(event("x").pk)(int=edge + n), **values) for n in range(count)
    ]
    targets = [EventTarget(realm_id=realm.pk, target_id="thing", event_id=each.pk) for each in made]
    insert(*made, *targets)
    return made


def problems(realm, lines):
    known = keys.jwks(realm.tenant_id)
    verification = Verification(lambda *signed: keys.verifies(known, *signed))
    verification.feed(json.dumps(line).encode() for line in lines)
    return verification.problems()


def purge(world, **days):
    return retention.purge(replace(world.ctx, now=NOW), {**selectors.event_retention_of_all(), **days})


def test_what_is_past_its_realms_time_goes_and_the_rest_stays(world):
    realm, other = world.acme.customers.realm, world.acme.staff.realm
    old, young = written(realm, 91, 3), written(realm, 89, 2)
    services.update_realm(world.ctx, other, event_retention_days=3650)
    kept = written(other, 3000, 2)
    assert purge(world) == 3
    there = set(Event.objects.values_list("id", flat=True))
    assert there.isdisjoint(each.pk for each in old)
    assert there.issuperset(each.pk for each in (*young, *kept))
    targets = EventTarget.objects.filter(target_id="thing").values_list("event_id", flat=True)
    assert set(targets) == {each.pk for each in (*young, *kept)}
    assert not Seal.objects.filter(event_id__in=[each.pk for each in old]).exists()
    assert purge(world) == 0


def test_an_export_after_a_purge_still_holds_and_its_tombstone_says_what_went(world):
    realm = world.acme.customers.realm
    written(realm, 91, 5)
    before = sealing.up_to_now(realm.pk)
    purge(world)
    lines = list(coverage.whole_log(realm.pk))
    assert problems(realm, lines) == []
    assert Checkpoint.objects.filter(pk=before.pk).exists()
    (tombstone,) = [line["record"] for line in lines[:-1] if line["record"]["data"].get("action") == "PURGE_EVENTS"]
    assert tombstone["type"] == "REALM_CHANGE"
    assert tombstone["data"]["count"] == 5
    without = [line for line in lines if line.get("record") != tombstone]
    assert problems(realm, without)


def test_retention_excuses_nothing_but_what_it_took(world):
    realm = world.acme.customers.realm
    sealing.up_to_now(realm.pk)  # what is young has its place before what is old
    young = Event.objects.filter(realm_id=realm.pk).count()
    written(realm, 91, 5)
    purge(world)
    lines = list(coverage.whole_log(realm.pk))
    assert problems(realm, lines) == []
    tombstone = next(
        line["record"] for line in lines if line.get("record", {}).get("data", {}).get("action") == "PURGE_EVENTS"
    )
    assert tombstone["data"]["kept"] == [[0, young]]
    shown, cut = coverage.Coverage(), []
    for line in lines[:-1]:
        if line["record"]["sequence"] != 2:
            shown.note(line["record"]["sequence"])
            cut.append(line)
    cut += shown.lines(sealing.up_to_now(realm.pk))
    assert problems(realm, cut) == ["events from 2 on are left out, and no retention says why"]


def test_what_has_no_place_in_the_log_yet_is_not_purged(world):
    (late,) = written(world.acme.customers.realm, 91)
    assert permitted.purge(world.acme.customers.realm.pk, retention.edge_at(NOW)) == 0
    assert Event.objects.filter(pk=late.pk).exists()


def test_a_realm_that_is_gone_has_the_default(world):
    class Gone:
        pk, tenant_id = "gone000000000000", world.acme.tenant.pk

    written(Gone, 91, 2)
    written(Gone, 89)
    assert purge(world) == 2


@pytest.mark.parametrize("days", [0, -1, 3651, True, 1.5, "90", None, [90]])
def test_a_realm_keeps_events_for_a_day_to_ten_years(world, days):
    with pytest.raises(Invalid):
        parse_realm_changes({"event_retention_days": days})


def test_the_task_purges_by_what_the_realms_say(world):
    realm = world.acme.customers.realm
    services.update_realm(world.ctx, realm, event_retention_days=7)
    written(realm, 8, 2)
    written(realm, 6)
    assert tasks.purge_events() == 2


def test_the_way_out_is_shut_again_afterwards(world):
    realm = world.acme.customers.realm
    written(realm, 91)
    purge(world)
    for statement in ("DELETE FROM events_event", "UPDATE events_event SET outcome = 'SUCCESS'"):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no partitions")
class TestPartitions:
    def weeks(self):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'events_event'::regclass ORDER BY 1"
            )
            return [name for (name,) in cursor.fetchall()]

    def test_coming_weeks_are_there_ahead_and_made_once(self, world):
        ctx = replace(world.ctx, now=NOW + timedelta(weeks=20))
        assert retention.keep_ahead(ctx) == 15
        assert retention.keep_ahead(ctx) == 0
        assert len(self.weeks()) >= 10

    def test_what_came_when_no_week_was_ready_moves_into_its_own(self, world):
        realm = world.acme.customers.realm
        made = written(realm, -100, 2)
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM events_event_default")
            assert cursor.fetchone() == (2,)
            retention.keep_ahead(replace(world.ctx, now=NOW + timedelta(days=99)))
            cursor.execute("SELECT count(*) FROM events_event_default")
            assert cursor.fetchone() == (0,)
        assert Event.objects.filter(pk__in=[each.pk for each in made]).count() == 2

    def test_a_week_that_is_over_in_every_realm_is_dropped_and_told(self, world):
        long_ago = NOW - timedelta(weeks=60)
        retention.keep_ahead(replace(world.ctx, now=long_ago))
        realm, weeks = world.acme.customers.realm, len(self.weeks())
        written(realm, 7 * 59, 4)
        assert purge(world) == 4
        assert len(self.weeks()) < weeks
        assert problems(realm, list(coverage.whole_log(realm.pk))) == []

    def test_a_partition_cannot_be_emptied_by_itself(self, world):
        sealing.run()
        for statement in ("TRUNCATE {}", "DELETE FROM {}", "UPDATE {} SET outcome = ''"):
            for week in self.weeks():
                with connection.cursor() as cursor:
                    cursor.execute(f"SELECT count(*) FROM {week}")  # noqa: S608
                    if cursor.fetchone() == (0,) and not statement.startswith("TRUNCATE"):
                        continue
                with (
                    pytest.raises(DatabaseError, match="append-only"),
                    transaction.atomic(),
                    connection.cursor() as one,
                ):
                    one.execute(statement.format(week))
