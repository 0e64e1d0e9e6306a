from typing import cast

from django.db import models

from apps.authenticators.models import AuthenticatorConfig
from apps.core import ids
from apps.core.rows import RealmRow, ShortIdField
from apps.credentials.models.credentials import Credential


class JobState(models.TextChoices):
    LINK_SENT = "LINK_SENT"
    LINK_OPENED = "LINK_OPENED"
    REQUEST_DELIVERED = "REQUEST_DELIVERED"
    COMPLETE = "COMPLETE"
    EXPIRED = "EXPIRED"
    REVOKED = "REVOKED"
    FAILED_TO_SEND = "FAILED_TO_SEND"


OPEN_STATES = (JobState.LINK_SENT, JobState.LINK_OPENED, JobState.REQUEST_DELIVERED)


class DeliveryMethod(models.TextChoices):
    RETURN = "RETURN"
    EMAIL = "EMAIL"


class BindingReason(models.TextChoices):
    """Why a passkey is bound (contract/extensions.md §10 "And"). An open job says only what nobody can tell later:
    INVITED is FIRST while the person has no active passkey."""

    FIRST = "first"
    INVITED = "invited"
    ADDITIONAL = "additional"
    RECOVERY = "recovery"


class CredentialBindingJob(RealmRow):
    """One invitation to bind one passkey. `token_digest` is SHA-256 of the link's token. EXPIRED is not a stored state:
    it is read off `expires_at`, so no clean-up job can forget it (see selectors.state_of).

    While it is open it holds its authenticator config; once closed it lets go of one that is deleted and keeps its id, as
    `former_config_id`.
    """

    id = ShortIdField()
    identity = models.ForeignKey("directory.Identity", on_delete=models.CASCADE, related_name="binding_jobs")
    authenticator_config = models.ForeignKey(
        "authenticators.AuthenticatorConfig", null=True, on_delete=models.PROTECT, related_name="binding_jobs"
    )
    former_config_id = models.UUIDField(null=True)
    delivery_method = models.CharField(max_length=6, choices=DeliveryMethod.choices)
    state = models.CharField(max_length=17, choices=JobState.choices, default=JobState.LINK_SENT)
    token_digest = models.CharField(max_length=64, unique=True)
    reason = models.CharField(max_length=10, choices=BindingReason.choices, default=BindingReason.INVITED)
    post_binding_redirect_uri = models.CharField(max_length=2048, blank=True)
    expires_at = models.DateTimeField()
    credential = models.ForeignKey(Credential, null=True, on_delete=models.SET_NULL, related_name="+")
    requested_by = models.CharField(max_length=64, blank=True)
    correlation_id = models.CharField(max_length=64, default=ids.uuid7)

    class Meta:
        indexes = [
            models.Index(fields=["realm", "id"], name="job_realm"),
            models.Index(fields=["identity", "id"], name="job_identity"),
        ]

    def __str__(self) -> str:
        return f"{self.pk} {self.state}"

    @property
    def config(self) -> AuthenticatorConfig:
        """Of an open job, which always has one."""
        return cast(AuthenticatorConfig, self.authenticator_config)
