"""Applications of a realm, and what roles let an identity do."""

import uuid
from collections.abc import Iterable, Sequence

from django.db.models import Count, Q, QuerySet, TextField
from django.db.models.functions import Cast

from apps.applications import scopes
from apps.applications.models import Application, Consent, ResourceServer, Role, RoleMembership
from apps.core import ids
from apps.core.errors import NotFound
from apps.core.rows import NEWEST, Key, Page, Sorts, walk
from apps.directory.models import Group, GroupMembership, Identity, IdentityStatus
from apps.events.kept import kept
from apps.realms.models import Realm

MISSING = "The requested resource was not found."  # the contract's words for UUID resources (contract/wire.md §1.1)
MANAGEMENT_API = "management_api"
ADMIN_CONSOLE = "admin_console"
_NAME = Key("display_name", folded=True)
APPLICATION_SORTS = Sorts("-created", name=_NAME, created=NEWEST)
RESOURCE_SERVER_SORTS = Sorts("created", name=_NAME, identifier=Key("identifier", is_unique=True), created=NEWEST)
ROLE_SORTS = Sorts(
    "created", name=_NAME, resource_server=Key("resource_server__display_name", folded=True), created=NEWEST
)


def applications_in(realm: Realm) -> "QuerySet[Application]":
    return (
        Application.objects.select_related("authenticator_config", "resource_server").filter(realm=realm).order_by("id")
    )


def page_of_applications(
    realm: Realm, *, text: str = "", sort: str = "", before: str = "", after: str = "", size: int = 50
) -> Page:
    """`text` stands somewhere in the name or begins the client id. A cursor is an application's id."""
    key = APPLICATION_SORTS.key(sort)
    return walk(applications_in(realm), applications_named(realm, text), key, before, after, size)


def applications_named(realm: Realm, text: str) -> "QuerySet[Application]":
    """Those with the text somewhere in the name or at the beginning of the client id; all for none."""
    rows = applications_in(realm)
    return rows.filter(Q(display_name__icontains=text) | Q(client_id__startswith=text)) if text else rows


def counts_by_authenticator(realm: Realm) -> dict[uuid.UUID, int]:
    """How many applications sign people in with each authenticator config, by its id."""
    rows = Application.objects.filter(realm=realm).exclude(authenticator_config=None).order_by()
    return dict(rows.values_list("authenticator_config_id").annotate(count=Count("pk")))


def get_application(realm: Realm, application_id: str | uuid.UUID) -> Application:
    return get_application_at(realm.tenant_id, realm.pk, application_id)


def get_application_at(tenant_id: str, realm_id: str, application_id: str | uuid.UUID) -> Application:
    """One query from an issuer's path to everything its endpoints need."""
    try:
        wanted = uuid.UUID(str(application_id))
    except ValueError:
        raise NotFound("Application", str(application_id), MISSING) from None
    application = (
        Application.objects.select_related("realm__tenant", "resource_server", "authenticator_config")
        .filter(pk=wanted, realm_id=realm_id, tenant_id=tenant_id)
        .first()
    )
    if application is None:
        raise NotFound("Application", str(application_id), MISSING)
    return application


@kept(entries=2048)
def kept_client(realm_id: str, client_id: str) -> Application:
    """By the name it calls itself; a second old at most, for endpoints that only read it. Raises NotFound."""
    rows = Application.objects.select_related("realm__tenant", "resource_server")
    sound = client_id.isascii() and "\x00" not in client_id  # JSON may spell what no database can be asked for
    application = rows.filter(realm=realm_id, client_id=client_id).first() if sound else None
    if application is None:
        raise NotFound("Application", client_id, MISSING)
    return application


@kept(entries=2048)
def kept_application_at(tenant_id: str, realm_id: str, application_id: uuid.UUID) -> Application:
    """The same, a second old at most, for endpoints that only read it."""
    return get_application_at(tenant_id, realm_id, application_id)


def managed_application(admin_realm: Realm, classification: str) -> Application:
    application = (
        Application.objects.select_related("realm__tenant", "resource_server", "authenticator_config")
        .filter(realm=admin_realm, classification=classification)
        .first()
    )
    if application is None:
        raise NotFound("Application", classification, MISSING)
    return application


def provisioning_applications(admin_realm: Realm, realm: Realm) -> list[Application]:
    """Those of the tenant's directories elsewhere that keep this realm and no other (SCIM), oldest first."""
    narrowed = applications_in(admin_realm).filter(target_realm=realm).order_by("created_at", "pk")
    return [each for each in narrowed if any(scope.startswith("scim:") for scope in each.allowed_scopes)]


def resource_servers_in(realm: Realm) -> "QuerySet[ResourceServer]":
    return ResourceServer.objects.filter(realm=realm).order_by("id")


def page_of_resource_servers(
    realm: Realm, *, text: str = "", sort: str = "", before: str = "", after: str = "", size: int = 50
) -> Page:
    """`text` stands somewhere in the name or the identifier. A cursor is a resource server's id."""
    found = resource_servers_named(realm, text)
    return walk(resource_servers_in(realm), found, RESOURCE_SERVER_SORTS.key(sort), before, after, size)


def resource_servers_named(realm: Realm, text: str) -> "QuerySet[ResourceServer]":
    """Those with the text somewhere in the name or the identifier; all for none."""
    rows = resource_servers_in(realm)
    return rows.filter(Q(display_name__icontains=text) | Q(identifier__icontains=text)) if text else rows


def resource_servers_offering(realm: Realm, text: str) -> "QuerySet[ResourceServer]":
    """Those with the text somewhere in the name, the identifier or a scope, by name; all for none."""
    rows = ResourceServer.objects.filter(realm=realm).order_by("display_name", "pk")
    if not text:
        return rows
    offered = rows.alias(words=Cast("scopes", TextField()))
    return offered.filter(Q(display_name__icontains=text) | Q(identifier__icontains=text) | Q(words__icontains=text))


def resource_servers_among(realm: Realm, resource_server_ids: Iterable[str]) -> list[ResourceServer]:
    """Those of these ids that are the realm's; ids of nothing are none."""
    wanted = [found for each in resource_server_ids if (found := ids.parse_uuid(each))]
    return list(resource_servers_in(realm).filter(pk__in=wanted))


def get_resource_server(realm: Realm, resource_server_id: str) -> ResourceServer:
    wanted = ids.parse_uuid(resource_server_id)
    server = ResourceServer.objects.select_related("realm").filter(realm=realm, pk=wanted).first()
    if server is None:
        raise NotFound("ResourceServer", resource_server_id)
    return server


def roles_of(server: ResourceServer) -> "QuerySet[Role]":
    return Role.objects.filter(resource_server=server)


def roles_in(realm: Realm) -> "QuerySet[Role]":
    """Of every resource server of the realm, by its name, then their own."""
    rows = Role.objects.filter(realm=realm).select_related("resource_server__realm", "realm")
    return rows.order_by("resource_server__display_name", "display_name", "pk")


def page_of_roles(
    realm: Realm, *, text: str = "", sort: str = "", before: str = "", after: str = "", size: int = 50
) -> Page:
    """A cursor is a role's id."""
    return walk(roles_in(realm), roles_named(realm, text), ROLE_SORTS.key(sort), before, after, size)


def roles_named(realm: Realm, text: str) -> "QuerySet[Role]":
    """Those with the text somewhere in their name or their resource server's; all for none."""
    fits = Q(display_name__icontains=text) | Q(resource_server__display_name__icontains=text)
    return roles_in(realm).filter(fits) if text else roles_in(realm)


def role_counts(realm: Realm) -> dict[uuid.UUID, int]:
    """Resource server's id → roles; one without is not in it."""
    rows = Role.objects.filter(realm=realm).order_by()
    return dict(rows.values_list("resource_server_id").annotate(count=Count("pk")))


def holder_counts(role_ids: Sequence[str]) -> dict[str, int]:
    """Role's id → identities and groups that hold it directly."""
    rows = RoleMembership.objects.filter(role_id__in=role_ids).order_by()
    return dict(rows.values_list("role_id").annotate(count=Count("pk")))


def applications_of(server: ResourceServer) -> "QuerySet[Application]":
    """Those that ask for its tokens."""
    return applications_in(server.realm).filter(resource_server=server).order_by("display_name", "pk")


def get_role(realm: Realm, resource_server_id: str, role_id: str) -> Role:
    """With its resource server, in one query when both are there. Raises NotFound for the first that is not."""
    role = (
        Role.objects.select_related("resource_server", "realm")
        .filter(realm=realm, resource_server_id=ids.parse_uuid(resource_server_id), pk=role_id)
        .first()
    )
    if role is None:
        get_resource_server(realm, resource_server_id)
        raise NotFound("Role", role_id)
    return role


def roles_given_to(member: Identity | Group, server: ResourceServer | None = None) -> "QuerySet[Role]":
    """Roles of which it is itself a member; what an identity holds through a group is the group's."""
    column = "identity" if isinstance(member, Identity) else "group"
    rows = Role.objects.filter(realm_id=member.realm_id, **{f"memberships__{column}": member})
    return rows if server is None else rows.filter(resource_server=server)


def identities_with(role: Role) -> "QuerySet[Identity]":
    return Identity.objects.filter(realm_id=role.realm_id, role_memberships__role=role)


def groups_with(role: Role) -> "QuerySet[Group]":
    return Group.objects.filter(realm_id=role.realm_id, role_memberships__role=role)


def administrators(role: Role) -> "QuerySet[Identity]":
    """Active people who hold the role, directly or through a group, and whom the console lets in."""
    holding = Q(role_memberships__role=role) | Q(memberships__group__role_memberships__role=role)
    let_in = GroupMembership.objects.filter(realm_id=role.realm_id, group__is_managed=True).values("identity")
    return Identity.objects.filter(holding, realm_id=role.realm_id, status=IdentityStatus.ACTIVE, pk__in=let_in)


def role_scopes(identity: Identity, resource_server: ResourceServer | None) -> frozenset[str]:
    """Scopes of every role the identity holds on the resource server, directly or through a group; today's."""
    if resource_server is None:
        return frozenset()
    held = Q(memberships__identity=identity) | Q(memberships__group__memberships__identity=identity)
    lists = Role.objects.filter(held, resource_server=resource_server).values_list("scopes", flat=True)
    return frozenset(scope for each in lists for scope in each) & frozenset(resource_server.scopes)


def management_scopes(identity_id: str) -> frozenset[str]:
    """What an administrator may do today; nothing once they are suspended, deleted or out of their roles."""
    identity = Identity.objects.filter(pk=identity_id, status="active").first()
    if identity is None:
        return frozenset()
    servers = ResourceServer.objects.filter(realm_id=identity.realm_id, identifier=scopes.MANAGEMENT_IDENTIFIER)
    return role_scopes(identity, servers.filter(is_managed=True).first())


def scopes_today(application: Application, identity: Identity | None, issued: Sequence[str]) -> tuple[str, ...]:
    """What is left of scopes granted earlier, in their order: a role or a scope taken away since is taken from the token
    too. `identity` None: the application's own token, which no role bounds. One query, or none when none can matter."""
    of_roles = None
    if identity is not None:
        asks_roles = any(scope not in scopes.OPENID_SCOPES for scope in issued)
        of_roles = role_scopes(identity, application.resource_server) if asks_roles else ()
    left = scopes.still_granted(issued, allowed=application.allowed_scopes, of_roles=of_roles)
    return tuple(scope for scope in issued if scope in left)


def consents_of(identity: Identity) -> "QuerySet[Consent]":
    """Third parties that the person lets in, newest first."""
    rows = Consent.objects.select_related("application").filter(realm_id=identity.realm_id, identity=identity)
    return rows.order_by("-granted_at", "-id")
