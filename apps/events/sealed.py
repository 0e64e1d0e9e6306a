"""Reading events in the order of their realm's log: gapless, and never changing behind a reader's back.

The order to export and to deliver in: an event's `sequence` is given after its commit, so none ever appears before one that
was already read, which ids, made before the commit, cannot promise.
"""

import uuid
from collections.abc import Iterator
from typing import Any

from apps.events import records
from apps.events.contract import event_json
from apps.events.models import Event, Seal

_BATCH = 500


def exported(event: Event, sequence: int) -> dict[str, Any]:
    """{"record", "disclosures"}: one line of an export (contract/extensions.md §10)."""
    record, disclosures = records.record_of(event_json(event), sequence, bytes(event.salt), event.redaction)
    return {"record": record, "disclosures": disclosures}


def events_after(realm_id: str, sequence: int = -1, limit: int = _BATCH) -> list[tuple[int, Event]]:
    """The next (sequence, event) after that sequence, at most `limit`; retention leaves out what it took."""
    return _with_events(_seals_after(realm_id, sequence, limit))


def walk(realm_id: str, first: int = 0, end: int | None = None) -> Iterator[tuple[int, Event]]:
    """Every (sequence, event) that is kept, from `first` to before `end`, in order and in constant memory."""
    while seals := _seals_after(realm_id, first - 1, _BATCH):
        for sequence, event in _with_events(seals):
            if end is not None and sequence >= end:
                return
            yield sequence, event
        first = seals[-1][0] + 1


def sequence_of(event: Event) -> int | None:
    """None while it is not sealed; see checkpoints.sealed_up_to_now."""
    return Seal.objects.filter(event_id=event.pk).values_list("sequence", flat=True).first()


def sequences_of(event_ids: list[uuid.UUID]) -> dict[uuid.UUID, int]:
    """Of those that are sealed."""
    return dict(Seal.objects.filter(event_id__in=event_ids).values_list("event_id", "sequence"))


def _seals_after(realm_id: str, sequence: int, limit: int) -> list[tuple[int, uuid.UUID]]:
    seals = Seal.objects.filter(realm_id=realm_id, sequence__gt=sequence).order_by("sequence")
    return list(seals.values_list("sequence", "event_id")[:limit])


def _with_events(found: list[tuple[int, uuid.UUID]]) -> list[tuple[int, Event]]:
    ids = [event_id for _, event_id in found]
    if not ids:
        return []
    rows = Event.objects.filter(
        id__in=ids, id__gte=min(ids), id__lte=max(ids)
    )  # the range: for partitions to be left out
    events = {event.pk: event for event in rows}
    return [(sequence, events[event_id]) for sequence, event_id in found if event_id in events]
