"""Verbs on authenticator configs."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from apps.authenticators import configuration
from apps.authenticators.models import AuthenticatorConfig
from apps.core import names
from apps.core.context import Context
from apps.core.errors import Conflict, Denied, all_or_invalid
from apps.core.rows import hold, require_unchanged
from apps.events.attempt import attempt
from apps.events.types import EventType
from apps.realms.models import Realm


class ConfigInUse(Conflict):
    code = "conflict"


class ManagedConfig(Denied):
    code = "forbidden"


def create_authenticator_config(ctx: Context, realm: Realm, *, display_name: str, config: Any) -> AuthenticatorConfig:
    """Raises Invalid."""
    with attempt(ctx, EventType.AUTHENTICATOR_CONFIG_CHANGE, realm, action="CREATE") as event:
        created = insert_authenticator_config(ctx, realm, display_name=display_name, config=config)
        event.target(created)
        event.changed("config", None, created.config)
    return created


def insert_authenticator_config(
    ctx: Context, realm: Realm, *, display_name: str, config: Any, is_managed: bool = False
) -> AuthenticatorConfig:
    """The row alone, inside somebody's attempt."""
    name, checked = all_or_invalid(
        lambda: _name(display_name), lambda: configuration.parse(configuration.opened(config))
    )
    return AuthenticatorConfig.objects.create(
        realm=realm,
        tenant_id=realm.tenant_id,
        display_name=name,
        type=checked["type"],
        config=checked,
        is_managed=is_managed,
        created_at=ctx.now,
        updated_at=ctx.now,
    )


def update_authenticator_config(
    ctx: Context,
    config: AuthenticatorConfig,
    *,
    display_name: str | None = None,
    settings: Any = None,
    seen_at: datetime | None = None,
) -> AuthenticatorConfig:
    """`settings` changes the fields of `config` that it has; another type begins anew.

    Raises Invalid, ManagedConfig, ChangedMeanwhile.
    """
    with attempt(ctx, EventType.AUTHENTICATOR_CONFIG_CHANGE, config.realm, action="UPDATE") as event:
        event.target(config)
        _refuse_managed(config)
        require_unchanged(config, seen_at, ctx.now)
        hold(config)
        name, checked = all_or_invalid(
            lambda: config.display_name if display_name is None else _name(display_name),
            lambda: (
                config.config
                if settings is None
                else configuration.parse(configuration.merged(config.config, settings))
            ),
        )
        event.changed("display_name", config.display_name, name)
        event.changed("config", config.config, checked)
        config.display_name, config.config, config.type = name, checked, checked["type"]
        config.updated_at = ctx.now
        config.save()
    return config


def delete_authenticator_config(ctx: Context, config: AuthenticatorConfig, *, seen_at: datetime | None = None) -> None:
    """Raises ConfigInUse while an application or an open binding job names it, ManagedConfig, ChangedMeanwhile."""
    with attempt(ctx, EventType.AUTHENTICATOR_CONFIG_CHANGE, config.realm, action="DELETE") as event:
        event.target(config)
        _refuse_managed(config)
        require_unchanged(config, seen_at, ctx.now)
        hold(config)
        try:
            with transaction.atomic():
                for release in _when_deleted:
                    release(config)
                config.delete()
        except (ProtectedError, IntegrityError):
            info = {"resource_type": "AuthenticatorConfig", "resource_id": str(config.pk)}
            raise ConfigInUse("the authenticator config is in use", **info) from None


_when_deleted: list[Callable[[AuthenticatorConfig], object]] = []


def when_deleted(release: Callable[[AuthenticatorConfig], object]) -> None:
    """Registers what lets go of a config that is about to be deleted; what still needs it keeps it and is in the way."""
    _when_deleted.append(release)


def _name(display_name: object) -> str:
    return names.display_name(display_name, field="authenticator_config.display_name")


def _refuse_managed(config: AuthenticatorConfig) -> None:
    if config.is_managed:
        raise ManagedConfig("this authenticator config is managed and cannot be changed")


def remove_authenticator_configs(realm: Realm) -> None:
    """With the realm they are of. Registered with realms."""
    AuthenticatorConfig.objects.filter(realm=realm).delete()
