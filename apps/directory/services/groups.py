"""Verbs on groups and who is in them. Members are all or nothing, at most 1,000 a call (contract/wire.md §1.2)."""

from collections.abc import Callable, Sequence
from datetime import datetime

from django.db import IntegrityError, transaction

from apps.core import names
from apps.core.context import Context
from apps.core.errors import Conflict, Denied, Invalid, Violation
from apps.core.rows import hold, require_unchanged
from apps.directory.models import Group, GroupMembership, Identity
from apps.directory.services.members import pick
from apps.events.attempt import Draft, attempt
from apps.events.types import EventType
from apps.realms.models import Realm


class GroupNameTaken(Conflict):
    code = "conflict"


class GroupExternalIdTaken(Conflict):
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
        description=names.display_name(
            description, field="group.description", required=False, length=names.DESCRIPTION_LENGTH
        ),
        is_managed=is_managed,
        created_at=ctx.now,
        updated_at=ctx.now,
    )
    return write_group(lambda: group.save(force_insert=True), group)


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
        refuse_managed(group)
        require_unchanged(group, seen_at, ctx.now)
        hold(group)
        if display_name is not None:
            name = names.display_name(display_name, field="group.display_name")
            event.changed("display_name", group.display_name, name)
            group.display_name = name
        if description is not None:
            text = names.display_name(
                description, field="group.description", required=False, length=names.DESCRIPTION_LENGTH
            )
            event.changed("description", group.description, text)
            group.description = text
        group.updated_at = ctx.now
        write_group(lambda: group.save(force_update=True), group)
    return group


def delete_group(ctx: Context, group: Group, *, with_members: bool = False, seen_at: datetime | None = None) -> None:
    """The roles it holds let go of it. Raises GroupHasChildren while it has members, unless they go `with` it (contract/
    extensions.md §10, SCIM), ManagedGroup, ChangedMeanwhile."""
    with attempt(ctx, EventType.GROUP_CHANGE, group.realm, action="DELETE") as event:
        event.target(group)
        refuse_managed(group)
        require_unchanged(group, seen_at, ctx.now)
        hold(group)
        if group.memberships.exists():
            if not with_members:
                raise GroupHasChildren("group has children", **_info(group))
            drop_members(ctx, group, list(Identity.objects.filter(memberships__group=group)), event)
        for let_go in _when_deleted:
            let_go(group, event)
        group.delete()


def add_members(ctx: Context, group: Group, identity_ids: Sequence[str]) -> Group:
    """Adds all or none; who is in already stays in. Raises Invalid, NotFound for an identity not of the realm."""
    with attempt(ctx, EventType.GROUP_MEMBERSHIP_CHANGE, group.realm, action="ADD") as event:
        event.target(group)
        found = _identities(event, group, identity_ids)
        hold(group)
        insert_members(ctx, group, [identity.pk for identity in found])
    return group


def insert_members(ctx: Context, group: Group, identity_ids: Sequence[str]) -> None:
    _refuse_mightier(ctx, group)
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
        found = _identities(event, group, identity_ids)
        hold(group)
        drop_members(ctx, group, found, event)
    return group


def drop_members(ctx: Context, group: Group, leaving: list[Identity], event: Draft) -> None:
    """Inside somebody's attempt, with the group held. Raises LastAdministrator, and what those raise who have a say."""
    _refuse_mightier(ctx, group)
    if group.is_managed:
        refuse_to_empty(ctx, group, leaving)
    group.memberships.filter(identity__in=leaving).delete()
    for leave in _when_left:
        leave(ctx, group, leaving, event)


def refuse_to_empty(ctx: Context, group: Group, without: Sequence[Identity]) -> None:
    """Raises LastAdministrator when nobody active but `without` is in the group, and what those raise who watch over it.

    Takes the group's row first: of two administrators who remove each other at once, the second sees the first gone.
    """
    Group.objects.select_for_update().get(pk=group.pk)
    if not group.memberships.filter(identity__status="active").exclude(identity__in=without).exists():
        left_out = [identity.pk for identity in without]
        raise LastAdministrator("nobody would be left to sign in to the console", identity_ids=left_out)
    for watch in _before_left:
        watch(ctx, group, without)


_before_left: list[Callable[[Context, Group, Sequence[Identity]], object]] = []


def before_left(watch: Callable[[Context, Group, Sequence[Identity]], object]) -> None:
    """Registers who has a say in whether people may leave a managed group: it raises a refusal."""
    _before_left.append(watch)


_before_membership_changes: list[Callable[[Context, Group], object]] = []


def before_membership_changes(allow: Callable[[Context, Group], object]) -> None:
    """Registers who has a say in whether the caller may put anybody into a group or take them out: it raises a refusal."""
    _before_membership_changes.append(allow)


def _refuse_mightier(ctx: Context, group: Group) -> None:
    for allow in _before_membership_changes:
        allow(ctx, group)


_when_left: list[Callable[[Context, Group, list[Identity], Draft], object]] = []


def when_left(act: Callable[[Context, Group, list[Identity], Draft], object]) -> None:
    """Registers what must stop when people leave a group: the app that owns it knows how."""
    _when_left.append(act)


_when_deleted: list[Callable[[Group, Draft], object]] = []


def when_deleted(act: Callable[[Group, Draft], object]) -> None:
    """Registers what hangs on a group and goes with it: the app that owns it tells of it in the event."""
    _when_deleted.append(act)


def _identities(event: Draft, group: Group, identity_ids: Sequence[str]) -> list[Identity]:
    """Whom the verb is about. Raises Invalid, NotFound."""
    if not identity_ids:
        raise Invalid(Violation("identity_ids", "missing"))
    found = pick(Identity, group.realm_id, identity_ids, field="identity_ids")
    for identity in found:
        event.target(identity)
    return found


def refuse_managed(group: Group) -> None:
    if group.is_managed:
        raise ManagedGroup("this group is managed and cannot be changed", **_info(group))


def _info(group: Group) -> dict[str, str]:
    return {"resource_type": "Group", "resource_id": group.pk}


def write_group(save: Callable[[], object], group: Group) -> Group:
    """Raises GroupNameTaken, GroupExternalIdTaken."""
    try:
        with transaction.atomic():
            save()
    except IntegrityError as problem:
        others = Group.objects.filter(realm_id=group.realm_id).exclude(pk=group.pk)
        if (
            "external_id" in str(problem).partition("\n")[0]
        ):  # names the constraint (PostgreSQL) or its columns (SQLite)
            holder = others.filter(external_id=group.external_id).first()
            raise GroupExternalIdTaken("external id already exists", **_info(holder or group)) from None
        first = others.filter(display_name=group.display_name).first()
        raise GroupNameTaken("a group with this name already exists", **_info(first or group)) from None
    return group
