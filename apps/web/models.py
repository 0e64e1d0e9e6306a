"""The one thing that doors remember: what they answered to whom, so that a request sent twice is done once.

It stands here and not in a face because every API of ours honours Idempotency-Key, and not in the domain because it
tells of requests, not of the product.
"""

from django.db import models

from apps.core import ids


class KeptAnswer(models.Model):
    """The answer to a request that carried an Idempotency-Key (contract/extensions.md §3), for 24 hours.

    `caller` is the application, with the identity it acts for. Digests are SHA-256: a key may say what it should not. The
    body is sealed, for it may hold a binding link that is stored nowhere in clear. No foreign keys: it dies by itself.
    """

    id = models.UUIDField(primary_key=True, default=ids.uuid7, editable=False)
    tenant_id = models.CharField(max_length=16)
    realm_id = models.CharField(max_length=16)
    caller = models.CharField(max_length=64)
    key_digest = models.CharField(max_length=64)
    request_digest = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(default=0)
    headers = models.JSONField(default=dict)
    sealed_body = models.BinaryField(default=bytes)
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant_id", "caller", "key_digest"], name="one_answer_for_a_key")
        ]
        indexes = [models.Index(fields=["expires_at"], name="kept_answer_expiry")]

    def __str__(self) -> str:
        return f"{self.status} for {self.caller}"
