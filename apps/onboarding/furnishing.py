"""What a new realm is given, inside the attempt that makes it: keys, policy, and for the admin realm everything managed.

Rows alone; each is told as an event of its own, in the realm where it stands.
"""

from dataclasses import dataclass
from typing import Any

from django.conf import settings

from apps.applications.models import Application
from apps.applications.scopes import MANAGEMENT_IDENTIFIER, MANAGEMENT_SCOPES
from apps.applications.selectors import ADMIN_CONSOLE, MANAGEMENT_API
from apps.applications.services import access
from apps.applications.services.applications import WithSecret, insert_application
from apps.authenticators.models import AuthenticatorConfig
from apps.authenticators.services import insert_authenticator_config
from apps.core import names
from apps.core.context import SYSTEM, ActorType, Context
from apps.credentials.services import jobs
from apps.credentials.services.jobs import JobWithLink
from apps.directory import traits
from apps.directory.models import Group, Identity
from apps.directory.services.groups import insert_group, insert_members
from apps.directory.services.identities import insert_identity
from apps.events.attempt import Draft
from apps.events.types import EventType
from apps.onboarding import seeds
from apps.policy.services import insert_first_version
from apps.realms.models import Classification, Realm
from apps.realms.services import insert_realm
from apps.tenants.models import Tenant
from apps.tokens import keys


@dataclass(frozen=True, slots=True)
class AdminRealm:
    administrator: Identity
    console: Application
    management_api: WithSecret
    invitation: JobWithLink


def furnish(event: Draft, ctx: Context, realm: Realm, rules: list[dict[str, Any]]) -> None:
    key = keys.insert_first_keys(ctx, realm, "ES256")
    version = insert_first_version(ctx, realm, rules, comment="The rules this realm began with")
    _tell(event, realm, (EventType.SIGNING_KEY_CHANGE, key), (EventType.POLICY_CHANGE, version))


def _tell(event: Draft, place: Realm, *made: tuple[EventType, Any]) -> None:
    """One CREATE each, in the realm where the thing is: nothing comes into being untold."""
    for type, thing in made:
        _told(event, place, type, "CREATE").target(thing)


def _told(event: Draft, place: Any, type: EventType, action: str) -> Draft:
    return _by_us(event.follow(type, outcome="SUCCESS", action=action), place)


def _by_us(told: Draft, place: Any) -> Draft:
    """Whoever opens a tenant chose none of what it is furnished with, and has proven no name yet: that was us."""
    told.place = place
    if told.ctx.actor.type == ActorType.ANONYMOUS:
        told.ctx = told.ctx.acting_as(SYSTEM)
    return told


def furnish_admin_realm(
    event: Draft, ctx: Context, realm: Realm, email: str, name: str, delivery_method: str
) -> AdminRealm:
    console, management_api, config = _managed_applications(event, ctx, realm)
    group, administrator = _administrators(event, ctx, realm, console, email, name)
    furnish(event, ctx, realm, seeds.admin_rules(str(console.pk), group.pk))
    invitation = jobs.insert_job(
        ctx,
        administrator,
        delivery_method=delivery_method,
        authenticator_config=config,
        post_binding_redirect_uri=f"{settings.IDENTITY_CLOUD_CONSOLE_URL}/console/login?tenant={realm.tenant_id}",
        mail_kind="welcome",
    )
    told = _told(event, realm, EventType.CREDENTIAL_BINDING_JOB_CHANGE, "CREATE")
    told.target(administrator)
    told.target(invitation.job, administrator.display_name)
    told.data["delivery_method"] = delivery_method
    return AdminRealm(administrator, console, management_api, invitation)


def _managed_applications(
    event: Draft, ctx: Context, realm: Realm
) -> tuple[Application, WithSecret, AuthenticatorConfig]:
    server = access.insert_resource_server(
        ctx,
        realm,
        display_name=f"{settings.BRAND_NAME} Management API",
        identifier=MANAGEMENT_IDENTIFIER,
        scopes=MANAGEMENT_SCOPES,
        is_managed=True,
    )
    config = insert_authenticator_config(
        ctx, realm, display_name="Console sign-in", config=seeds.HOSTED_PASSKEYS, is_managed=True
    )
    console = insert_application(
        ctx,
        realm,
        display_name=f"{settings.BRAND_NAME} Admin Console",
        protocol_config=_console_protocol(),
        authenticator_config=config,
        resource_server=server,
        classification=ADMIN_CONSOLE,
    )
    management_api = insert_application(
        ctx,
        realm,
        display_name=f"{settings.BRAND_NAME} Management API",
        protocol_config=_management_protocol(),
        resource_server=server,
        classification=MANAGEMENT_API,
    )
    _tell(
        event,
        realm,
        (EventType.RESOURCE_SERVER_CHANGE, server),
        (EventType.AUTHENTICATOR_CONFIG_CHANGE, config),
        (EventType.APPLICATION_CHANGE, console.application),
        (EventType.APPLICATION_CHANGE, management_api.application),
    )
    return console.application, management_api, config


def _console_protocol() -> dict[str, Any]:
    return {
        "type": "oidc",
        "confidentiality": "public",
        "grant_type": ["authorization_code"],
        "redirect_uris": [f"{settings.IDENTITY_CLOUD_CONSOLE_URL}/console/callback"],
        "allowed_scopes": list(MANAGEMENT_SCOPES),
        "token_configuration": {"expires_after": 3600, "token_signing_algorithm": "ES256"},
        "pkce": "s256",
    }


def _management_protocol() -> dict[str, Any]:
    return {
        "type": "oauth2",
        "confidentiality": "confidential",
        "grant_type": ["client_credentials"],
        "allowed_scopes": list(MANAGEMENT_SCOPES),
        "token_configuration": {
            "expires_after": seeds.MANAGEMENT_TOKEN_SECONDS,
            "token_signing_algorithm": "ES256",
        },
    }


def _administrators(
    event: Draft, ctx: Context, realm: Realm, console: Application, email: str, name: str
) -> tuple[Group, Identity]:
    if console.resource_server is None:
        raise ValueError("the console has the management API as its resource server")
    given = {"type": traits.TYPE, "username": email[: names.USERNAME_LENGTH], "primary_email_address": email}
    administrator = insert_identity(
        ctx, realm, display_name=name or _name_from(email), traits=traits.parse(given, creating=True)
    )
    group = insert_group(ctx, realm, display_name=seeds.ADMIN_GROUP, is_managed=True)
    insert_members(ctx, group, [administrator.pk])
    role = access.insert_role(
        ctx, console.resource_server, display_name=seeds.ADMIN_ROLE, scopes=MANAGEMENT_SCOPES, is_managed=True
    )
    access.insert_role_group(ctx, role, group)
    _tell(
        event,
        realm,
        (EventType.IDENTITY_CHANGE, administrator),
        (EventType.GROUP_CHANGE, group),
        (EventType.ROLE_CHANGE, role),
    )
    for type, holder, held in (
        (EventType.GROUP_MEMBERSHIP_CHANGE, administrator, group),
        (EventType.ROLE_MEMBERSHIP_CHANGE, group, role),
    ):
        told = _told(event, realm, type, "ADD")
        told.target(held)
        told.target(holder)
    return group, administrator


def _name_from(address: str) -> str:
    """What stands before the @, without what an address may hold and a name may not."""
    name = names.REFUSED_IN_NAMES.sub("", address.partition("@")[0])[: names.DISPLAY_NAME_LENGTH]
    return name or seeds.NAMELESS


def open_first_realm(event: Draft, ctx: Context, tenant: Tenant) -> tuple[Realm, WithSecret, AuthenticatorConfig]:
    realm = insert_realm(ctx, tenant, display_name=seeds.FIRST_REALM, classification=Classification.SECURE_CUSTOMER)
    furnish(event, ctx, realm, seeds.starter_rules())
    config = insert_authenticator_config(ctx, realm, display_name="Hosted sign-in", config=seeds.HOSTED_PASSKEYS)
    application = insert_application(
        ctx,
        realm,
        display_name=seeds.FIRST_APPLICATION,
        protocol_config={
            "type": "oidc",
            "grant_type": ["authorization_code"],
            "redirect_uris": ["http://localhost:3000/callback"],
            "token_configuration": {"expires_after": 3600, "token_signing_algorithm": "ES256"},
            "pkce": "s256",
        },
        authenticator_config=config,
    )
    made = event.follow(EventType.REALM_CHANGE, outcome="SUCCESS", action="CREATE")
    _by_us(made, event.place).target(realm)
    _tell(
        event,
        realm,
        (EventType.AUTHENTICATOR_CONFIG_CHANGE, config),
        (EventType.APPLICATION_CHANGE, application.application),
    )
    return realm, application, config
