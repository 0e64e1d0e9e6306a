"""What happened lately to the thing that a page is of, and what it did: beside it on wide screens, below it on others."""

from collections.abc import Iterable
from typing import Any

from apps.console.access import Desk
from apps.console.event_lines import tell
from apps.console.listing import address
from apps.console.render import realm_url
from apps.events import selectors as events
from apps.events.types import EventType

_SHOWN = 8


def of_thing(desk: Desk, thing_id: Any, realm: Any = None) -> dict[str, Any]:
    """For the page's context; nothing for who may not read events. Of the desk's realm, where no other is given."""
    if not desk.may("events:read"):
        return {}
    realm = realm or desk.realm
    recent = events.recent_about(realm, str(thing_id), size=_SHOWN)
    return _told(realm, recent, target=str(thing_id))


def of_type(desk: Desk, kind: EventType) -> dict[str, Any]:
    """The same for what a realm has one of at a time: there each type of event is about it, and about whichever was there
    before."""
    if not desk.may("events:read"):
        return {}
    recent = events.recent_of_type(desk.realm, kind, size=_SHOWN)
    return _told(desk.realm, recent, type=kind)


def _told(realm: Any, recent: Iterable[Any], **asked: str) -> dict[str, Any]:
    return {
        "own_events": tell(realm, recent, base_url=realm_url(realm, "events/")),
        "own_events_url": address(realm_url(realm, "events"), **asked),
    }
