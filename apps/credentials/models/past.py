"""What is remembered of whom was seen where, and of proofs that did not hold."""

from django.db import models

from apps.core import ids
from apps.core.rows import MadeByRequests


class Sighting(MadeByRequests):
    """That an identity signed in with a device or from an address: `digest` is of either and of the identity. A row a day
    at most; where the address is, when a database of places says so."""

    id = models.UUIDField(primary_key=True, default=ids.uuid7, editable=False)
    identity = models.ForeignKey("directory.Identity", on_delete=models.CASCADE, related_name="+", db_index=False)
    digest = models.CharField(max_length=64)
    seen_at = models.DateTimeField()
    latitude = models.FloatField(null=True)
    longitude = models.FloatField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["identity", "digest", "seen_at"], name="sighting_digest"),
            models.Index(
                fields=["identity", "seen_at"], condition=models.Q(latitude__isnull=False), name="sighting_place"
            ),
            models.Index(fields=["seen_at"], name="sighting_age"),
        ]

    def __str__(self) -> str:
        return f"{self.identity_id} {self.seen_at}"


class FailedAttempt(models.Model):
    """A proof that did not hold. `identity` None: it claimed to be of nobody we know."""

    id = models.UUIDField(primary_key=True, default=ids.uuid7, editable=False)
    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.PROTECT, related_name="+")
    realm = models.ForeignKey("realms.Realm", on_delete=models.PROTECT, related_name="+")
    identity = models.ForeignKey("directory.Identity", null=True, on_delete=models.CASCADE, related_name="+")
    address_digest = models.CharField(max_length=64)
    failed_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["identity", "failed_at"], name="failure_identity"),
            models.Index(fields=["address_digest", "failed_at"], name="failure_address"),
            models.Index(fields=["failed_at"], name="failure_age"),
        ]

    def __str__(self) -> str:
        return f"{self.identity_id} {self.failed_at}"
