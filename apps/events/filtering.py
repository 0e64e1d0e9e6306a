"""What may be asked of the record (contract/extensions.md §7), as conditions on its rows.

Times are of `occurred_at`, from `start` up to but not including `end`. Rows are found by their id, which is a UUIDv7 made
when the event is written, so a time is also a range of ids; the two differ by as long as an attempt may take.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Exists, F, Func, OuterRef, Q, QuerySet, TextField, Value
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Coalesce
from django.db.models.lookups import IContains

from apps.events.attempt import Place
from apps.events.models import Event, EventTarget

# From the moment that an attempt calls its own to the writing of its events, and how far two clocks may be apart.
_AN_ATTEMPT = timedelta(minutes=5)
_CLOCKS = timedelta(minutes=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MESSAGES = ("reason", "message", "error", "problem")


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Everything is wanted at once; of `types` and `outcomes` any. `named` are ids of those whom `text` names in the
    directory: an event fits the text too when it is theirs, or about them."""

    types: Sequence[str] = ()
    outcomes: Sequence[str] = ()
    actor_type: str = ""
    actor_id: str = ""
    target_id: str = ""
    correlation_id: str = ""
    ip: str = ""
    start: datetime | None = None
    end: datetime | None = None
    text: str = ""
    named: tuple[str, ...] = ()
    event_id: str = ""


def rows_of(realm: Place, wanted: EventFilter) -> "QuerySet[Event]":
    """All of them, in no order."""
    return within(realm, wanted).filter(conditions(wanted))


def within(realm: Place, wanted: EventFilter) -> "QuerySet[Event]":
    """The realm's events of the time that is wanted."""
    rows = Event.objects.filter(at_that_time(wanted), realm_id=str(realm.id))
    first, last = id_range(wanted)
    rows = rows if first is None else rows.filter(id__gte=first)
    return rows if last is None else rows.filter(id__lt=last)


def at_that_time(wanted: EventFilter) -> Q:
    """Of the event's own moment; ids are near it, see id_range."""
    asked = Q() if wanted.start is None else Q(occurred_at__gte=wanted.start)
    return asked if wanted.end is None else asked & Q(occurred_at__lt=wanted.end)


def id_range(wanted: EventFilter) -> tuple[uuid.UUID | None, uuid.UUID | None]:
    """Ids of what happened in the time that is wanted are from the first up to but not including the last."""
    first = None if wanted.start is None else first_id(wanted.start - _CLOCKS)
    return first, None if wanted.end is None else first_id(wanted.end + _AN_ATTEMPT)


def inner_ids(wanted: EventFilter) -> tuple[int, int]:
    """The first and the last of those ids whose events happened in that time, whatever their own moment is."""
    first = 0 if wanted.start is None else first_id(wanted.start + _AN_ATTEMPT).int
    return first, 2**128 - 1 if wanted.end is None else first_id(wanted.end - _CLOCKS).int - 1


def conditions(wanted: EventFilter) -> Q:
    """What is asked of a row beside its realm and its time."""
    asked = Q()
    if wanted.types:
        asked &= Q(type__in=list(wanted.types))
    if wanted.outcomes:
        asked &= Q(outcome__in=list(wanted.outcomes))
    for name, value in (
        ("id", wanted.event_id),
        ("actor_type", wanted.actor_type),
        ("actor_id", wanted.actor_id),
        ("correlation_id", wanted.correlation_id),
        ("client_ip", wanted.ip),
    ):
        if value:
            asked &= Q(**{name: value})
    if wanted.target_id:
        asked &= Q(about(wanted.target_id))
    if wanted.text:
        asked &= fits(wanted.text)
    return asked


def about(thing_id: str) -> Exists:
    """A target of the event is this thing."""
    return Exists(
        EventTarget.objects.filter(realm_id=OuterRef("realm_id"), target_id=thing_id, event_id=OuterRef("id"))
    )


def fits(text: str) -> Q:
    """The text stands somewhere in a name, an id, the address, the outcome or a message, whatever its case."""
    return Q(IContains(_words(), text))


class _Targets(Func):
    """Names and ids of a row's targets, as one text."""

    output_field = TextField()
    template = (
        "replace(concat(jsonb_path_query_array(%(expressions)s, '$[*].display_name'),"
        " jsonb_path_query_array(%(expressions)s, '$[*].id')), '\\\"', '\"')"
    )

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        template = (
            "(SELECT group_concat(coalesce(json_extract(value, '$.display_name'), '') || ' ' ||"
            " json_extract(value, '$.id'), ' ') FROM json_each(%(expressions)s))"
        )
        return self.as_sql(compiler, connection, template=template, **context)


class _Lines(Func):
    """Texts, one below the other; NULL is none."""

    output_field = TextField()
    template = "concat_ws(chr(10), %(expressions)s)"

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, template="(%(expressions)s)", arg_joiner=" || char(10) || ", **context)


def _words() -> _Lines:
    """All that a person would look for in an event."""
    columns = ("actor_display_name", "actor_id", "client_ip", "outcome", "correlation_id")
    messages = (Coalesce(KeyTextTransform(name, "data"), Value("")) for name in _MESSAGES)
    return _Lines(*map(F, columns), Coalesce(_Targets(F("targets")), Value("")), *messages)


def first_id(moment: datetime) -> uuid.UUID:
    """The smallest UUIDv7 of a moment (RFC 9562 §5.7); the nil UUID for what was before 1970."""
    milliseconds = max(0, (moment - _EPOCH) // timedelta(milliseconds=1))
    return uuid.UUID(int=min(milliseconds, 2**48 - 1) << 80)
