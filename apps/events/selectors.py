"""Reading events of one realm, newest first, by keyset: the id is a UUIDv7 and so is the order."""

import uuid
from dataclasses import dataclass

from django.db.models import QuerySet

from apps.core.errors import NotFound
from apps.events.attempt import Place
from apps.events.filtering import EventFilter, rows_of
from apps.events.models import Event, EventTarget
from apps.events.walks import walks


def events_in(realm: Place, wanted: EventFilter | None = None) -> "QuerySet[Event]":
    """Newest first. For a page of a long record, `searching` knows how."""
    return rows_of(realm, wanted or EventFilter()).order_by("-id")


@dataclass(frozen=True, slots=True)
class EventPage:
    events: list[Event]
    older: str  # cursor of the next page down, "" at the end
    newer: str  # cursor of the page above, "" at the top


def page_of_events(
    realm: Place, wanted: EventFilter, *, before: str = "", after: str = "", size: int = 50
) -> EventPage:
    """`before` and `after` are ids of events; a cursor that is not an id shows the first page."""
    rows = events_in(realm, wanted)
    if after and (cursor := _event_id(after)):
        found = list(rows.filter(id__gt=cursor).order_by("id")[: size + 1])
        more_newer, found = len(found) > size, found[:size][::-1]
        return EventPage(found, str(found[-1].id) if found else "", str(found[0].id) if more_newer else "")
    cursor = _event_id(before)
    if cursor:
        rows = rows.filter(id__lt=cursor)
    found = list(rows[: size + 1])
    more_older, found = len(found) > size, found[:size]
    return EventPage(found, str(found[-1].id) if more_older else "", str(found[0].id) if cursor and found else "")


def recent_about(realm: Place, thing_id: str, *, size: int = 10) -> list[Event]:
    """The newest events that a thing did or that were done to it, newest first."""
    rows = Event.objects.filter(realm_id=realm.id).order_by()
    told_of = EventTarget.objects.filter(realm_id=realm.id, target_id=thing_id).order_by("-event_id")
    did = rows.filter(actor_id=thing_id).order_by("-id")
    either = rows.filter(id__in=told_of.values("event_id")[:size]).union(
        rows.filter(id__in=did.values("id")[:size]), all=True
    )
    found = {event.pk: event for event in either}
    return [found[pk] for pk in sorted(found, reverse=True)[:size]]


def recent_of_type(realm: Place, type: str, *, size: int = 10) -> list[Event]:
    """The newest of a type, newest first, along its index: of a rare one there may be none in millions."""
    (walk,) = walks(realm, EventFilter(types=(type,)))
    return list(walk.part(walk.first, walk.last)[:size])


def get_event(realm: Place, event_id: str) -> Event:
    found = _event_id(event_id)
    event = Event.objects.filter(realm_id=realm.id, id=found).first() if found else None
    if event is None:
        raise NotFound("Event", event_id)
    return event


def flow_of(event: Event) -> "QuerySet[Event]":
    """Everything that shares the event's correlation id, oldest first."""
    return Event.objects.filter(realm_id=event.realm_id, correlation_id=event.correlation_id).order_by("id")


def _event_id(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except (ValueError, AttributeError, TypeError):
        return None
