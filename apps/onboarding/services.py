"""The two verbs that orchestrate: `create_tenant` and `create_realm`. One transaction each, with every event in it."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.db import IntegrityError
from django.utils.translation import gettext as _

from apps.applications.models import Application
from apps.applications.services.applications import WithSecret
from apps.authenticators.models import AuthenticatorConfig
from apps.core import names, secrets
from apps.core.context import Context
from apps.core.errors import Conflict, Invalid, Violation
from apps.credentials.services.jobs import JobWithLink
from apps.directory import selectors as directory
from apps.directory.models import Identity
from apps.events import retention
from apps.events.attempt import attempt
from apps.events.types import EventType
from apps.onboarding import furnishing, seeds
from apps.onboarding.models import SignUp
from apps.realms import mail
from apps.realms.models import Classification, Realm
from apps.realms.services import checked_retention, insert_realm
from apps.tenants.models import Tenant


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
        admin = furnishing.furnish_admin_realm(event, ctx, made, admin_email, admin_name, delivery_method)
        event.target(admin.administrator)
        first_realm, first_application, config = furnishing.open_first_realm(event, ctx, tenant)
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
    event_retention_days: int = retention.DEFAULT_DAYS,
) -> Realm:
    """A realm with a signing key and the starter policy. Raises Invalid, RealmNameTaken."""
    if classification not in (Classification.SECURE_CUSTOMER, Classification.SECURE_WORKFORCE):
        raise Invalid(Violation("realm.classification", "must be SECURE_CUSTOMER or SECURE_WORKFORCE"))
    with attempt(ctx, EventType.REALM_CHANGE, admin_realm, action="CREATE") as event:
        realm = insert_realm(
            ctx,
            tenant,
            display_name=display_name,
            classification=classification,
            event_retention_days=checked_retention(event_retention_days, field="realm.event_retention_days"),
        )
        event.target(realm)
        event.changed("display_name", None, realm.display_name)
        event.changed("classification", None, realm.classification)
        event.changed("event_retention_days", None, realm.event_retention_days)
        furnishing.furnish(event, ctx, realm, seeds.starter_rules())
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
    neutral = dict.fromkeys(
        ("realm_name", "logo_url", "logo_url_dark", "support_url", "brand_color", "brand_text_color"), ""
    )
    return {"tenants": tenants, "organization_name": settings.BRAND_NAME, **neutral}


def _sign_in_link(identity: Identity) -> dict[str, str]:
    tenant = identity.realm.tenant
    query = urlencode({"tenant": tenant.pk, "username": identity.username})
    return {
        "display_name": tenant.display_name,
        "id": tenant.pk,
        "url": f"{settings.IDENTITY_CLOUD_CONSOLE_URL}/console/login?{query}",
    }


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
