"""A tenant's administrators as CSV (core.tables): who may enter the console, and as what."""

from collections.abc import Iterator

from apps.applications.models import Role
from apps.core.context import Context
from apps.core.tables import csv_file
from apps.core.times import rfc3339
from apps.directory import selectors as directory
from apps.directory.models import Identity
from apps.events.attempt import record
from apps.events.types import EventType
from apps.onboarding import administrators
from apps.onboarding.administrators import Office

_BATCH = 500
_COLUMNS = ("id", "display_name", "username", "primary_email_address", "status", "roles", "created_at",
            "last_authenticated_at")  # fmt: skip


def export_administrators(ctx: Context, office: Office, *, text: str = "") -> Iterator[bytes]:
    """Those whom the list's search leaves, oldest first, with their roles by semicolons."""
    record(ctx, EventType.ROLE_MEMBERSHIP_CHANGE, office.realm, action="EXPORT", filter={"text": text})
    return csv_file(_COLUMNS, _rows(office, text))


def _rows(office: Office, text: str) -> Iterator[list[str]]:
    """By id, some at a time: nothing stands open while somebody reads slowly."""
    fitting = directory.search_identities(office.realm, text).values("pk")
    people, after = administrators.administrators_in(office).filter(pk__in=fitting).order_by("pk"), ""
    while batch := list(people.filter(pk__gt=after)[:_BATCH]):
        held = administrators.roles_held(office, [person.pk for person in batch])
        yield from (_row(person, held.get(person.pk, [])) for person in batch)
        after = batch[-1].pk


def _row(person: Identity, roles: list[Role]) -> list[str]:
    return [
        person.pk,
        person.display_name,
        person.username,
        person.primary_email_address,
        person.status,
        ";".join(role.display_name for role in roles),
        rfc3339(person.created_at),
        rfc3339(person.last_authenticated_at) if person.last_authenticated_at else "",
    ]
