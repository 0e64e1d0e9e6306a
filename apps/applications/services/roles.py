"""Verbs on roles: who holds them, and which scopes of their resource server they carry (contract/wire.md §1.2).

A role is asked for anew whenever a token is issued or shown to us, so taking one away acts at once.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Q

from apps.applications import selectors
from apps.applications.authority import refuse_beyond
from apps.applications.models import ResourceServer, Role, RoleMembership
from apps.applications.scopes import checked_scopes
from apps.core import names
from apps.core.context import Context
from apps.core.errors import Conflict, Denied, Invalid, Violation, all_or_invalid
from apps.core.rows import ChangedMeanwhile, hold, require_unchanged
from apps.directory.models import Group, Identity
from apps.directory.services.groups import LastAdministrator
from apps.directory.services.members import pick
from apps.events.attempt import Draft, attempt
from apps.events.types import EventType
from apps.realms.models import Realm


class RoleHasChildren(Conflict):
    """It still has members or scopes."""

    code = "conflict"


class ManagedRole(Denied):
    code = "forbidden"


def create_role(ctx: Context, server: ResourceServer, *, display_name: str, description: str = "") -> Role:
    """Without members or scopes. A managed resource server may have further roles. Raises Invalid."""
    with attempt(ctx, EventType.ROLE_CHANGE, server.realm, action="CREATE") as event:
        name, text = all_or_invalid(lambda: _name(display_name), lambda: _description(description))
        hold(server)
        role = Role.objects.create(
            resource_server=server,
            realm_id=server.realm_id,
            tenant_id=server.tenant_id,
            display_name=name,
            description=text,
            created_at=ctx.now,
            updated_at=ctx.now,
        )
        event.target(role)
        event.target(server)
        event.changed("display_name", None, role.display_name)
        event.changed("description", None, role.description or None)
    return role


def update_role(
    ctx: Context,
    role: Role,
    *,
    display_name: str | None = None,
    description: str | None = None,
    seen_at: datetime | None = None,
) -> Role:
    """Changes what is given and nothing else. Raises Invalid, ManagedRole, ChangedMeanwhile."""
    with attempt(ctx, EventType.ROLE_CHANGE, role.realm, action="UPDATE") as event:
        event.target(role)
        _refuse_managed(role)
        require_unchanged(role, seen_at, ctx.now)
        hold(role)
        name, text = all_or_invalid(
            lambda: _name(role.display_name if display_name is None else display_name),
            lambda: _description(role.description if description is None else description),
        )
        event.changed("display_name", role.display_name, name)
        event.changed("description", role.description, text)
        role.display_name, role.description, role.updated_at = name, text, ctx.now
        role.save(force_update=True)
    return role


def delete_role(ctx: Context, role: Role, *, seen_at: datetime | None = None) -> None:
    """Raises RoleHasChildren while it has members or scopes, ManagedRole, ChangedMeanwhile."""
    with attempt(ctx, EventType.ROLE_CHANGE, role.realm, action="DELETE") as event:
        event.target(role)
        _refuse_managed(role)
        require_unchanged(role, seen_at, ctx.now)
        hold(role)
        if role.scopes or role.memberships.exists():
            raise RoleHasChildren("role has children", **_info(role))
        role.delete()


def add_members(ctx: Context, role: Role, *, identity_ids: Sequence[str] = (), group_ids: Sequence[str] = ()) -> Role:
    """All or none; who holds it already keeps it. Raises Invalid, NotFound for who is not of the realm, BeyondOwnScopes."""
    with attempt(ctx, EventType.ROLE_MEMBERSHIP_CHANGE, role.realm, action="ADD") as event:
        identities, groups = _members(event, role, identity_ids, group_ids)
        refuse_beyond(ctx, role.resource_server, role.scopes)
        common = {"role": role, "tenant_id": role.tenant_id, "realm_id": role.realm_id, "created_at": ctx.now}
        rows = [RoleMembership(identity=identity, **common) for identity in identities]
        rows += [RoleMembership(group=group, **common) for group in groups]
        RoleMembership.objects.bulk_create(rows, ignore_conflicts=True)
    return role


def remove_members(
    ctx: Context, role: Role, *, identity_ids: Sequence[str] = (), group_ids: Sequence[str] = ()
) -> Role:
    """All or none. Raises Invalid, NotFound, BeyondOwnScopes, LastAdministrator when nobody could administer the tenant any
    more."""
    with attempt(ctx, EventType.ROLE_MEMBERSHIP_CHANGE, role.realm, action="REMOVE") as event:
        identities, groups = _members(event, role, identity_ids, group_ids)
        refuse_beyond(ctx, role.resource_server, role.scopes)
        before = _administrators(role)
        role.memberships.filter(identity__in=identities).delete()
        role.memberships.filter(group__in=groups).delete()
        if role.is_managed and not _administrators(role):
            raise LastAdministrator("nobody would be left to administer the tenant", identity_ids=before)
    return role


def _administrators(role: Role) -> list[str]:
    """Who can sign in to the console and has this role to act by; nobody for a role that is not managed."""
    return list(selectors.administrators(role).values_list("pk", flat=True).distinct()) if role.is_managed else []


def refuse_mightier_group(ctx: Context, group: Group) -> None:
    """Whoever is in a group holds its roles: asked before anybody joins or leaves. Raises BeyondOwnScopes. Registered with
    the directory."""
    if ctx.held_scopes is None:
        return
    for role in Role.objects.filter(memberships__group=group).select_related("resource_server"):
        refuse_beyond(ctx, role.resource_server, role.scopes)


def refuse_mightier_people(ctx: Context, realm: Realm, identity_ids: Sequence[str]) -> None:
    """Nobody acts on who may do more than they: asked before people are suspended or deleted, lose passkeys or sessions, or
    are given what proves to be them, a link or another address. Raises BeyondOwnScopes. Registered with the directory."""
    if ctx.held_scopes is None or not realm.is_admin:
        return
    theirs = Q(memberships__identity__in=identity_ids) | Q(memberships__group__memberships__identity__in=identity_ids)
    held = Role.objects.filter(theirs, realm=realm).values("pk")
    for role in Role.objects.filter(pk__in=held).select_related("resource_server"):
        refuse_beyond(ctx, role.resource_server, role.scopes)


def drop_group(group: Group, event: Draft) -> None:
    """A group that is deleted leaves its roles, and the event of its deletion is followed by theirs."""
    for role in Role.objects.filter(memberships__group=group).order_by("pk"):
        told = event.follow(EventType.ROLE_MEMBERSHIP_CHANGE, outcome="SUCCESS", action="REMOVE")
        told.target(role)
        told.target(group)


def add_scopes(ctx: Context, role: Role, scopes: Any) -> Role:
    """Scopes of the role's resource server. Raises Invalid, ManagedRole, BeyondOwnScopes."""
    return _set_scopes(ctx, role, scopes, adding=True)


def remove_scopes(ctx: Context, role: Role, scopes: Any) -> Role:
    """One that the role does not have is no matter. Raises Invalid, ManagedRole, and BeyondOwnScopes for a role that gives
    more than the caller holds: what it loses, its holders lose."""
    return _set_scopes(ctx, role, scopes, adding=False)


def replace_scopes(
    ctx: Context, role: Role, scopes: Sequence[str], *, within: Collection[str], seen: Collection[str] | None = None
) -> Role:
    """Of the scopes `within`, those that somebody chose from, the role has `scopes` from now on; what it has beside them
    stays. `seen` is what it had when they were asked. Raises Invalid, ManagedRole, BeyondOwnScopes, ChangedMeanwhile."""
    with attempt(ctx, EventType.ROLE_SCOPES_CHANGE, role.realm, action="REPLACE") as event:
        event.target(role)
        _refuse_managed(role)
        chosen = checked_scopes(scopes, field="scopes")
        hold(role.resource_server)
        if chosen:
            _refuse_foreign(role.resource_server, chosen)
        hold(role)
        before = role.scopes
        if seen is not None and set(seen).intersection(within) != set(before).intersection(within):
            raise ChangedMeanwhile("somebody else changed it meanwhile")
        kept = [scope for scope in before if scope not in within or scope in chosen]
        added = [scope for scope in chosen if scope not in before]
        refuse_beyond(ctx, role.resource_server, added if kept == before else {*added, *before})
        role.scopes, role.updated_at = [*kept, *added], ctx.now
        event.changed("scopes", before, role.scopes)
        role.save(force_update=True)
    return role


def _set_scopes(ctx: Context, role: Role, given: Any, *, adding: bool) -> Role:
    with attempt(ctx, EventType.ROLE_SCOPES_CHANGE, role.realm, action="ADD" if adding else "REMOVE") as event:
        event.target(role)
        _refuse_managed(role)
        scopes = checked_scopes(given, field="scopes")
        hold(role.resource_server)  # so that no scope comes in while it goes from there
        _refuse_foreign(role.resource_server, scopes)
        hold(role)
        refuse_beyond(ctx, role.resource_server, scopes if adding else role.scopes)
        before = role.scopes
        added = [scope for scope in scopes if scope not in before]
        role.scopes = [*before, *added] if adding else [scope for scope in before if scope not in scopes]
        event.changed("scopes", before, role.scopes)
        role.updated_at = ctx.now
        role.save(force_update=True)
    return role


def _refuse_foreign(server: ResourceServer, scopes: Sequence[str]) -> None:
    """Raises Invalid, for nothing too."""
    foreign = [
        Violation(f"scopes.{i}", "not a scope of the resource server")
        for i, scope in enumerate(scopes)
        if scope not in server.scopes
    ]
    if foreign or not scopes:
        raise Invalid(foreign or Violation("scopes", "missing"))


def _members(
    event: Draft, role: Role, identity_ids: Sequence[str], group_ids: Sequence[str]
) -> tuple[list[Identity], list[Group]]:
    """Whom the verb is about; the role stands still from here on. Raises Invalid, NotFound."""
    event.target(role)
    if not identity_ids and not group_ids:
        raise Invalid([Violation("group_ids", "missing"), Violation("identity_ids", "missing")])
    identities = pick(Identity, role.realm_id, identity_ids, field="identity_ids")
    groups = pick(Group, role.realm_id, group_ids, field="group_ids")
    for thing in (*identities, *groups):
        event.target(thing)
    hold(role)
    return identities, groups


def _name(given: Any) -> str:
    return names.display_name(given, field="role.display_name")


def _description(given: Any) -> str:
    return names.description(given, field="role.description")


def _refuse_managed(role: Role) -> None:
    """Its members come and go; what it is does not change."""
    if role.is_managed:
        raise ManagedRole("this role is managed and cannot be changed", **_info(role))


def _info(role: Role) -> dict[str, str]:
    return {"resource_type": "Role", "resource_id": role.pk}
