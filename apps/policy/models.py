from django.db import models

from apps.core import ids
from apps.core.rows import RealmRow


class PolicyVersion(RealmRow):
    """A published version of a realm's rules; the highest one is in force. Never changed."""

    id = models.UUIDField(primary_key=True, default=ids.uuid7, editable=False)
    version = models.PositiveIntegerField()
    rules = models.JSONField()
    comment = models.CharField(max_length=300, blank=True)
    published_by = models.CharField(max_length=64, blank=True)
    published_by_name = models.CharField(max_length=128, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["realm", "version"], name="policy_version_in_realm")]

    def __str__(self) -> str:
        return f"version {self.version}"


class PolicyDraft(RealmRow):
    """The rules being worked on; no row while nobody has edited since the last publish."""

    base_version = models.PositiveIntegerField()
    revision = models.PositiveIntegerField(default=1)
    rules = models.JSONField()
    updated_by = models.CharField(max_length=64, blank=True)
    updated_by_name = models.CharField(max_length=128, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["realm"], name="one_policy_draft_per_realm")]

    def __str__(self) -> str:
        return f"draft on version {self.base_version}"
