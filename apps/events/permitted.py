"""The only ways by which anything leaves the record. Called by retention and erasing, and by nothing else.

On PostgreSQL they are functions of the database's own, which run as the owner of the tables (see the migration), so the
role that the product connects as can do this and no more. SQLite has no roles and no functions: there the triggers look for
a permission, which is put down and taken away within one transaction.
"""

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection, transaction

from apps.events.models import Event, EventTarget, Seal

_LOCK_WAIT = "2s"  # everybody who wants to write waits behind the lock that a week is dropped under
_WEEKS = """
SELECT to_date(right(c.relname, 8), 'YYYYMMDD') FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
WHERE i.inhparent = 'events_event'::regclass AND c.relname ~ '_[0-9]{8}$' ORDER BY 1
"""


@dataclass(frozen=True, slots=True)
class Left:
    """What stays of an event whose person is erased."""

    keeps_actor: bool
    keeps_client: bool
    targets: list[dict[str, Any]]
    data: dict[str, Any]
    redaction: dict[str, Any]


def purge(realm_id: str, before: uuid.UUID) -> int:
    """Removes the realm's sealed events whose id is smaller. Returns how many."""
    if connection.vendor == "postgresql":
        return int(_call("events_purge", realm_id, before))
    with _permission("purge", realm_id, before):
        seals = Seal.objects.filter(realm_id=realm_id, event_id__lt=before)
        gone, _ = Event.objects.filter(realm_id=realm_id, id__in=seals.values("event_id")).delete()
        stay = Event.objects.filter(realm_id=realm_id, id__lt=before).values("id")
        EventTarget.objects.filter(realm_id=realm_id, event_id__lt=before).exclude(event_id__in=stay).delete()
        seals.delete()
    return gone


def weeks() -> list[date]:
    """The Mondays of the weeks that have partitions of their own, oldest first. SQLite has none."""
    if connection.vendor != "postgresql":
        return []
    with connection.cursor() as cursor:
        cursor.execute(_WEEKS)
        return [monday for (monday,) in cursor.fetchall()]


def drop_week(monday: date) -> None:
    """With all that is in it, of all realms. Raises OperationalError when others are at it for too long."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL lock_timeout = '{_LOCK_WAIT}'")
        cursor.execute("SELECT events_drop_week(%s::date)", [monday])


def keep_ahead(first: date, weeks: int) -> int:
    """Makes the partitions of the coming weeks. Returns how many tables."""
    return int(_call("events_keep_ahead", first, weeks)) if connection.vendor == "postgresql" else 0


def blank(event: Event, left: Left) -> bool:
    """Takes a person's values and the salt out of an event. Triggers refuse it if anything else would change."""
    if connection.vendor == "postgresql":
        texts = [json.dumps(value) for value in (left.targets, left.data, left.redaction)]
        return bool(_call("events_blank", event.pk, not left.keeps_actor, not left.keeps_client, *texts))
    blanked: dict[str, Any] = {"salt": b"", "redaction": left.redaction, "targets": left.targets, "data": left.data}
    if not left.keeps_actor:
        blanked["actor_display_name"] = ""
    if not left.keeps_client:
        blanked |= {"client_ip": "", "client_user_agent": "", "client_country": ""}
    with _permission("blank", event.realm_id, event.pk):
        return Event.objects.filter(pk=event.pk).update(**blanked) == 1


_CASTS = {"events_blank": ("", "", "", "::jsonb", "::jsonb", "::jsonb"), "events_keep_ahead": ("::date", "::integer")}


def _call(function: str, *given: Any) -> Any:
    casts = _CASTS.get(function, ("",) * len(given))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}({', '.join(f'%s{cast}' for cast in casts)})", given)
        return cursor.fetchone()[0]


@contextmanager
def _permission(purpose: str, realm_id: str, edge: uuid.UUID) -> Iterator[None]:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("INSERT INTO events_permission VALUES (%s, %s, %s)", [purpose, realm_id, edge.hex])
        yield
        cursor.execute("DELETE FROM events_permission")
