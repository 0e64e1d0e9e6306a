"""Verbs on realms that exist."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError, RestrictedError

from apps.core import names
from apps.core.context import Context
from apps.core.errors import Conflict, Denied, Invalid, Violation, all_or_invalid, told
from apps.core.rows import hold, require_unchanged
from apps.events import retention
from apps.events.attempt import attempt
from apps.events.types import EventType
from apps.realms.models import Classification, EmailTemplate, Logo, OutgoingMail, Realm, Theme, ThemeDraft
from apps.tenants.models import Tenant


class RealmNameTaken(Conflict):
    code = "conflict"


class RealmHasChildren(Conflict):
    code = "conflict"


class AdminRealmIsFixed(Denied):
    code = "forbidden"


def insert_realm(
    ctx: Context,
    tenant: Tenant,
    *,
    display_name: str,
    classification: str,
    event_retention_days: int = retention.DEFAULT_DAYS,
) -> Realm:
    """The row alone, inside the attempt of onboarding. Raises Invalid, RealmNameTaken."""
    realm = Realm(
        tenant=tenant,
        display_name=names.display_name(display_name, field="realm.display_name"),
        classification=Classification(classification),
        event_retention_days=event_retention_days,
        created_at=ctx.now,
        updated_at=ctx.now,
    )
    _write(lambda: realm.save(force_insert=True), realm)
    return realm


def update_realm(
    ctx: Context,
    realm: Realm,
    *,
    display_name: str | None = None,
    classification: str | None = None,
    event_retention_days: int | None = None,
    seen_at: datetime | None = None,
) -> Realm:
    """Changes what is given and nothing else. Raises Invalid, RealmNameTaken, AdminRealmIsFixed, ChangedMeanwhile."""
    with attempt(ctx, EventType.REALM_CHANGE, realm, action="UPDATE") as event:
        event.target(realm)
        _refuse_admin(realm)
        require_unchanged(realm, seen_at, ctx.now)
        hold(realm)
        name, kind, days = all_or_invalid(
            lambda: names.display_name(
                realm.display_name if display_name is None else display_name, field="realm.display_name"
            ),
            lambda: customer_classification(
                realm.classification if classification is None else classification, field="realm.classification"
            ),
            lambda: checked_retention(
                realm.event_retention_days if event_retention_days is None else event_retention_days,
                field="realm.event_retention_days",
            ),
        )
        event.changed("display_name", realm.display_name, name)
        event.changed("classification", realm.classification, kind)
        event.changed("event_retention_days", realm.event_retention_days, days)
        realm.display_name, realm.classification, realm.event_retention_days = name, kind, days
        realm.updated_at = ctx.now
        _write(lambda: realm.save(force_update=True), realm)
    return realm


def customer_classification(given: Any, *, field: str) -> str:
    """Of a realm for customers or staff; a tenant's one admin realm is made with it. Raises Invalid."""
    if given not in (Classification.SECURE_CUSTOMER, Classification.SECURE_WORKFORCE):
        raise Invalid(Violation(field, "must be SECURE_CUSTOMER or SECURE_WORKFORCE"))
    return str(given)


def checked_retention(given: Any, *, field: str) -> int:
    """In days. Raises Invalid."""
    if type(given) is not int or not retention.LEAST_DAYS <= given <= retention.MOST_DAYS:
        raise Invalid(
            Violation(
                field,
                told(
                    "must be a number of days from %(least)s to %(most)s",
                    least=retention.LEAST_DAYS,
                    most=retention.MOST_DAYS,
                ),
            )
        )
    return given


def delete_realm(ctx: Context, realm: Realm, admin_realm: Realm, *, seen_at: datetime | None = None) -> None:
    """Removes a realm without identities, groups and roles; what it was furnished with goes along.

    The event stands in the admin realm, which outlives it. Raises RealmHasChildren, AdminRealmIsFixed, ChangedMeanwhile.
    """
    with attempt(ctx, EventType.REALM_CHANGE, admin_realm, action="DELETE") as event:
        event.target(realm)
        _refuse_admin(realm)
        require_unchanged(realm, seen_at, ctx.now)
        hold(realm)
        try:
            with transaction.atomic():
                _delete_furniture(realm)
                realm.delete()
        except (ProtectedError, RestrictedError, IntegrityError):
            raise RealmHasChildren("realm has children", **_info(realm)) from None


def _refuse_admin(realm: Realm) -> None:
    if realm.is_admin:
        raise AdminRealmIsFixed("the admin realm cannot be changed", **_info(realm))


def _write(save: Callable[[], object], realm: Realm) -> None:
    try:
        with transaction.atomic():
            save()
    except IntegrityError:  # the constraint is the judge; asking first would race
        others = Realm.objects.filter(tenant_id=realm.tenant_id).exclude(pk=realm.pk)
        first = others.filter(display_name__iexact=realm.display_name).first()
        raise RealmNameTaken("a realm with this name already exists", **_info(first or realm)) from None


def _info(realm: Realm) -> dict[str, str]:
    return {"resource_type": "Realm", "resource_id": realm.pk}


_furniture: list[Callable[[Realm], object]] = []


def owns_furniture(remove: Callable[[Realm], object]) -> None:
    """Registers what goes with a realm although it is no child of it: applications, keys, policy. In AppConfig.ready."""
    _furniture.append(remove)


def _delete_furniture(realm: Realm) -> None:
    """Upper storeys first: they were registered last and hold on to the lower ones."""
    for remove in reversed(_furniture):
        remove(realm)
    OutgoingMail.objects.filter(realm=realm).delete()
    EmailTemplate.objects.filter(realm=realm).delete()
    for looks in (ThemeDraft, Theme, Logo):
        looks.objects.filter(realm=realm).delete()
