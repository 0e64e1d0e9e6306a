from django.db import models

from apps.core import ids
from apps.core.rows import ShortIdField, TimedRow


class Tenant(TimedRow):
    id = ShortIdField(default=ids.tenant_id)
    display_name = models.CharField(max_length=64)

    def __str__(self) -> str:
        return self.display_name
