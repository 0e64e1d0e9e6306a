"""Verbs on groups and who is in them. Members are all or nothing, at most 1,000 a call (contract/wire.md §1.2)."""

from collections.abc import Callable, Sequence
from datetime import datetime

from django.db import IntegrityError, transaction

from apps.core import names
from apps.core.context import Context
from apps.core.errors import Conflict, Denied, Invalid, NotFound, Violation
from apps.core.rows import require_unchanged
from apps.directory.models import Group, GroupMembership, Identity
from apps.events.attempt import Draft, attempt
from apps.events.types import EventType
from apps.realms.models import Realm

MEMBERS_PER_CALL = 1000


class GroupNameTaken(Conflict):
    code = "conflict"


class GroupHasChildren(Conflict):
    code = "conflict"


class ManagedGroup(Denied):
    code = "forbidden"


class LastAdministrator(Conflict):
    """Nobody would be left in a group that the console hangs on."""

    code = "would_lock_out"


def create_group(ctx: Context, realm: Realm, *, display_name: str, description: str = "") -> Group:
    """Raises Invalid, GroupNameTaken."""
    with attempt(ctx, EventType.GROUP_CHANGE, realm, action="CREATE") as event:
        group = insert_group(ctx, realm, display_name=display_name, description=description)
        event.target(group)
        event.changed("display_name", None, group.display_name)
        event.changed("description", None, group.description or None)
    return group


def insert_group(
    ctx: Context, realm: Realm, *, display_name: str, description: str = "", is_managed: bool = False
) -> Group:
    """The row alone, inside somebody's attempt."""
    group = Group(
        realm=realm,
        tenant_id=realm.tenant_id,
        display_name=names.display_name(display_name, field="group.display_name"),
        description=names.display_name(description, field="group.description", required=False, length=300),
        is_managed=is_managed,
        created_at=ctx.now,
        updated_at=ctx.now,
    )
    return _write(lambda: group.save(force_insert=True), group)


def update_group(
    ctx: Context,
    group: Group,
    *,
    display_name: str | None = None,
    description: str | None = None,
    seen_at: datetime | None = None,
) -> Group:
    """Raises Invalid, GroupNameTaken, ManagedGroup, ChangedMeanwhile."""
    with attempt(ctx, EventType.GROUP_CHANGE, group.realm, action="UPDATE") as event:
        event.target(group)
        require_unchanged(group, seen_at, ctx.now)
        _refuse_managed(group)
        if display_name is not None:
            name = names.display_name(display_name, field="group.display_name")
            event.changed("display_name", group.display_name, name)
            group.display_name = name
        if description is not None:
            text = names.display_name(description, field="group.description", required=False, length=300)
            event.changed("description", group.description, text)
            group.description = text
        group.updated_at = ctx.now
        _write(group.save, group)
    return group


def delete_group(ctx: Context, group: Group) -> None:
    """Raises GroupHasChildren while it has members, ManagedGroup."""
    with attempt(ctx, EventType.GROUP_CHANGE, group.realm, action="DELETE") as event:
        event.target(group)
        _refuse_managed(group)
        Group.objects.select_for_update().filter(pk=group.pk).first()
        if group.memberships.exists():
            raise GroupHasChildren("group has children")
        group.delete()


def add_members(ctx: Context, group: Group, identity_ids: Sequence[str]) -> Group:
    """Adds all or none; who is in already stays in. Raises Invalid, NotFound for an identity not of the realm."""
    with attempt(ctx, EventType.GROUP_MEMBERSHIP_CHANGE, group.realm, action="ADD") as event:
        event.target(group)
        for identity in _identities(group, identity_ids):
            event.target(identity)
        insert_members(ctx, group, identity_ids)
    return group


def insert_members(ctx: Context, group: Group, identity_ids: Sequence[str]) -> None:
    rows = [
        GroupMembership(
            tenant_id=group.tenant_id, realm_id=group.realm_id, group=group, identity_id=pk, created_at=ctx.now
        )
        for pk in identity_ids
    ]
    GroupMembership.objects.bulk_create(rows, ignore_conflicts=True)


def remove_members(ctx: Context, group: Group, identity_ids: Sequence[str]) -> Group:
    """Removes all or none. Raises Invalid, NotFound, LastAdministrator for the last active one of a managed group."""
    with attempt(ctx, EventType.GROUP_MEMBERSHIP_CHANGE, group.realm, action="REMOVE") as event:
        event.target(group)
        found = _identities(group, identity_ids)
        for identity in found:
            event.target(identity)
        if group.is_managed:
            refuse_to_empty(group, found)
        group.memberships.filter(identity__in=found).delete()
        for leave in _when_left:
            leave(ctx, group, found, event)
    return group


def refuse_to_empty(group: Group, without: Sequence[Identity]) -> None:
    """Raises LastAdministrator when nobody active but `without` is in the group.

    Takes the group's row first: of two administrators who remove each other at once, the second sees the first gone.
    """
    Group.objects.select_for_update().get(pk=group.pk)
    if not group.memberships.filter(identity__status="active").exclude(identity__in=without).exists():
        left_out = [identity.pk for identity in without]
        raise LastAdministrator("nobody would be left to sign in to the console", identity_ids=left_out)


_when_left: list[Callable[[Context, Group, list[Identity], Draft], object]] = []


def when_left(act: Callable[[Context, Group, list[Identity], Draft], object]) -> None:
    """Registers what must stop when people leave a group: the app that owns it knows how."""
    _when_left.append(act)


def _identities(group: Group, identity_ids: Sequence[str]) -> list[Identity]:
    path = "identity_ids"
    if not identity_ids:
        raise Invalid(Violation(path, "missing"))
    if len(identity_ids) > MEMBERS_PER_CALL:
        raise Invalid(Violation(path, f"array exceeds {MEMBERS_PER_CALL} elements"))
    if not isinstance(identity_ids, list | tuple) or not all(isinstance(pk, str) for pk in identity_ids):
        raise Invalid(Violation(path, "must be a list of ids"))
    wanted = set(identity_ids)
    storable = {pk for pk in wanted if "\x00" not in pk}  # PostgreSQL refuses even to look for the others
    found = list(Identity.objects.filter(realm_id=group.realm_id, pk__in=storable))
    if len(found) != len(wanted):
        missing = min(wanted - {identity.pk for identity in found})
        raise NotFound("Identity", missing)
    return found


def _refuse_managed(group: Group) -> None:
    if group.is_managed:
        raise ManagedGroup("this group is managed and cannot be changed")


def _write(save: Callable[[], object], group: Group) -> Group:
    try:
        with transaction.atomic():
            save()
    except IntegrityError:
        raise GroupNameTaken("a group with this name already exists") from None
    return group
