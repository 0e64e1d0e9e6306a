"""The two verbs that orchestrate: `create_tenant` and `create_realm`. One transaction each, with every event in it."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.db import IntegrityError
from django.utils.translation import gettext as _

from apps.applications.models import Application
from apps.applications.scopes import MANAGEMENT_IDENTIFIER, MANAGEMENT_SCOPES
from apps.applications.selectors import ADMIN_CONSOLE, MANAGEMENT_API
from apps.applications.services import access
from apps.applications.services.applications import WithSecret, insert_application
from apps.authenticators.models import AuthenticatorConfig
from apps.authenticators.services import insert_authenticator_config
from apps.core import names, secrets
from apps.core.context import Context
from apps.core.errors import Conflict, Invalid, Violation
from apps.credentials.services import jobs
from apps.credentials.services.jobs import JobWithLink
from apps.directory import selectors as directory
from apps.directory import traits
from apps.directory.models import Group, Identity
from apps.directory.services.groups import insert_group, insert_members
from apps.directory.services.identities import insert_identity
from apps.events.attempt import Draft, attempt
from apps.events.types import EventType
from apps.onboarding import seeds
from apps.onboarding.models import SignUp
from apps.policy.services import insert_first_version
from apps.realms import mail
from apps.realms.models import Classification, Realm
from apps.realms.services import insert_realm
from apps.tenants.models import Tenant
from apps.tokens import keys


@dataclass(frozen=True, slots=True)
class NewTenant:
    """What was made. Secrets and the link are in clear here and nowhere else."""

    tenant: Tenant
    admin_realm: Realm
    administrator: Identity
    console: Application
    management_api: WithSecret
    first_realm: Realm
    first_application: WithSecret
    first_config: AuthenticatorConfig
    invitation: JobWithLink


class SignedUpBefore(Conflict):
    """This form was sent before: a double click, a reload, an impatient second try."""


def create_tenant(
    ctx: Context, *, name: str, admin_email: str, admin_name: str = "", delivery_method: str = "EMAIL", once: str = ""
) -> NewTenant:
    """Opens a tenant with everything in contract/extensions.md §2 and invites its first administrator.

    `delivery_method` EMAIL mails the binding link as well as returning it; RETURN only returns it. `once` is a token that
    makes one tenant only, however often and however fast it is given. Raises Invalid, SignedUpBefore.
    """
    try:
        return _create_tenant(ctx, name, admin_email, admin_name, delivery_method, once)
    except IntegrityError:
        if not once or not SignUp.objects.filter(token_digest=secrets.digest(once)).exists():
            raise
        # No event: it belongs to a realm, and this attempt made none. The first one's stands.
        raise SignedUpBefore("this form was sent before") from None


def _create_tenant(
    ctx: Context, name: str, admin_email: str, admin_name: str, delivery_method: str, once: str
) -> NewTenant:
    name, admin_email, admin_name = _checked(name, admin_email, admin_name)
    tenant = Tenant(display_name=name, created_at=ctx.now, updated_at=ctx.now)
    admin_realm = Realm(tenant=tenant)
    with attempt(ctx, EventType.TENANT_CHANGE, admin_realm, action="CREATE") as event:
        tenant.save(force_insert=True)
        if once:
            SignUp.objects.create(token_digest=secrets.digest(once), tenant=tenant, created_at=ctx.now)
        made = insert_realm(
            ctx, tenant, display_name=f"{settings.BRAND_NAME} Admin Realm", classification=Classification.ADMIN
        )
        event.place = made
        event.target(tenant)
        event.changed("display_name", None, name)
        admin = _furnish_admin_realm(event, ctx, made, admin_email, admin_name, delivery_method)
        first_realm, first_application, config = _first_realm(event, ctx, tenant)
    return NewTenant(
        tenant=tenant,
        admin_realm=made,
        administrator=admin.administrator,
        console=admin.console,
        management_api=admin.management_api,
        first_realm=first_realm,
        first_application=first_application,
        first_config=config,
        invitation=admin.invitation,
    )


def create_realm(
    ctx: Context,
    tenant: Tenant,
    admin_realm: Realm,
    *,
    display_name: str,
    classification: str = Classification.SECURE_CUSTOMER,
) -> Realm:
    """A realm with a signing key and the starter policy. Raises Invalid, RealmNameTaken."""
    if classification not in (Classification.SECURE_CUSTOMER, Classification.SECURE_WORKFORCE):
        raise Invalid(Violation("realm.classification", "must be SECURE_CUSTOMER or SECURE_WORKFORCE"))
    with attempt(ctx, EventType.REALM_CHANGE, admin_realm, action="CREATE") as event:
        realm = insert_realm(ctx, tenant, display_name=display_name, classification=classification)
        event.target(realm)
        event.changed("display_name", None, realm.display_name)
        event.changed("classification", None, realm.classification)
        _furnish(ctx, realm, seeds.starter_rules())
    return realm


def mail_sign_in_links(ctx: Context, address: str) -> None:
    """Mails the address a sign-in link for each tenant it administers; nothing for a stranger, and nobody is told."""
    found = list(directory.tenants_of_address(address)[:50])
    if not found:
        return
    first = found[0]
    with attempt(ctx, EventType.CONSOLE_SIGN_IN, first.realm, action="MAIL_LINKS") as event:
        event.target(first)
        mail.queue(
            ctx,
            first.realm,
            "sign_in_links",
            recipient=first.primary_email_address,
            about=("identity", first.pk),
            expires_at=ctx.now + timedelta(days=1),
            facts=_sign_in_facts([_sign_in_link(identity) for identity in found]),
        )


def _sign_in_facts(tenants: list[dict[str, str]]) -> dict[str, Any]:
    """One tenant: its link is the button, in its own look. Several: a list, in nobody's look but the product's."""
    if len(tenants) == 1:
        return {"tenants": tenants, "action_url": tenants[0]["url"], "action_label": _("Sign in")}
    neutral = dict.fromkeys(("realm_name", "logo_url", "support_url", "brand_color", "brand_text_color"), "")
    return {"tenants": tenants, "organization_name": settings.BRAND_NAME, **neutral}


def _sign_in_link(identity: Identity) -> dict[str, str]:
    tenant = identity.realm.tenant
    query = urlencode({"tenant": tenant.pk, "username": identity.username})
    return {
        "display_name": tenant.display_name,
        "id": tenant.pk,
        "url": f"{settings.IDENTITY_CLOUD_CONSOLE_URL}/console/login?{query}",
    }


@dataclass(frozen=True, slots=True)
class _AdminRealm:
    administrator: Identity
    console: Application
    management_api: WithSecret
    invitation: JobWithLink


def _checked(name: str, admin_email: str, admin_name: str) -> tuple[str, str, str]:
    """Every field is looked at, so that a form shows all that is wrong at once."""
    violations: list[Violation] = []
    cleaned: list[str] = []
    checks: list[tuple[Any, dict[str, Any], str]] = [
        (names.display_name, {"field": "name"}, name),
        (names.email_address, {"field": "admin_email", "required": True}, admin_email),
        (names.display_name, {"field": "admin_name", "required": False}, admin_name),
    ]
    for check, options, value in checks:
        try:
            cleaned.append(check(value, **options))
        except Invalid as refusal:
            violations.extend(refusal.violations)
    if violations:
        raise Invalid(violations)
    return cleaned[0], cleaned[1], cleaned[2]


def _furnish(ctx: Context, realm: Realm, rules: list[dict[str, Any]]) -> None:
    keys.insert_signing_key(ctx, realm, "ES256")
    insert_first_version(ctx, realm, rules, comment="The rules this realm began with")


def _furnish_admin_realm(
    event: Draft, ctx: Context, realm: Realm, email: str, name: str, delivery_method: str
) -> _AdminRealm:
    console, management_api, config = _managed_applications(ctx, realm)
    group, administrator = _administrators(ctx, realm, console, email, name)
    _furnish(ctx, realm, seeds.admin_rules(str(console.pk), group.pk))
    invitation = jobs.insert_job(
        ctx,
        administrator,
        delivery_method=delivery_method,
        authenticator_config=config,
        post_binding_redirect_uri=f"{settings.IDENTITY_CLOUD_CONSOLE_URL}/console/login?tenant={realm.tenant_id}",
        mail_kind="welcome",
    )
    event.follow(EventType.IDENTITY_CHANGE, outcome="SUCCESS", action="CREATE").target(administrator)
    event.follow(EventType.CREDENTIAL_BINDING_JOB_CHANGE, outcome="SUCCESS", action="CREATE").target(invitation.job, "")
    return _AdminRealm(administrator, console, management_api, invitation)


def _managed_applications(ctx: Context, realm: Realm) -> tuple[Application, WithSecret, AuthenticatorConfig]:
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


def _administrators(ctx: Context, realm: Realm, console: Application, email: str, name: str) -> tuple[Group, Identity]:
    if console.resource_server is None:
        raise ValueError("the console has the management API as its resource server")
    given = {"type": traits.TYPE, "username": email[: names.USERNAME_LENGTH], "primary_email_address": email}
    administrator = insert_identity(
        ctx, realm, display_name=name or email.partition("@")[0], traits=traits.parse(given, creating=True)
    )
    group = insert_group(ctx, realm, display_name=seeds.ADMIN_GROUP, is_managed=True)
    insert_members(ctx, group, [administrator.pk])
    role = access.insert_role(
        ctx, console.resource_server, display_name=seeds.ADMIN_ROLE, scopes=MANAGEMENT_SCOPES, is_managed=True
    )
    access.insert_role_group(ctx, role, group)
    return group, administrator


def _first_realm(event: Draft, ctx: Context, tenant: Tenant) -> tuple[Realm, WithSecret, AuthenticatorConfig]:
    realm = insert_realm(ctx, tenant, display_name=seeds.FIRST_REALM, classification=Classification.SECURE_CUSTOMER)
    _furnish(ctx, realm, seeds.starter_rules())
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
    event.follow(EventType.REALM_CHANGE, outcome="SUCCESS", action="CREATE").target(realm)
    event.follow(EventType.APPLICATION_CHANGE, outcome="SUCCESS", action="CREATE").target(application.application)
    return realm, application, config
