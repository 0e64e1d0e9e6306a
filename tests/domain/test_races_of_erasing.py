"""Two who are erased at once stay erased: whoever writes an event last does not put back whom the other took out."""

import json
import threading
import time
from functools import partial

import pytest
from django.db import connection, transaction

from apps.directory.services import identities
from apps.events import erasing
from apps.events.contract import event_json
from apps.events.models import Event
from tests.racing import race
from tests.waiting import PATIENCE_SECONDS
from tests.world import Place, World, acting_as

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def place(world: World) -> Place:
    """Where Carol acted on Bob, each time with both names in one event."""
    place = world.acme.customers
    for _ in range(15):
        identities.suspend_identity(acting_as(world.request, place.carol), place.bob)
        identities.unsuspend_identity(acting_as(world.request, place.carol), place.bob)
    return place


def names_in_the_record(place: Place) -> list[str]:
    told = json.dumps([event_json(event) for event in Event.objects.filter(realm_id=place.realm.pk)])
    return [name for name in ("Bob Baker", "Carol Contractor") if name in told]


def test_of_two_in_the_same_events_neither_name_comes_back(world: World, place: Place) -> None:
    finish = race(
        *(
            partial(erasing.erase_person, world.request, place.realm, each.pk)
            for each in (place.bob, place.carol, place.bob)
        )
    )
    assert (len(finish.won), finish.refused) == (3, [])
    assert names_in_the_record(place) == []


def test_nobody_reads_what_another_is_about_to_erase(world: World, place: Place) -> None:
    has_erased = threading.Event()

    def first() -> int:
        with transaction.atomic():
            count = erasing.erase_person(world.request, place.realm, place.bob.pk)
            has_erased.set()
            _until_somebody_waits_for_this()
        return count

    def second() -> int:
        assert has_erased.wait(PATIENCE_SECONDS)
        return erasing.erase_person(world.request, place.realm, place.carol.pk)

    finish = race(first, second)
    assert (len(finish.won), finish.refused) == (2, [])
    assert names_in_the_record(place) == []


def _until_somebody_waits_for_this() -> None:
    """On SQLite whoever writes has waited since before it read."""
    until = time.monotonic() + PATIENCE_SECONDS
    while connection.vendor == "postgresql" and time.monotonic() < until:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))")
            if cursor.fetchone():
                return
        time.sleep(0.01)
