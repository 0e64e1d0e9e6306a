"""Telling people by mail what happened to the ways into their account, so that who did not do it themselves learns of it."""

from datetime import UTC, timedelta
from typing import Any

from django.conf import settings
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from apps.core.context import ActorType, Context
from apps.credentials.device_words import device_words
from apps.credentials.models import BindingReason, Credential, CredentialBindingJob, CredentialState
from apps.directory import selectors as directory
from apps.directory.models import Identity
from apps.events.attempt import Draft
from apps.federation.models import IdentityProvider
from apps.realms import mail

MAIL = "security_notice"
ABOUT = "credential"
LIFE = timedelta(days=7)
BACK_IN = gettext_noop("You got back in and created a passkey")
ADDED = gettext_noop("A passkey was added")
REVOKED = gettext_noop("A passkey was revoked")
LINKED = gettext_noop("You can now sign in through another provider")
UNLINKED = gettext_noop("You can no longer sign in through this provider")


def passkey_bound(event: Draft, job: CredentialBindingJob, credential: Credential) -> None:
    """Inside the attempt that bound it. The first passkey of all is no change that anybody could miss. Registered with
    passkeys."""
    if credential.identity.credentials.exclude(pk=credential.pk).exists():
        recovered = job.reason == BindingReason.RECOVERY
        _tell_of(event.ctx, credential, BACK_IN if recovered else ADDED)


def passkey_revoked(ctx: Context, credential: Credential, event: Draft) -> None:
    """Inside the attempt that revokes it, before it is. Registered with passkeys."""
    if credential.state == CredentialState.ACTIVE:
        _tell_of(ctx, credential, REVOKED)


def provider_linked(ctx: Context, identity: Identity, provider: IdentityProvider) -> None:
    """Inside the attempt that linked somebody who was here before."""
    _tell(ctx, identity, LINKED, provider.display_name, ("identity_provider", provider.pk))


def provider_unlinked(ctx: Context, identity: Identity, provider: IdentityProvider) -> None:
    """Inside the attempt that disconnects them."""
    _tell(ctx, identity, UNLINKED, provider.display_name, ("identity_provider", provider.pk))


def my_page(identity: Identity) -> str:
    """Where a person sees passkeys and sessions."""
    place = f"tenants/{identity.tenant_id}/realms/{identity.realm_id}"
    return f"{settings.IDENTITY_CLOUD_AUTH_URL}/authenticator/v1/{place}/me"


def _named(happened: str, name: str) -> str:
    return _("%(happened)s: %(name)s") % {"happened": happened, "name": name}


def _device(ctx: Context) -> str:
    return device_words(ctx.client.user_agent) or _("an unknown browser")


def _tell_of(ctx: Context, credential: Credential, happened: str) -> None:
    _tell(ctx, credential.identity, happened, credential.display_name, (ABOUT, credential.pk))


def _tell(ctx: Context, identity: Identity, happened: str, name: str, about: tuple[str, str]) -> None:
    if not identity.primary_email_address:
        return
    mail.queue(
        ctx,
        identity.realm,
        MAIL,
        recipient=identity.primary_email_address,
        about=about,
        expires_at=ctx.now + LIFE,
        language=directory.language_of(identity),
        facts=lambda: {
            "display_name": identity.display_name,
            "happened": _named(_(happened), name),
            **_circumstances(ctx, identity),
        },
    )


def _circumstances(ctx: Context, identity: Identity) -> dict[str, Any]:
    """An administrator's browser and address are no business of the person's."""
    own = ctx.actor.type == ActorType.IDENTITY and ctx.actor.id == identity.pk
    return {
        "time": f"{date_format(ctx.now.astimezone(UTC), 'DATETIME_FORMAT')} UTC",
        "device": _device(ctx) if own else _("an administrator's browser"),
        "ip_address": ctx.client.ip if own and ctx.client.ip else _("address not told"),
        "action_url": my_page(identity),
    }
