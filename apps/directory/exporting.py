"""A realm's people and groups as CSV, written out while they are read: rows by keyset, some at a time, so that neither their
number nor a slow reader matters. No cell is a formula (core.tables); the columns are those that an import takes."""

from collections.abc import Iterable, Iterator
from typing import Any

from apps.core.context import Context
from apps.core.tables import csv_file
from apps.core.times import rfc3339
from apps.directory import selectors as directory
from apps.directory import traits
from apps.directory.models import Group, Identity
from apps.events.attempt import record
from apps.events.types import EventType
from apps.realms.models import Realm

_BATCH = 500
_FURTHER = tuple(sorted(traits.FURTHER))
_PEOPLE = ("id", "display_name", *traits.COLUMNS, "status", "groups", *_FURTHER, "created_at", "last_authenticated_at")
_GROUPS = ("id", "display_name", "description", "external_id", "members", "created_at")


def export_identities(ctx: Context, realm: Realm, *, text: str = "", status: str = "") -> Iterator[bytes]:
    """Those whom the list's search and filter leave, oldest first. The event is written first: it tells that they left."""
    rows = directory.search_identities(realm, text)
    if status:
        rows = rows.filter(status=status)
    record(ctx, EventType.IDENTITY_CHANGE, realm, action="EXPORT", filter={"text": text, "status": status})
    return csv_file(_PEOPLE, _people(realm, rows))


def export_groups(ctx: Context, realm: Realm, *, text: str = "") -> Iterator[bytes]:
    """With the usernames of their members, by semicolons."""
    rows = directory.groups_named(realm, text)
    record(ctx, EventType.GROUP_CHANGE, realm, action="EXPORT", filter={"text": text})
    return csv_file(_GROUPS, map(_group, _walked(rows)))


def _people(realm: Realm, rows: Any) -> Iterator[list[str]]:
    for batch in _batches(rows):
        named: dict[str, list[str]] = {}
        for membership in directory.memberships_of(realm, identity_ids=[person.pk for person in batch]):
            named.setdefault(membership.identity_id, []).append(membership.group.display_name)
        for person in batch:
            yield _person(person, named.get(person.pk, []))


def _person(person: Identity, groups: Iterable[str]) -> list[str]:
    return [
        person.pk,
        person.display_name,
        *(getattr(person, name) for name in traits.COLUMNS),
        person.status,
        ";".join(groups),
        *(str(person.traits.get(name) or "") for name in _FURTHER),
        rfc3339(person.created_at),
        rfc3339(person.last_authenticated_at) if person.last_authenticated_at else "",
    ]


def _group(group: Group) -> list[str]:
    members = ";".join(person.username for person in _walked(directory.members_of(group)))
    return [group.pk, group.display_name, group.description, group.external_id, members, rfc3339(group.created_at)]


def _walked(rows: Any) -> Iterator[Any]:
    for batch in _batches(rows):
        yield from batch


def _batches(rows: Any) -> Iterator[list[Any]]:
    """By id, a query for each: nothing stands open while somebody reads slowly."""
    after = ""
    while batch := list(rows.filter(pk__gt=after).order_by("pk")[:_BATCH]):
        yield batch
        after = batch[-1].pk
