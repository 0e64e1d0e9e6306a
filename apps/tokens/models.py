from django.db import models

from apps.core import ids
from apps.core.rows import RealmRow


class KeyState(models.TextChoices):
    NEXT = "next"
    CURRENT = "current"
    RETIRED = "retired"


class SigningKey(RealmRow):
    """A realm's key pair. `kid` is the RFC 7638 thumbprint; the private half is PEM, sealed with the key-encryption key.

    `published_until` is set when it is retired: the end of the longest token it signed.
    """

    kid = models.CharField(primary_key=True, max_length=43)
    algorithm = models.CharField(max_length=8)
    public_jwk = models.JSONField()
    sealed_private_key = models.BinaryField()
    state = models.CharField(max_length=8, choices=KeyState.choices, default=KeyState.CURRENT)
    retired_at = models.DateTimeField(null=True)
    published_until = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["realm", "algorithm"], condition=models.Q(state="current"), name="one_current_key"
            ),
            models.UniqueConstraint(
                fields=["realm", "algorithm"], condition=models.Q(state="next"), name="one_next_key"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.algorithm} {self.kid}"


class PushedRequest(RealmRow):
    """An authorization request left with us before the browser came (RFC 9126). `digest` is SHA-256 of its request_uri;
    `parameters` is urlencoded. It is taken up once. `own_redirect_uri` is the one address that this request may be answered
    to beside the registered ones: of a rehearsal alone, which the console pushes (docs/decisions/0021)."""

    id = models.UUIDField(primary_key=True, default=ids.uuid7, editable=False)
    application = models.ForeignKey("applications.Application", on_delete=models.CASCADE, related_name="+")
    digest = models.CharField(max_length=64, unique=True)
    parameters = models.TextField()
    dpop_jkt = models.CharField(max_length=43, blank=True)
    own_redirect_uri = models.CharField(max_length=2048, blank=True, default="")
    expires_at = models.DateTimeField()
    consumed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["expires_at"], name="pushed_request_expiry")]

    def __str__(self) -> str:
        return str(self.pk)


class Rehearsal(RealmRow):
    """A sign-in to an application that an administrator began at the console, to see what comes back.

    `state_digest` is SHA-256 of its state, `console_session_id` the session that began it and the only one that may end it.
    `sealed` is JSON of the PKCE verifier and the nonce. It is ended once.
    """

    id = models.UUIDField(primary_key=True, default=ids.uuid7, editable=False)
    application = models.ForeignKey("applications.Application", on_delete=models.CASCADE, related_name="+")
    console_session_id = models.UUIDField()
    state_digest = models.CharField(max_length=64, unique=True)
    sealed = models.BinaryField()
    expires_at = models.DateTimeField()
    consumed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["expires_at"], name="rehearsal_expiry")]

    def __str__(self) -> str:
        return str(self.pk)


class Used(models.Model):
    """What must not be used twice: the jti of a client's assertion (RFC 7523 §3) or of a DPoP proof (RFC 9449 §11.1).

    `digest` is SHA-256 over what it was for, by whom, and the jti. The first INSERT wins.
    """

    digest = models.CharField(primary_key=True, max_length=64)
    expires_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["expires_at"], name="used_expiry")]

    def __str__(self) -> str:
        return self.digest
