"""What happened lately to the thing that a page is of, and what it did: beside it on wide screens, below it on others."""

from typing import Any

from apps.console.access import Desk
from apps.console.listing import address
from apps.console.render import realm_url
from apps.console.sentences import tell
from apps.events import selectors as events

_SHOWN = 8


def of_thing(desk: Desk, thing_id: Any, realm: Any = None) -> dict[str, Any]:
    """For the page's context; nothing for who may not read events. Of the desk's realm, where no other is given."""
    if not desk.may("events:read"):
        return {}
    realm = realm or desk.realm
    recent = events.recent_about(realm, str(thing_id), size=_SHOWN)
    return {
        "own_events": tell(realm, recent, base_url=realm_url(realm, "events/")),
        "own_events_url": address(realm_url(realm, "events"), target=str(thing_id)),
    }
