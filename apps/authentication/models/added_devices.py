"""A device that comes to somebody's account, and the code that it shows."""

from django.db import models

from apps.authentication.models.sessions import Session
from apps.core import ids
from apps.core.rows import RealmRow, TimedRow


class ShownCode(models.Model):
    """A code that one of the two devices shows while a device is added: see addition_codes. `tries` are entries of the
    other device's code made here, right or wrong."""

    code_number = models.PositiveIntegerField(default=0)
    code_digest = models.CharField(max_length=64)
    code_expires_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    expires_at = models.DateTimeField()

    class Meta:
        abstract = True


class ArrivingDevice(TimedRow, ShownCode):
    """A browser that waits to be let in. Whose it is nobody knows yet, so it is of no realm; the day that somebody lets it
    in, a DeviceAddition names it. `browser_digest` is SHA-256 of its cookie."""

    id = models.UUIDField(primary_key=True, default=ids.uuid7, editable=False)
    browser_digest = models.CharField(max_length=64, unique=True)
    client_ip = models.CharField(max_length=45, blank=True)
    client_user_agent = models.CharField(max_length=512, blank=True)
    client_country = models.CharField(max_length=2, blank=True)
    claimed_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["code_digest"], name="arriving_device_code"),
            models.Index(fields=["expires_at"], name="arriving_device_expiry"),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class AdditionState(models.TextChoices):
    OPEN = "OPEN"
    CLAIMED = "CLAIMED"
    APPROVED = "APPROVED"
    BINDING = "BINDING"
    COMPLETE = "COMPLETE"
    DENIED = "DENIED"
    CANCELLED = "CANCELLED"
    TRIED_TOO_OFTEN = "TRIED_TOO_OFTEN"


class DeviceAddition(RealmRow, ShownCode):
    """A person, signed in by `session`, sets up another device. OPEN until both devices know each other, CLAIMED until the
    person approves with a proof over `nonce`, APPROVED until the new device fetches its binding job, BINDING until the
    passkey is made. Too old is read off `expires_at`, never stored."""

    id = models.UUIDField(primary_key=True, default=ids.uuid7, editable=False)
    identity = models.ForeignKey("directory.Identity", on_delete=models.CASCADE, related_name="+")
    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="+")
    authenticator_config = models.ForeignKey(
        "authenticators.AuthenticatorConfig", on_delete=models.CASCADE, related_name="+"
    )
    arrival = models.OneToOneField(ArrivingDevice, null=True, on_delete=models.SET_NULL, related_name="addition")
    job = models.OneToOneField(
        "credentials.CredentialBindingJob", null=True, on_delete=models.SET_NULL, related_name="+"
    )
    state = models.CharField(max_length=15, choices=AdditionState.choices, default=AdditionState.OPEN)
    nonce = models.CharField(max_length=43)
    correlation_id = models.CharField(max_length=64)

    class Meta:
        indexes = [
            models.Index(fields=["code_digest"], name="device_addition_code"),
            models.Index(fields=["expires_at"], name="device_addition_expiry"),
        ]

    def __str__(self) -> str:
        return f"{self.pk} {self.state}"
