from django.db import models

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
            )
        ]

    def __str__(self) -> str:
        return f"{self.algorithm} {self.kid}"
