"""The database itself refuses to change the record, whoever asks and however it is spelt."""

import pytest
from django.db import DatabaseError, connection, transaction

from apps.events.models import Event

pytestmark = pytest.mark.django_db

EVERYWHERE = {
    "update": "UPDATE events_event SET outcome = 'SUCCESS' WHERE id = {id}",
    "update to the same": "UPDATE events_event SET outcome = outcome",
    "delete": "DELETE FROM events_event WHERE id = {id}",
    "delete all": "DELETE FROM events_event",
}
SQLITE = {
    "replace": "REPLACE INTO events_event SELECT * FROM events_event WHERE id = {id}",
    "insert or replace": "INSERT OR REPLACE INTO events_event SELECT * FROM events_event WHERE id = {id}",
    "update or replace": "UPDATE OR REPLACE events_event SET outcome = 'SUCCESS' WHERE id = {id}",
    "upsert": "INSERT INTO events_event SELECT * FROM events_event WHERE id = {id} "
    "ON CONFLICT (id) DO UPDATE SET outcome = 'SUCCESS'",
}
POSTGRESQL = {
    "truncate": "TRUNCATE events_event",
    "truncate and all that hangs on it": "TRUNCATE events_event CASCADE",
    "upsert": "INSERT INTO events_event SELECT * FROM events_event WHERE id = {id} "
    "ON CONFLICT (id) DO UPDATE SET outcome = 'SUCCESS'",
    "delete through a cursor": "WITH gone AS (DELETE FROM events_event WHERE id = {id} RETURNING id) SELECT * FROM gone",
    "merge": "MERGE INTO events_event old USING events_event new ON old.id = new.id WHEN MATCHED THEN DELETE",
}
STATEMENTS = EVERYWHERE | (SQLITE if connection.vendor == "sqlite" else POSTGRESQL)


@pytest.mark.parametrize("statement", STATEMENTS.values(), ids=STATEMENTS.keys())
def test_the_record_cannot_be_changed(world, statement):
    victim = Event.objects.order_by("id").first()
    before = list(Event.objects.order_by("id").values())
    key = victim.pk.hex if connection.vendor == "sqlite" else str(victim.pk)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format(id=f"'{key}'"))
    assert list(Event.objects.order_by("id").values()) == before


def test_the_models_own_methods_are_refused_too(world):
    event = Event.objects.order_by("id").first()
    for change in (event.delete, event.save, Event.objects.all().delete, lambda: Event.objects.update(outcome="X")):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            change()


def test_more_can_always_be_added(world):
    count = Event.objects.count()
    first = Event.objects.order_by("id").values().first()
    Event.objects.create(**{name: value for name, value in first.items() if name != "id"})
    assert Event.objects.count() == count + 1
