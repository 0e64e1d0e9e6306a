"""Who may enter the console, and as what: invite, change the role, remove.

Each orchestrates the directory's and the roles' own verbs, so every row is told and refused as it is anywhere else; one
event around them says what it was for. Who holds the managed role is in the managed group; everybody else is in a group
that lets them in and gives nothing, and holds their role themselves.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet

from apps.applications import selectors as applications
from apps.applications.authority import refuse_beyond
from apps.applications.models import Application, ResourceServer, Role, RoleMembership
from apps.applications.services import roles
from apps.authenticators.models import AuthenticatorConfig
from apps.core.context import Context
from apps.core.errors import Conflict
from apps.core.rows import ChangedMeanwhile, hold
from apps.credentials.models import DeliveryMethod
from apps.credentials.services import jobs
from apps.directory import traits
from apps.directory.models import Group, GroupMembership, Identity
from apps.directory.services import groups, identities
from apps.directory.services.identities import OwnIdentity
from apps.events.attempt import attempt
from apps.events.types import EventType
from apps.onboarding import seeds
from apps.policy import selectors as policy_selectors
from apps.policy import services as policy
from apps.realms.models import Realm


class DraftInTheWay(Conflict):
    """Publishing would put somebody's unfinished rules in force."""

    code = "conflict"


class NotSetUp(Conflict):
    """There is no group yet that lets people in without every right."""

    code = "conflict"


@dataclass(frozen=True, slots=True)
class Office:
    """What the console of a tenant hangs on, read once. `limited` is None until the predefined roles were set up."""

    realm: Realm
    console: Application
    server: ResourceServer
    everybody: Group
    limited: Group | None


def office_of(admin_realm: Realm) -> Office:
    console = applications.managed_application(admin_realm, applications.ADMIN_CONSOLE)
    held = {
        group.display_name: group
        for group in Group.objects.select_related("realm").filter(
            realm=admin_realm, display_name__in=(seeds.ADMIN_GROUP, seeds.LIMITED_GROUP)
        )
    }
    server = cast(ResourceServer, console.resource_server)
    return Office(admin_realm, console, server, held[seeds.ADMIN_GROUP], held.get(seeds.LIMITED_GROUP))


def administrators_in(office: Office) -> "QuerySet[Identity]":
    """Who holds a role on the management API, directly or through a group, suspended people too."""
    given = RoleMembership.objects.filter(identity=OuterRef("pk"), role__resource_server=office.server)
    member = GroupMembership.objects.filter(identity=OuterRef("pk"))
    through = member.filter(group__role_memberships__role__resource_server=office.server)
    return Identity.objects.select_related("realm").filter(Exists(given) | Exists(through), realm=office.realm)


def roles_offered(office: Office) -> list[Role]:
    """Those of the management API, the managed one first; the others only once there is a way in for who holds them."""
    rows = applications.roles_of(office.server).select_related("resource_server", "realm")
    rows = rows if office.limited else rows.filter(is_managed=True)
    return list(rows.order_by("-is_managed", "display_name", "pk")[:100])


def roles_missing(office: Office) -> list[seeds.AdminRole]:
    """Predefined ones that the tenant does not have, by name."""
    there = set(applications.roles_of(office.server).values_list("display_name", flat=True))
    return [role for role in seeds.ADMIN_ROLES if role.name not in there]


def is_door_open(office: Office) -> bool:
    """Whether the policy in force knows the group of those who are let in by role. It may have been put back to how it began
    since (recovery.py)."""
    return office.limited is not None and _names(policy_selectors.published(office.realm).rules, office.limited)


def _names(rules: list[dict[str, Any]], group: Group) -> bool:
    return any(group.pk in str(rule["condition"]) for rule in rules)


def roles_held(office: Office, identity_ids: Sequence[str]) -> dict[str, list[Role]]:
    """Identity's id → roles on the management API, by name."""
    on_it = RoleMembership.objects.filter(role__resource_server=office.server).select_related("role")
    held: dict[str, dict[str, Role]] = {}
    for each in on_it.filter(identity__in=identity_ids):
        held.setdefault(str(each.identity_id), {})[each.role_id] = each.role
    through = GroupMembership.objects.filter(identity__in=identity_ids).values_list("identity_id", "group_id")
    of_groups: dict[str, list[Role]] = {}
    for each in on_it.exclude(group=None):
        of_groups.setdefault(str(each.group_id), []).append(each.role)
    for identity_id, group_id in through:
        for role in of_groups.get(group_id, ()):
            held.setdefault(identity_id, {})[role.pk] = role
    return {pk: sorted(mine.values(), key=lambda role: role.display_name) for pk, mine in held.items()}


def set_up_roles(ctx: Context, office: Office) -> None:
    """Makes the predefined roles that are missing, the group that lets their holders in, and publishes the two rules for
    it. Fine when it is done again. Raises DraftInTheWay, BeyondOwnScopes, and what guards publishing."""
    with attempt(ctx, EventType.ROLE_CHANGE, office.realm, action="SET_UP") as event:
        event.target(office.server)
        for predefined in roles_missing(office):
            role = roles.create_role(
                ctx, office.server, display_name=predefined.name, description=predefined.description
            )
            roles.add_scopes(ctx, role, predefined.scopes)
        if not is_door_open(office):
            if policy_selectors.has_unpublished_changes(office.realm):
                raise DraftInTheWay("the admin realm's policy has a draft; publish or discard it first")
            words = "Members may enter the console. What they may do there their roles say."
            group = office.limited or groups.create_group(
                ctx, office.realm, display_name=seeds.LIMITED_GROUP, description=words
            )
            in_force = policy_selectors.published(office.realm).rules
            further = seeds.limited_rules(str(office.console.pk), group.pk)
            policy.save_draft(ctx, office.realm, _after_the_first(in_force, further, office.everybody))
            policy.publish_draft(ctx, office.realm, comment="Administrators by role may enter the console")


def _after_the_first(
    rules: list[dict[str, Any]], further: list[dict[str, Any]], everybody: Group
) -> list[dict[str, Any]]:
    """Beside the rules for super administrators: what stands below, a denial for all others say, stays below."""
    places = [number for number, rule in enumerate(rules) if everybody.pk in str(rule["condition"])]
    place = places[-1] + 1 if places else len(rules)
    return [*rules[:place], *further, *rules[place:]]


def invite_administrator(ctx: Context, office: Office, role: Role, *, name: str, email: str) -> Identity:
    """Somebody new, whose username is their address, with the role and a link to make a passkey on its way to them.
    Raises Invalid, UsernameTaken, BeyondOwnScopes, NotSetUp."""
    given = {"type": traits.TYPE, "username": email, "primary_email_address": email}
    with attempt(ctx, EventType.ROLE_MEMBERSHIP_CHANGE, office.realm, action="INVITE_ADMINISTRATOR") as event:
        event.target(role)
        identity = identities.create_identity(
            ctx, office.realm, display_name=name, traits=traits.parse(given, creating=True)
        )
        event.target(identity)
        _let_in(ctx, office, identity, role)
        send_link(ctx, office, identity)
    return identity


def send_link(ctx: Context, office: Office, identity: Identity) -> None:
    """Mails what makes a passkey for the console and ends there. Raises MissingAddress, BeyondOwnScopes."""
    jobs.create_job(
        ctx,
        identity,
        delivery_method=DeliveryMethod.EMAIL,
        authenticator_config=cast(AuthenticatorConfig, office.console.authenticator_config),
        post_binding_redirect_uri=f"{settings.IDENTITY_CLOUD_CONSOLE_URL}/console/login?tenant={office.realm.tenant_id}",
    )


def change_role(
    ctx: Context, office: Office, identity: Identity, role: Role, *, seen: frozenset[str] | None = None
) -> None:
    """This role and no other. `seen`: the ids of those that the caller saw them hold. Raises OwnIdentity, BeyondOwnScopes,
    NotSetUp, LastAdministrator, WouldLockOut, ChangedMeanwhile."""
    with attempt(ctx, EventType.ROLE_MEMBERSHIP_CHANGE, office.realm, action="CHANGE_ADMINISTRATOR") as event:
        event.target(identity)
        event.target(role)
        _refuse(ctx, office, identity)
        _refuse_unseen(office, identity, seen)
        _let_in(ctx, office, identity, role)
        _take(ctx, office, identity, but=role)


def _refuse_unseen(office: Office, identity: Identity, seen: frozenset[str] | None) -> None:
    """The person's row is held, so of two who saw the same one is first. Raises ChangedMeanwhile."""
    if seen is None:
        return
    hold(identity)
    if {role.pk for role in roles_held(office, [identity.pk]).get(identity.pk, ())} != seen:
        raise ChangedMeanwhile("somebody else changed it meanwhile")


def remove_administrator(ctx: Context, office: Office, identity: Identity) -> None:
    """Out of the console at once; the person stays in the directory, without a right. Raises as `change_role`."""
    with attempt(ctx, EventType.ROLE_MEMBERSHIP_CHANGE, office.realm, action="REMOVE_ADMINISTRATOR") as event:
        event.target(identity)
        _refuse(ctx, office, identity)
        _take(ctx, office, identity, but=None)


def _refuse(ctx: Context, office: Office, identity: Identity) -> None:
    """Nobody changes what they are themselves, nor who may do more than they."""
    if ctx.actor.id == identity.pk:
        raise OwnIdentity("you cannot do this to your own identity", resource_type="Identity", resource_id=identity.pk)
    refuse_beyond(ctx, office.server, applications.role_scopes(identity, office.server))


def _let_in(ctx: Context, office: Office, identity: Identity, role: Role) -> None:
    if role.is_managed:
        groups.add_members(ctx, office.everybody, [identity.pk])
        return
    if office.limited is None:
        raise NotSetUp("nobody is let in by role yet; set up the roles first")
    roles.add_members(ctx, role, identity_ids=[identity.pk])
    groups.add_members(ctx, office.limited, [identity.pk])


def _take(ctx: Context, office: Office, identity: Identity, *, but: Role | None) -> None:
    """Every role but this one, and every group that gives one."""
    given = applications.roles_given_to(identity, office.server).select_related("resource_server", "realm")
    for role in given:
        if role != but:
            roles.remove_members(ctx, role, identity_ids=[identity.pk])
    for group in _groups_letting_in(office, identity):
        if but is None or group != (office.everybody if but.is_managed else office.limited):
            groups.remove_members(ctx, group, [identity.pk])


def _groups_letting_in(office: Office, identity: Identity) -> list[Group]:
    """Of which they are, and which give a role or open the door."""
    rows = Group.objects.select_related("realm").filter(realm=office.realm, memberships__identity=identity)
    giving = Q(role_memberships__role__resource_server=office.server)
    wanted = giving | Q(pk=office.limited.pk) if office.limited else giving
    return list(rows.filter(wanted).distinct().order_by("pk"))
