"""Narrowing the record down to what was done to something, or from somewhere; and from one event to its proof and to why the
policy decided so."""

import json

import pytest
from django.test import Client

from apps.core.secrets import base64url
from apps.directory.services import groups
from apps.events import checkpoints, sealing
from apps.events.canonical import canonical
from apps.events.merkle import leaf_hash
from apps.events.types import EventType
from tests import ceremonies, record
from tests.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def listed(world: World) -> str:
    return f"/console/realms/{world.realm.pk}/events"


def test_a_target_is_found_by_typing_and_keeps_the_other_filters(world: World, ada: Client, listed: str) -> None:
    made = groups.create_group(world.ctx, world.realm, display_name="Riders")
    found = ada.get(f"{listed}/actors", {"q": "rid", "of": "target", "outcome": "SUCCESS"})
    (offered,) = found.context["offered"]
    assert (offered["name"], 'id="targets"' in found.content.decode()) == ("Riders", True)
    assert f"target={made.pk}" in offered["url"]
    assert "outcome=SUCCESS" in offered["url"]
    told = ada.get(offered["url"]).context["told"]
    assert [each.event.type for each in told] == ["GROUP_CHANGE"]
    assert not ada.get(f"{listed}/actors", {"q": "rid"}).context["offered"], "a group does nothing"


def test_an_address_and_a_flow_have_fields_that_keep_the_other_filters(world: World, ada: Client, listed: str) -> None:
    page = ada.get(listed, {"ip": "203.0.113.7", "type": "TOKEN_REQUEST"}).content.decode()
    assert '<input class="input mono" name="ip" value="203.0.113.7"' in page
    assert '<input type="hidden" name="type" value="TOKEN_REQUEST">' in page


def test_an_events_proof_is_a_file_that_holds(world: World, ada: Client, listed: str) -> None:
    groups.create_group(world.ctx, world.realm, display_name="Riders")
    event = record.last(world.realm, EventType.GROUP_CHANGE)
    answer = ada.get(f"{listed}/{event.pk}/proof")
    proof = json.loads(answer.content)
    assert answer["Content-Disposition"] == f'attachment; filename="proof-{event.pk}.json"'
    assert proof["record"]["id"] == str(event.pk)
    assert base64url(leaf_hash(canonical(proof["record"]))) == proof["leaf_hash"]
    assert sealing.up_to_now(world.realm.pk) == checkpoints.latest(world.realm.pk)
    assert f"{event.pk}/proof" in ada.get(f"{listed}/{event.pk}").content.decode()
    elsewhere = record.last(world.evil.customers.realm, EventType.APPLICATION_CHANGE)
    assert ada.get(f"{listed}/{elsewhere.pk}/proof").status_code == 404


def test_an_event_leads_to_what_the_policy_decided_in_its_flow(world: World, ada: Client, listed: str) -> None:
    ceremonies.tokens_for(world.visitor, ceremonies.client_of(world), ceremonies.give_passkey(world, world.bob))
    issued, decided = (
        record.last(world.realm, kind) for kind in (EventType.TOKEN_REQUEST, EventType.POLICY_EVALUATION)
    )
    assert ada.get(f"{listed}/{issued.pk}").context["decided_url"] == f"{listed}/{decided.pk}#trace"
    assert ada.get(f"{listed}/{decided.pk}").context["decision"]["told"]
