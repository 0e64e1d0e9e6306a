"""Verbs on realms that exist."""

from collections.abc import Callable
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError, RestrictedError

from apps.core import names
from apps.core.context import Context
from apps.core.errors import Conflict, Denied
from apps.core.rows import require_unchanged
from apps.events.attempt import attempt
from apps.events.types import EventType
from apps.realms.models import Classification, OutgoingMail, Realm, Theme
from apps.tenants.models import Tenant


class RealmNameTaken(Conflict):
    code = "conflict"


class RealmHasChildren(Conflict):
    code = "conflict"


class AdminRealmIsFixed(Denied):
    code = "forbidden"


def insert_realm(ctx: Context, tenant: Tenant, *, display_name: str, classification: str) -> Realm:
    """The row alone, inside the attempt of onboarding. Raises Invalid, RealmNameTaken."""
    display_name = names.display_name(display_name, field="realm.display_name")
    try:
        with transaction.atomic():
            return Realm.objects.create(
                tenant=tenant,
                display_name=display_name,
                classification=Classification(classification),
                created_at=ctx.now,
                updated_at=ctx.now,
            )
    except IntegrityError:
        raise RealmNameTaken("a realm with this name already exists") from None


def rename_realm(ctx: Context, realm: Realm, *, display_name: str, seen_at: datetime | None = None) -> Realm:
    """Raises Invalid, RealmNameTaken, AdminRealmIsFixed, ChangedMeanwhile."""
    with attempt(ctx, EventType.REALM_CHANGE, realm, action="UPDATE") as event:
        event.target(realm)
        _refuse_admin(realm)
        require_unchanged(realm, seen_at, ctx.now)
        display_name = names.display_name(display_name, field="realm.display_name")
        event.changed("display_name", realm.display_name, display_name)
        try:
            with transaction.atomic():
                Realm.objects.filter(pk=realm.pk).update(display_name=display_name, updated_at=ctx.now)
        except IntegrityError:
            raise RealmNameTaken("a realm with this name already exists") from None
        realm.display_name, realm.updated_at = display_name, ctx.now
    return realm


def delete_realm(ctx: Context, realm: Realm, admin_realm: Realm) -> None:
    """Removes an empty realm. The event stands in the admin realm, which outlives it. Raises RealmHasChildren."""
    with attempt(ctx, EventType.REALM_CHANGE, admin_realm, action="DELETE") as event:
        event.target(realm)
        _refuse_admin(realm)
        try:
            with transaction.atomic():
                _delete_furniture(realm)
                realm.delete()
        except (ProtectedError, RestrictedError, IntegrityError):
            raise RealmHasChildren("realm has children") from None


def _refuse_admin(realm: Realm) -> None:
    if realm.is_admin:
        raise AdminRealmIsFixed("the admin realm cannot be changed")


_furniture: list[Callable[[Realm], object]] = []


def owns_furniture(remove: Callable[[Realm], object]) -> None:
    """Registers what goes with a realm although it is no child of it: applications, keys, policy. In AppConfig.ready."""
    _furniture.append(remove)


def _delete_furniture(realm: Realm) -> None:
    """Upper storeys first: they were registered last and hold on to the lower ones."""
    for remove in reversed(_furniture):
        remove(realm)
    OutgoingMail.objects.filter(realm=realm).delete()
    Theme.objects.filter(realm=realm).delete()
