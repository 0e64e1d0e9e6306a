"""Reading the event record in tests, as an auditor would: oldest first."""

from apps.events.models import Event
from apps.events.selectors import EventFilter, events_in
from apps.events.types import EventType
from apps.realms.models import Realm


def events(realm: Realm, *types: EventType, correlation_id: str = "") -> list[Event]:
    return list(events_in(realm, EventFilter(types=types, correlation_id=correlation_id)).order_by("id"))


def last(realm: Realm, *types: EventType) -> Event:
    return events(realm, *types)[-1]


def told(realm: Realm, *types: EventType, correlation_id: str = "") -> list[tuple[str, str]]:
    """(type, outcome) of each, in order."""
    return [(event.type, event.outcome) for event in events(realm, *types, correlation_id=correlation_id)]
