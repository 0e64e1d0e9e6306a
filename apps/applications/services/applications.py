"""Verbs on applications: OAuth clients. A secret leaves here once, in clear, and is stored as a digest."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction

from apps.applications import protocol
from apps.applications.hashers import SHA256SecretHasher
from apps.applications.models import Application, ResourceServer
from apps.authenticators.models import AuthenticatorConfig
from apps.core import names, secrets
from apps.core.context import Context
from apps.core.errors import Conflict, Denied, Unprocessable, all_or_invalid
from apps.core.rows import require_unchanged
from apps.events.attempt import Draft, attempt
from apps.events.types import EventType
from apps.realms.models import Realm


class ManagedApplication(Denied):
    code = "forbidden"


class NoSecret(Unprocessable):
    """A public client has none."""


class CreatedBefore(Conflict):
    """This very form made an application already: a double click, a reload. `facts["application_id"]` says which."""

    code = "conflict"


@dataclass(frozen=True, slots=True)
class WithSecret:
    """An application and its secret in clear: "" for a public client. Never stored, never logged."""

    application: Application
    client_secret: str


def create_application(
    ctx: Context,
    realm: Realm,
    *,
    display_name: str,
    protocol_config: Any,
    authenticator_config: AuthenticatorConfig | None = None,
    resource_server: ResourceServer | None = None,
    once: str = "",
) -> WithSecret:
    """`once` is a token that makes one application only, however often it is given. Raises Invalid, CreatedBefore."""
    with attempt(ctx, EventType.APPLICATION_CHANGE, realm, action="CREATE") as event:
        created = insert_application(
            ctx,
            realm,
            display_name=display_name,
            protocol_config=protocol_config,
            authenticator_config=authenticator_config,
            resource_server=resource_server,
            once=once,
        )
        _tell_configured(ctx, created.application, event)
        event.target(created.application)
        for name, value in _facts(created.application).items():
            event.changed(name, None, value)
    return created


def insert_application(
    ctx: Context,
    realm: Realm,
    *,
    display_name: str,
    protocol_config: Any,
    authenticator_config: AuthenticatorConfig | None = None,
    resource_server: ResourceServer | None = None,
    classification: str = "",
    once: str = "",
) -> WithSecret:
    """The row alone, inside somebody's attempt; a classification makes it managed."""
    application = Application(
        realm=realm,
        tenant_id=realm.tenant_id,
        client_id=secrets.new_token(18),
        classification=classification,
        is_managed=bool(classification),
        once_digest=secrets.digest(once) if once else None,
        created_at=ctx.now,
        updated_at=ctx.now,
    )
    _assign(application, display_name, protocol_config, authenticator_config, resource_server)
    client_secret = _new_secret(application)
    try:
        with transaction.atomic():
            application.save(force_insert=True)
    except IntegrityError:
        _refuse_second(realm, application.once_digest)
        raise
    return WithSecret(application, client_secret)


def update_application(
    ctx: Context,
    application: Application,
    *,
    display_name: str,
    protocol_config: Any,
    authenticator_config: AuthenticatorConfig | None,
    resource_server: ResourceServer | None,
    seen_at: datetime | None = None,
) -> Application:
    """Replaces the whole configuration; ids and secret stay. Raises Invalid, ManagedApplication, ChangedMeanwhile."""
    with attempt(ctx, EventType.APPLICATION_CHANGE, application.realm, action="UPDATE") as event:
        event.target(application)
        _refuse_managed(application)
        before = _facts(application)
        _assign(application, display_name, protocol_config, authenticator_config, resource_server)
        require_unchanged(application, seen_at, ctx.now)
        for name, value in _facts(application).items():
            event.changed(name, before[name], value)
        application.updated_at = ctx.now
        application.save()
        _tell_configured(ctx, application, event)
    return application


def rotate_secret(
    ctx: Context, application: Application, *, grace_seconds: int = 0, seen_at: datetime | None = None
) -> WithSecret:
    """A new secret; the old one works `grace_seconds` longer. Managed applications too: it is how a leak of theirs ends.

    Raises NoSecret, ChangedMeanwhile: with `seen_at` a repeated request cannot throw away a secret just put to use.
    """
    with attempt(ctx, EventType.APPLICATION_CHANGE, application.realm, action="ROTATE_SECRET") as event:
        event.target(application)
        if not application.is_confidential:
            raise NoSecret("a public client has no secret")
        require_unchanged(application, seen_at, ctx.now)
        event.data["grace_seconds"] = grace_seconds
        application.previous_secret = application.client_secret if grace_seconds else ""
        application.previous_secret_expires_at = ctx.now + timedelta(seconds=grace_seconds) if grace_seconds else None
        client_secret = _new_secret(application)
        application.updated_at = ctx.now
        application.save()
    return WithSecret(application, client_secret)


def delete_application(ctx: Context, application: Application) -> None:
    """Its grants and tokens go with it. Raises ManagedApplication."""
    with attempt(ctx, EventType.APPLICATION_CHANGE, application.realm, action="DELETE") as event:
        event.target(application)
        _refuse_managed(application)
        application.delete()


_when_configured: list[Callable[[Context, Application, Draft], object]] = []


def when_configured(act: Callable[[Context, Application, Draft], object]) -> None:
    """Registers what an application needs as it is now configured (a key for its algorithm): runs inside the attempt."""
    _when_configured.append(act)


def _tell_configured(ctx: Context, application: Application, event: Draft) -> None:
    for act in _when_configured:
        act(ctx, application, event)


def _assign(
    application: Application,
    display_name: str,
    protocol_config: Any,
    authenticator_config: AuthenticatorConfig | None,
    resource_server: ResourceServer | None,
) -> None:
    """Nothing is assigned when anything is wrong."""
    name, config = all_or_invalid(
        lambda: names.display_name(display_name, field="application.display_name"),
        lambda: protocol.parse(
            protocol_config,
            available_scopes=resource_server.scopes if resource_server else (),
            has_authenticator=authenticator_config is not None,
        ),
    )
    application.display_name = name
    application.protocol = config.protocol
    application.client_type = config.confidentiality
    application.grant_types = list(config.grant_types)
    application.redirect_uris = " ".join(config.redirect_uris)
    application.allowed_scopes = list(config.allowed_scopes)
    application.pkce = config.pkce
    application.token_format = config.token_format
    application.token_expires_after_seconds = config.expires_after_seconds
    application.token_signing_algorithm = config.signing_algorithm
    application.subject_field = config.subject_field
    application.authenticator_config = authenticator_config
    application.resource_server = resource_server


def _new_secret(application: Application) -> str:
    if not application.is_confidential:
        application.client_secret = SHA256SecretHasher().encode(secrets.new_token(), "")  # matches nothing anyone has
        return ""
    client_secret = secrets.new_token(36)  # 288 bits, 48 characters
    application.client_secret = SHA256SecretHasher().encode(client_secret, "")
    return client_secret


def _refuse_second(realm: Realm, once_digest: str | None) -> None:
    first = Application.objects.filter(realm=realm, once_digest=once_digest).first() if once_digest else None
    if first is not None:
        raise CreatedBefore("this form was sent before", application_id=str(first.pk))


def _refuse_managed(application: Application) -> None:
    if application.is_managed:
        raise ManagedApplication("this application is managed and cannot be changed")


def _facts(application: Application) -> dict[str, Any]:
    return {
        "display_name": application.display_name,
        "confidentiality": application.client_type,
        "grant_type": application.grant_types,
        "redirect_uris": application.redirect_uri_list,
        "allowed_scopes": application.allowed_scopes,
        "pkce": application.pkce,
        "token_expires_after": application.token_expires_after_seconds,
        "token_signing_algorithm": application.token_signing_algorithm,
        "subject_field": application.subject_field,
        "authenticator_config_id": str(application.authenticator_config_id or ""),
        "resource_server_id": str(application.resource_server_id or ""),
    }


def remove_applications(realm: Realm) -> None:
    """With the realm they are of. Registered with realms; roles are children and keep the realm alive instead."""
    Application.objects.filter(realm=realm).delete()
    ResourceServer.objects.filter(realm=realm).delete()
