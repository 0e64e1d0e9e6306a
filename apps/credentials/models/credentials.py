from django.db import models

from apps.core.rows import RealmRow, ShortIdField


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
