"""What the record says of a change that came through the API."""

from typing import Any

from apps.events.models import Event
from apps.events.types import EventType
from apps.realms.models import Realm
from tests import record
from tests.world import World


def change(world: World, realm: Realm, kind: EventType, outcome: str = "SUCCESS") -> Event:
    """The realm's last event of this kind, which must be the Management API application's doing and have this outcome."""
    event = record.last(realm, kind)
    assert (event.actor_type, event.actor_id) == ("application", str(world.acme.management_api.pk))
    assert event.actor_display_name == "Identity Cloud Management API"
    assert event.outcome == outcome
    return event


def target(kind: str, thing: dict[str, Any] | Any, name: str | None = None) -> dict[str, str]:
    """How an event names a thing, given its JSON."""
    return {"type": kind, "id": thing["id"], "display_name": thing["display_name"] if name is None else name}
