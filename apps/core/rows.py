"""What every row of a realm carries: which tenant and realm it is of, and when it came and changed.

Times are set by the verbs from `ctx.now`, not by the model: one clock a call. The foreign keys name their apps as
strings, so core still imports nothing above it.
"""

from datetime import datetime
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.db import models

from apps.core import ids
from apps.core.errors import NotFound, PreconditionFailed


class TimedRow(models.Model):
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        abstract = True


class ChangedMeanwhile(PreconditionFailed):
    """The row is no longer what the caller read."""


def require_unchanged(row: TimedRow, seen_at: datetime | None, now: datetime) -> None:
    """First thing inside an attempt: raises ChangedMeanwhile unless the row's `updated_at` is still the one the caller read
    (None asks nothing). It is an update, not a question, so of two callers who read the same one wins."""
    if seen_at is None:
        return
    same = type(row)._default_manager.filter(pk=row.pk, updated_at=seen_at)
    if same.update(updated_at=now) != 1:
        raise ChangedMeanwhile("somebody else changed it meanwhile")


def hold(row: models.Model) -> None:
    """Locks the row until the transaction ends and reads its own columns anew, so that what is decided by them stays true.
    Raises NotFound when it is gone. Whoever holds several takes identities first, then groups, resource servers, roles."""
    columns = [field.attname for field in row._meta.concrete_fields if not field.is_relation]
    standing_still = type(row)._default_manager.select_for_update(no_key=True)
    try:
        row.refresh_from_db(fields=columns, from_queryset=standing_still)
    except ObjectDoesNotExist:
        raise NotFound(type(row).__name__, str(row.pk)) from None


class RealmRow(TimedRow):
    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.PROTECT, related_name="+")
    realm = models.ForeignKey("realms.Realm", on_delete=models.PROTECT, related_name="+")

    class Meta:
        abstract = True


class ShortIdField(models.CharField):
    """A primary key of 16 lower hex (contract/extensions.md §3)."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            **{"primary_key": True, "max_length": 16, "default": ids.short_id, "editable": False, **options}
        )
