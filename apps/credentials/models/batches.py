from typing import cast

from django.db import models

from apps.authenticators.models import AuthenticatorConfig
from apps.core import ids
from apps.core.rows import RealmRow, ShortIdField
from apps.credentials.models.binding_jobs import CredentialBindingJob, DeliveryMethod


class BatchState(models.TextChoices):
    RUNNING = "RUNNING"
    SUCCESS = "SUCCESS"
    PARTIAL_SUCCESS = "PARTIAL_SUCCESS"
    FAILED = "FAILED"


class BatchCredentialBindingJob(RealmRow):
    """Up to 1,000 invitations asked for at once; the worker makes them (services/batches.py).

    `actor_*` is who asked, in whose name each is made. `next_attempt_at` is when a worker may take it up: one that is at it
    has pushed it into the future, so a dead one gives it up by itself.
    """

    id = ShortIdField()
    authenticator_config = models.ForeignKey(
        "authenticators.AuthenticatorConfig", null=True, on_delete=models.PROTECT, related_name="+"
    )
    former_config_id = models.UUIDField(null=True)
    delivery_method = models.CharField(max_length=6, choices=DeliveryMethod.choices)
    post_binding_redirect_uri = models.CharField(max_length=2048, blank=True)
    expires_after_seconds = models.PositiveIntegerField()
    state = models.CharField(max_length=15, choices=BatchState.choices, default=BatchState.RUNNING)
    actor_type = models.CharField(max_length=16)
    actor_id = models.CharField(max_length=64, blank=True)
    actor_display_name = models.CharField(max_length=256, blank=True)
    correlation_id = models.CharField(max_length=64)
    next_attempt_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["realm", "id"], name="batch_realm"),
            models.Index(fields=["next_attempt_at"], condition=models.Q(state="RUNNING"), name="batch_waiting"),
        ]

    def __str__(self) -> str:
        return f"{self.pk} {self.state}"

    @property
    def config(self) -> AuthenticatorConfig:
        """Of a running batch, which always has one."""
        return cast(AuthenticatorConfig, self.authenticator_config)


class ResultState(models.TextChoices):
    PENDING = "PENDING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"


class BatchResult(models.Model):
    """What became of one identity of a batch. `wanted_id` is the id that was asked for, of an identity of the realm or not.

    `sealed_link` is the job's link, encrypted, for RETURN alone: whoever asked for the batch fetches it once the worker made
    it. It is emptied when the link no longer opens anything.
    """

    id = models.UUIDField(primary_key=True, default=ids.uuid7, editable=False)
    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.PROTECT, related_name="+")
    realm = models.ForeignKey("realms.Realm", on_delete=models.PROTECT, related_name="+")
    batch = models.ForeignKey(BatchCredentialBindingJob, on_delete=models.CASCADE, related_name="results")
    wanted_id = models.CharField(max_length=16)
    state = models.CharField(max_length=9, choices=ResultState.choices, default=ResultState.PENDING)
    job = models.OneToOneField(CredentialBindingJob, null=True, on_delete=models.SET_NULL, related_name="+")
    sealed_link = models.BinaryField(default=bytes)
    code = models.CharField(max_length=64, blank=True)
    message = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["batch", "wanted_id"], name="identity_once_in_batch")]
        indexes = [models.Index(fields=["batch", "state"], name="result_state")]

    def __str__(self) -> str:
        return f"{self.wanted_id} {self.state}"
