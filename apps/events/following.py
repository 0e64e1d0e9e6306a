"""Following a realm's record as it grows, in the order of its log, from any event on.

Ids are made before the commit, so what is read by them can miss what commits late; the log is gapless and only grows at its
end (see sealed). Whoever follows has what there is sealed first, within bounds, and is told of an event in the moment after
its commit.
"""

import uuid
from dataclasses import dataclass

from apps.events import sealed, sealing
from apps.events.attempt import Place
from apps.events.filtering import EventFilter, rows_of
from apps.events.models import Event, Seal

_BATCH = 200


@dataclass(frozen=True, slots=True)
class News:
    """What fits of the next stretch of the log, and where that ends. `is_all`: there is no more for now."""

    events: list[Event]
    sequence: int
    last_id: uuid.UUID | None
    is_all: bool


def end_of(realm: Place) -> tuple[int, uuid.UUID | None]:
    """(sequence, id) of the last event that is committed now; (-1, None) where nothing ever happened.

    Where more wait than a request has the time to seal it is the last that is sealed: whoever follows from there is told of
    what waited, too, and misses nothing."""
    sealing.seal_some()
    last = Seal.objects.filter(realm_id=str(realm.id)).order_by("-sequence").values_list("sequence", "event_id").first()
    return last or (-1, None)


def sequence_at(realm: Place, event_id: uuid.UUID) -> int:
    """Where to go on after that event. For one that is not in this realm's log, or not any more: after whatever is older."""
    log = Seal.objects.filter(realm_id=str(realm.id))
    own = log.filter(event_id=event_id).first()
    if own is None:  # sealed a moment from now, perhaps
        end = end_of(realm)[0]
        own = log.filter(event_id=event_id).first()
    if own is not None:
        return own.sequence
    later = Event.objects.filter(realm_id=str(realm.id), id__gt=event_id).order_by("id").values_list("id", flat=True)
    sequences = sealed.sequences_of(list(later[:_BATCH]))
    return min(sequences.values()) - 1 if sequences else end


def news(realm: Place, wanted: EventFilter, sequence: int) -> News:
    """The next events after that sequence."""
    sealing.seal_round()
    found = sealed.events_after(str(realm.id), sequence, _BATCH)
    if not found:
        return News([], sequence, None, is_all=True)
    fitting = [event for _, event in found]
    if wanted != EventFilter():
        ids = [event.pk for event in fitting]
        some = rows_of(realm, wanted).filter(id__in=ids, id__gte=min(ids), id__lte=max(ids))
        fits = set(some.values_list("id", flat=True))
        fitting = [event for event in fitting if event.pk in fits]
    last_sequence, last = found[-1]
    return News(fitting, last_sequence, last.pk, is_all=len(found) < _BATCH)
