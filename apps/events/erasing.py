"""Erasing a person from the record: what happened stays, who it was does not.

Names, the client and all that `data` holds of the person are blanked, and with them the event's salt, without which nobody
can try names against the digests. The digests stay in the event, so record, leaf and every proof are what they were.
"""

import uuid
from collections.abc import Iterator
from typing import Any

from django.db import connection

from apps.core.context import Context
from apps.events import permitted
from apps.events.attempt import Place, attempt
from apps.events.contract import event_json
from apps.events.models import Event, EventTarget
from apps.events.records import is_personal, redacted
from apps.events.types import EventType

_BATCH = 500
# Targets that are a person's own: who is erased is erased from the events of these, too.
_OWN = frozenset("credential credential_binding_job session one_time_code recovery device_addition".split())


def erase_person(ctx: Context, realm: Place, identity_id: str) -> int:
    """Blanks the person in every event of the realm, those of a person who was deleted too. Returns how many events.

    An event of its own tells that it was done; done again, it finds what came since."""
    with attempt(ctx, EventType.IDENTITY_CHANGE, realm, action="ERASE_EVENTS") as told:
        _one_at_a_time(realm)
        told.targets.append({"type": "identity", "id": identity_id, "display_name": ""})
        own = {identity_id}
        count = sum(_erase(event, own) for event in _events_about(realm, identity_id, own))
        for thing_id in sorted(own - {identity_id}):
            count += sum(_erase(event, own) for event in _events_about(realm, thing_id, set()))
        told.data["count"] = count
    return count


def _one_at_a_time(realm: Place) -> None:
    """Until the transaction ends. Of two who erase at once each would write an event as it read it, with the name that the
    other had just taken out: no row stands for that, for an event may tell of several people, and a person may be gone.
    SQLite has one writer anyway."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"erase_person:{realm.id}"])


def _events_about(realm: Place, thing_id: str, own: set[str]) -> Iterator[Event]:
    """What the thing did, then what was done to it; into `own` goes what is met there that is a person's own."""
    for ids in (_acted(realm, thing_id), _targeted(realm, thing_id)):
        for batch in ids:
            for event in Event.objects.filter(id__in=batch, id__gte=batch[0], id__lte=batch[-1]):
                own.update(target["id"] for target in event.targets if target["type"] in _OWN)
                yield event


def _acted(realm: Place, thing_id: str) -> Iterator[list[uuid.UUID]]:
    rows = Event.objects.filter(realm_id=str(realm.id), actor_id=thing_id)
    yield from _batches(rows, "id")


def _targeted(realm: Place, thing_id: str) -> Iterator[list[uuid.UUID]]:
    rows = EventTarget.objects.filter(realm_id=str(realm.id), target_id=thing_id)
    yield from _batches(rows, "event_id")


def _batches(rows: Any, key: str) -> Iterator[list[uuid.UUID]]:
    after = uuid.UUID(int=0)
    while batch := list(rows.filter(**{f"{key}__gt": after}).order_by(key).values_list(key, flat=True)[:_BATCH]):
        yield batch
        after = batch[-1]


def _erase(event: Event, own: set[str]) -> bool:
    """False where nothing of the person was left."""
    is_theirs = event.actor_id in own or event.actor_type == "anonymous"
    named = [target["id"] not in own and target["type"] not in _OWN for target in event.targets]

    def keeps(path: str, name: str) -> bool:
        if path.startswith("targets."):
            return named[int(path.partition(".")[2])]
        return path in ("actor", "client") and not is_theirs

    redaction = redacted(event_json(event), bytes(event.salt), event.redaction, keeps)
    if event.redaction is not None and redaction == event.redaction:
        return False
    targets = [
        target if kept else {**target, "display_name": ""} for target, kept in zip(event.targets, named, strict=True)
    ]
    left = permitted.Left(not is_theirs, not is_theirs, targets, _impersonal(event.data), redaction)
    return permitted.blank(event, left)


def _impersonal(data: dict[str, Any]) -> dict[str, Any]:
    found = dict(data)
    if isinstance(data.get("personal"), dict):
        found["personal"] = {}
    told = data.get("input")
    if isinstance(told, dict) and isinstance(attributes := told.get("attributes"), dict):
        found["input"] = {
            **told,
            "attributes": {name: each for name, each in attributes.items() if not is_personal(name)},
        }
    return found
