"""Events → Integrity: the last checkpoint, its age, and a check at the press of a button."""

import pytest
from django.test import Client

from apps.events import sealing
from apps.events.models import Checkpoint
from tests.world import World

pytestmark = pytest.mark.django_db


def url_of(world: World) -> str:
    return f"/console/realms/{world.realm.pk}/events/integrity"


def test_it_shows_the_last_checkpoint_and_checks_when_told_to(world: World, ada: Client) -> None:
    assert "Nothing is signed yet" in ada.get(url_of(world)).content.decode()
    checked = ada.post(url_of(world)).content.decode()
    assert "The record holds" in checked
    checkpoint = sealing.up_to_now(world.realm.pk)
    assert checkpoint is not None
    assert checkpoint.kid in ada.get(url_of(world)).content.decode()


def test_it_says_when_the_record_does_not_hold(world: World, ada: Client) -> None:
    sealing.up_to_now(world.realm.pk)
    Checkpoint.objects.filter(realm_id=world.realm.pk).update(root_hash=bytes(32))
    assert "The record does not hold" in ada.post(url_of(world)).content.decode()


def test_the_list_leads_to_it(world: World, ada: Client) -> None:
    assert url_of(world) in ada.get(f"/console/realms/{world.realm.pk}/events").content.decode()


def test_a_realm_of_others_has_none_to_show(world: World, ada: Client) -> None:
    foreign = f"/console/realms/{world.evil.customers.realm.pk}/events/integrity"
    assert ada.get(foreign).status_code == 404
    assert ada.post(foreign).status_code == 404
