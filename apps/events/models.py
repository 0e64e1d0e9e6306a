"""One table, inserted into and read, never changed: triggers in the first migration refuse the rest."""

from django.db import models

from apps.core import ids
from apps.events.types import CONFIGURATION


class Event(models.Model):
    """`targets`: [{"type","id","display_name"}]. `data`: see contract/extensions.md §7; personal values only under
    `data.personal`. No foreign keys: what an event names may be gone."""

    id = models.UUIDField(primary_key=True, default=ids.uuid7, editable=False)
    tenant_id = models.CharField(max_length=16)
    realm_id = models.CharField(max_length=16)
    type = models.CharField(max_length=48)
    version = models.PositiveSmallIntegerField(default=1)
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    correlation_id = models.CharField(max_length=64)
    outcome = models.CharField(max_length=64)
    actor_type = models.CharField(max_length=16)
    actor_id = models.CharField(max_length=64, blank=True)
    actor_display_name = models.CharField(max_length=256, blank=True)
    targets = models.JSONField(default=list)
    client_ip = models.CharField(max_length=45, blank=True)
    client_user_agent = models.CharField(max_length=512, blank=True)
    client_country = models.CharField(max_length=2, blank=True)
    data = models.JSONField(default=dict)

    class Meta:
        indexes = [
            # The id is time-ordered, so every list is a keyset walk down one of these.
            models.Index(fields=["realm_id", "id"], name="events_realm"),
            models.Index(fields=["realm_id", "type", "id"], name="events_realm_type"),
            models.Index(fields=["realm_id", "correlation_id", "id"], name="events_realm_flow"),
            models.Index(fields=["realm_id", "actor_id", "id"], name="events_realm_actor"),
            models.Index(
                fields=["id"],
                condition=models.Q(type__in=[type.value for type in CONFIGURATION]),
                name="events_configuration",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.outcome}"
