"""What every row of a realm carries: which tenant and realm it is of, and when it came and changed.

Times are set by the verbs from `ctx.now`, not by the model: one clock a call. The foreign keys name their apps as
strings, so core still imports nothing above it.
"""

from datetime import datetime
from typing import Any

from django.db import models

from apps.core import ids
from apps.core.errors import PreconditionFailed


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
