"""What every row of a realm carries: which tenant and realm it is of, and when it came and changed.

Times are set by the verbs from `ctx.now`, not by the model: one clock a call. The foreign keys name their apps as
strings, so core still imports nothing above it.
"""

from typing import Any

from django.db import models

from apps.core import ids


class TimedRow(models.Model):
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        abstract = True


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
