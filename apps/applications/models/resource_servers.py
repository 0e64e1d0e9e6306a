from django.db import models

from apps.core import ids
from apps.core.rows import RealmRow


class ResourceServer(RealmRow):
    id = models.UUIDField(primary_key=True, default=ids.uuid7, editable=False)
    display_name = models.CharField(max_length=64)
    identifier = models.CharField(max_length=256)
    scopes = models.JSONField(default=list)
    is_managed = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["realm", "identifier"], name="identifier_in_realm")]

    def __str__(self) -> str:
        return self.display_name
