"""Groups as a directory elsewhere keeps them here: the name, its own id of the group and the members, in one go (RFC 7644
§3.5). One attempt, so a change of three things is made whole or not at all."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from apps.core import names
from apps.core.context import Context
from apps.core.rows import hold, require_unchanged
from apps.directory.models import Group, Identity
from apps.directory.services.groups import drop_members, insert_group, insert_members, refuse_managed, write_group
from apps.directory.services.members import PICKED_AT_ONCE, pick
from apps.events.attempt import Draft, attempt
from apps.events.types import EventType
from apps.realms.models import Realm

_EXTERNAL_ID_LENGTH = 256


def provision_group(
    ctx: Context,
    realm: Realm,
    *,
    display_name: str,
    description: str = "",
    external_id: str = "",
    member_ids: Sequence[str] = (),
) -> Group:
    """Raises Invalid, GroupNameTaken, GroupExternalIdTaken, NotFound for a member that is not of the realm."""
    with attempt(ctx, EventType.GROUP_CHANGE, realm, action="CREATE") as event:
        joining = list(_chunks(realm, member_ids))  # people first, then groups: the order in which rows are held
        group = insert_group(ctx, realm, display_name=display_name, description=description)
        event.target(group)
        event.changed("display_name", None, group.display_name)
        event.changed("description", None, group.description or None)
        if external_id:
            _name_elsewhere(event, group, external_id)
            write_group(lambda: group.save(force_update=True), group)
        for chunk in joining:
            _add(ctx, event, group, chunk)
    return group


def change_provisioned_group(
    ctx: Context,
    group: Group,
    *,
    display_name: str | None = None,
    description: str | None = None,
    external_id: str | None = None,
    add: Sequence[str] = (),
    remove: Sequence[str] = (),
    seen_at: datetime | None = None,
) -> Group:
    """Changes what is given and nothing else. Raises Invalid, GroupNameTaken, GroupExternalIdTaken, ManagedGroup for another
    name of one that is, NotFound for a member that is not of the realm, LastAdministrator, ChangedMeanwhile."""
    with attempt(ctx, EventType.GROUP_CHANGE, group.realm, action="UPDATE") as event:
        event.target(group)
        require_unchanged(group, seen_at, ctx.now)
        joining = list(_chunks(group.realm, add))
        leaving = list(_chunks(group.realm, remove))
        hold(group)
        if display_name is not None and display_name != group.display_name:
            refuse_managed(group)
            name = names.display_name(display_name, field="displayName")
            event.changed("display_name", group.display_name, name)
            group.display_name = name
        if description is not None and description != group.description:
            refuse_managed(group)
            text = names.description(description, field="description")
            event.changed("description", group.description, text)
            group.description = text
        if external_id is not None:
            _name_elsewhere(event, group, external_id)
        for chunk in joining:
            _add(ctx, event, group, chunk)
        for chunk in leaving:
            _remove(ctx, event, group, chunk)
        group.updated_at = ctx.now
        write_group(lambda: group.save(force_update=True), group)
    return group


def _name_elsewhere(event: Draft, group: Group, external_id: str) -> None:
    text = names.plain_text(external_id, field="externalId", length=_EXTERNAL_ID_LENGTH)
    event.changed("external_id", group.external_id or None, text or None)
    group.external_id = text


def _chunks(realm: Realm, member_ids: Sequence[str]) -> Iterator[list[Identity]]:
    """In order of their ids throughout, so that two who change the same people wait for each other and do not lock."""
    wanted = sorted(set(member_ids))
    for start in range(0, len(wanted), PICKED_AT_ONCE):
        yield pick(Identity, realm.pk, wanted[start : start + PICKED_AT_ONCE], field="members")


def _add(ctx: Context, event: Draft, group: Group, joining: list[Identity]) -> None:
    _told(event, group, joining, "ADD")
    insert_members(ctx, group, [identity.pk for identity in joining])


def _remove(ctx: Context, event: Draft, group: Group, leaving: list[Identity]) -> None:
    drop_members(ctx, group, leaving, _told(event, group, leaving, "REMOVE"))


def _told(event: Draft, group: Group, members: list[Identity], action: str) -> Draft:
    told = event.follow(EventType.GROUP_MEMBERSHIP_CHANGE, outcome="SUCCESS", action=action)
    told.target(group)
    for identity in members:
        told.target(identity)
    return told
