"""Two who are erased at once stay erased: whoever writes an event last does not put back whom the other took out."""

import json

import pytest

from apps.directory.services import identities
from apps.events import erasing
from apps.events.contract import event_json
from apps.events.models import Event
from tests.racing import race
from tests.world import World, acting_as

pytestmark = pytest.mark.django_db(transaction=True)


def test_of_two_in_the_same_events_neither_name_comes_back(world: World) -> None:
    place = world.acme.customers
    bob, carol = place.bob, place.carol
    for _ in range(15):  # Carol acts on Bob, each time with both names in one event
        identities.suspend_identity(acting_as(world.request, carol), bob)
        identities.unsuspend_identity(acting_as(world.request, carol), bob)
    finish = race(
        lambda: erasing.erase_person(world.request, place.realm, bob.pk),
        lambda: erasing.erase_person(world.request, place.realm, carol.pk),
        lambda: erasing.erase_person(world.request, place.realm, bob.pk),
    )
    assert (len(finish.won), finish.refused) == (3, [])
    told = json.dumps([event_json(event) for event in Event.objects.filter(realm_id=place.realm.pk)])
    assert "Bob Baker" not in told
    assert "Carol Contractor" not in told
