"""Applications of a realm, and what roles let an identity do."""

import uuid

from django.db.models import Count, Q, QuerySet

from apps.applications.models import Application, ResourceServer, Role
from apps.core.errors import NotFound
from apps.directory.models import Identity
from apps.realms.models import Realm

MISSING = "The requested resource was not found."  # the contract's words for UUID resources (contract/wire.md §1.1)
MANAGEMENT_API = "management_api"
ADMIN_CONSOLE = "admin_console"


def applications_in(realm: Realm) -> "QuerySet[Application]":
    return (
        Application.objects.select_related("authenticator_config", "resource_server").filter(realm=realm).order_by("id")
    )


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


def managed_application(admin_realm: Realm, classification: str) -> Application:
    application = (
        Application.objects.select_related("realm__tenant", "resource_server", "authenticator_config")
        .filter(realm=admin_realm, classification=classification)
        .first()
    )
    if application is None:
        raise NotFound("Application", classification, MISSING)
    return application


def resource_servers_in(realm: Realm) -> "QuerySet[ResourceServer]":
    return ResourceServer.objects.filter(realm=realm).order_by("id")


def role_scopes(identity: Identity, resource_server: ResourceServer | None) -> frozenset[str]:
    """Scopes of every role the identity holds on the resource server, directly or through a group; today's."""
    if resource_server is None:
        return frozenset()
    held = Q(memberships__identity=identity) | Q(memberships__group__memberships__identity=identity)
    scopes = Role.objects.filter(held, resource_server=resource_server).values_list("scopes", flat=True)
    return frozenset(scope for role in scopes for scope in role) & frozenset(resource_server.scopes)
