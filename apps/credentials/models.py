from typing import cast

from django.db import models

from apps.authenticators.models import AuthenticatorConfig
from apps.core import ids
from apps.core.rows import MadeByRequests, RealmRow, ShortIdField


class CredentialState(models.TextChoices):
    ACTIVE = "ACTIVE"
    REVOKED = "REVOKED"


class Binding(models.TextChoices):
    """Where the private key lives, told from flags and attestation, never from a promise (contract/extensions.md §5)."""

    HARDWARE = "hardware"
    SOFTWARE = "software"
    SYNCED = "synced"


class Method(models.TextChoices):
    WEBAUTHN = "webauthn"
    X509 = "x509"
    JWT = "jwt"


class Credential(RealmRow):
    """A passkey: the public half, and what is known of where the private half is.

    `webauthn_id` is the authenticator's credential id in base64url; every realm shares one RP ID, so it is unique over
    all of them. `public_key` is COSE (CBOR) for WebAuthn. `jwk_thumbprint` is RFC 7638 SHA-256, base64url unpadded.
    """

    id = ShortIdField()
    identity = models.ForeignKey("directory.Identity", on_delete=models.CASCADE, related_name="credentials")
    state = models.CharField(max_length=8, choices=CredentialState.choices, default=CredentialState.ACTIVE)
    method = models.CharField(max_length=8, choices=Method.choices)
    webauthn_id = models.CharField(max_length=1400, blank=True)
    user_handle = models.CharField(max_length=86, blank=True)
    public_key = models.BinaryField()
    jwk = models.JSONField()
    jwk_thumbprint = models.CharField(max_length=43)
    sign_count = models.BigIntegerField(default=0)
    binding = models.CharField(max_length=8, choices=Binding.choices)
    aaguid = models.CharField(max_length=36, blank=True)
    provider_name = models.CharField(max_length=64, blank=True)
    attestation_format = models.CharField(max_length=32, blank=True)
    attestation_trusted = models.BooleanField(default=False)
    backup_eligible = models.BooleanField(default=False)
    backed_up = models.BooleanField(default=False)
    user_verified_at_bind = models.BooleanField(default=False)
    transports = models.JSONField(default=list)
    display_name = models.CharField(max_length=64)
    last_used_at = models.DateTimeField(null=True)
    last_used_ip = models.CharField(max_length=45, blank=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["webauthn_id"], condition=~models.Q(webauthn_id=""), name="webauthn_id_once"
            ),
            models.UniqueConstraint(fields=["realm", "jwk_thumbprint"], name="passkey_key_in_realm"),
        ]
        indexes = [
            models.Index(fields=["realm", "id"], name="credential_realm"),
            models.Index(fields=["identity", "state"], name="credential_identity"),
        ]

    def __str__(self) -> str:
        return self.display_name

    @property
    def is_active(self) -> bool:
        return self.state == CredentialState.ACTIVE


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
