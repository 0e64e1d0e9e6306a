"""Verbs on applications: OAuth clients. A secret leaves here once, in clear, and is stored as a digest."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction

from apps.applications import configured, protocol, sectors
from apps.applications.authority import refuse_mightier
from apps.applications.hashers import SHA256SecretHasher
from apps.applications.models import Application, Grant, ResourceServer
from apps.applications.sectors import Document
from apps.authenticators.models import AuthenticatorConfig
from apps.core import names, secrets
from apps.core.context import Context
from apps.core.errors import Conflict, Denied, Invalid, Unprocessable, Violation, all_or_invalid
from apps.core.rows import hold, require_same_realm, require_unchanged
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


KEPT: Any = object()  # not given: stays as it is, which None does not say


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
    """`once` is a token that makes one application only, however often it is given. Raises Invalid, CreatedBefore,
    BeyondOwnScopes."""
    sector = sectors.look_up(protocol_config)
    with attempt(ctx, EventType.APPLICATION_CHANGE, realm, action="CREATE") as event:
        created = insert_application(
            ctx,
            realm,
            display_name=display_name,
            protocol_config=protocol_config,
            authenticator_config=authenticator_config,
            resource_server=resource_server,
            once=once,
            sector=sector,
        )
        refuse_mightier(ctx, created.application)
        _tell_configured(ctx, created.application, event)
        event.target(created.application)
        for name, value in configured.facts_of(created.application).items():
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
    sector: Document | None = None,
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
        authenticator_config=authenticator_config,
        resource_server=resource_server,
    )
    _hold(authenticator_config, resource_server)
    _assign(application, display_name, protocol_config, sector)
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
    display_name: str | None = None,
    protocol_config: Any = None,
    authenticator_config: AuthenticatorConfig | None = KEPT,
    resource_server: ResourceServer | None = KEPT,
    seen_at: datetime | None = None,
) -> Application:
    """Changes what is given, `protocol_config` field by field; ids and secret stay. None takes away the authenticator or
    the resource server. Raises Invalid, ManagedApplication, BeyondOwnScopes, ChangedMeanwhile."""
    sector = sectors.look_up_again(configured.protocol_config_of(application), protocol_config)
    with attempt(ctx, EventType.APPLICATION_CHANGE, application.realm, action="UPDATE") as event:
        event.target(application)
        _refuse_managed(application)
        references = {"authenticator_config": authenticator_config, "resource_server": resource_server}
        given = {name: value for name, value in references.items() if value is not KEPT}
        _hold(*(given.get(name, getattr(application, name)) for name in references))
        require_unchanged(application, seen_at, ctx.now)
        _hold_whole(application)
        refuse_mightier(ctx, application)
        before = configured.facts_of(application)
        for name, value in given.items():
            setattr(application, name, value)
        stored = configured.protocol_config_of(application)
        changed = stored if protocol_config is None else protocol.merged(stored, protocol_config)
        _assign(application, application.display_name if display_name is None else display_name, changed, sector)
        refuse_mightier(ctx, application)
        for name, value in configured.facts_of(application).items():
            event.changed(name, before[name], value)
        application.updated_at = ctx.now
        application.save(update_fields=["display_name", "updated_at", *configured.COLUMNS, *given])
        _tell_configured(ctx, application, event)
    return application


def rotate_secret(
    ctx: Context, application: Application, *, grace_seconds: int = 0, seen_at: datetime | None = None
) -> WithSecret:
    """A new secret; the old one works `grace_seconds` longer. Managed applications too: it is how a leak of theirs ends.

    Raises NoSecret, BeyondOwnScopes, ChangedMeanwhile: with `seen_at` a repeated request cannot throw away a secret just put
    to use.
    """
    with attempt(ctx, EventType.APPLICATION_CHANGE, application.realm, action="ROTATE_SECRET") as event:
        event.target(application)
        if not application.is_confidential:
            info = {"resource_type": "Application", "resource_id": str(application.pk)}
            raise NoSecret("a public client has no secret", **info)
        require_unchanged(application, seen_at, ctx.now)
        _hold_whole(application)
        refuse_mightier(ctx, application)
        event.data["grace_seconds"] = grace_seconds
        application.previous_secret = application.client_secret if grace_seconds else ""
        application.previous_secret_expires_at = ctx.now + timedelta(seconds=grace_seconds) if grace_seconds else None
        client_secret = _new_secret(application)
        application.updated_at = ctx.now
        application.save(update_fields=["client_secret", "previous_secret", "previous_secret_expires_at", "updated_at"])
    return WithSecret(application, client_secret)


def delete_application(ctx: Context, application: Application, *, seen_at: datetime | None = None) -> None:
    """Its grants and tokens go with it. Raises ManagedApplication, BeyondOwnScopes, ChangedMeanwhile."""
    with attempt(ctx, EventType.APPLICATION_CHANGE, application.realm, action="DELETE") as event:
        event.target(application)
        _refuse_managed(application)
        require_unchanged(application, seen_at, ctx.now)
        _hold_whole(application)
        refuse_mightier(ctx, application)
        # Whoever redeems or refreshes by a grant is waited for; after that nobody can come to refer to the application.
        Grant.objects.filter(application=application, revoked_at=None).update(revoked_at=ctx.now)
        Application.objects.select_for_update().filter(pk=application.pk).first()
        application.delete()


_when_configured: list[Callable[[Context, Application, Draft], object]] = []


def when_configured(act: Callable[[Context, Application, Draft], object]) -> None:
    """Registers what an application needs as it is now configured (a key for its algorithm): runs inside the attempt."""
    _when_configured.append(act)


def _tell_configured(ctx: Context, application: Application, event: Draft) -> None:
    for act in _when_configured:
        act(ctx, application, event)


def _hold_whole(application: Application) -> None:
    """With what it refers to as that is now: its scopes are power or not by whose they are."""
    hold(application)
    application.refresh_from_db(fields=["authenticator_config", "resource_server", "target_realm"])


def _hold(*things: AuthenticatorConfig | ResourceServer | None) -> None:
    """Scopes are judged by the resource server's, and neither may be deleted while it is being named."""
    for thing in things:
        if thing is not None:
            hold(thing)


def _assign(application: Application, display_name: str, protocol_config: Any, sector: Document | None) -> None:
    """Nothing is assigned when anything is wrong."""
    server = application.resource_server
    require_same_realm(application.realm_id, application.authenticator_config, server)
    name, config = all_or_invalid(
        lambda: names.display_name(display_name, field="application.display_name"),
        lambda: protocol.parse(
            protocol_config,
            available_scopes=server.scopes if server else (),
            has_authenticator=application.authenticator_config_id is not None,
        ),
    )
    sectors.require_one(config, sector)
    application.target_realm = _target_realm(application, config.target_realm_id)
    application.display_name = name
    configured.assign(application, config)


def _target_realm(application: Application, realm_id: str) -> Realm | None:
    """Of the same tenant, for an application of its admin realm alone (contract/extensions.md §10). Raises Invalid."""
    if not realm_id:
        return None
    field = f"{protocol.ROOT}.target_realm_id"
    if not application.realm.is_admin:
        raise Invalid(Violation(field, "only an application of the admin realm may have one"))
    realm = Realm.objects.filter(tenant_id=application.tenant_id, pk=realm_id).first() if len(realm_id) == 16 else None
    if realm is None:
        raise Invalid(Violation(field, "realm not found"))
    return realm


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


def remove_applications(realm: Realm) -> None:
    """With the realm they are of. Registered with realms; roles are children and keep the realm alive instead."""
    Application.objects.filter(realm=realm).delete()
    ResourceServer.objects.filter(realm=realm).delete()
