"""One-time codes, what guards them, and the way back in by mail."""

from django.db import models

from apps.authentication.models.login_flows import LoginFlow
from apps.core import ids
from apps.core.rows import RealmRow


class CodeAllowance(RealmRow):
    """How many one-time codes and recovery links an address may still be sent, known to the realm or not. `address_digest`
    is keyed (HMAC), so that who asked for a stranger's address leaves no list of addresses. `failures`: wrong codes since
    the last right one.
    """

    id = models.UUIDField(primary_key=True, default=ids.uuid7, editable=False)
    address_digest = models.CharField(max_length=64)
    failures = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["realm", "address_digest"], name="one_allowance_per_address")]
        indexes = [models.Index(fields=["updated_at"], name="code_allowance_age")]

    def __str__(self) -> str:
        return str(self.pk)


class WrongCodes(RealmRow):
    """How many wrong one-time codes there were in the hour since `began_at`: of one client in the realm, or of all in it.
    `subject_digest` says which of the two, keyed (HMAC)."""

    id = models.UUIDField(primary_key=True, default=ids.uuid7, editable=False)
    subject_digest = models.CharField(max_length=64)
    began_at = models.DateTimeField()
    number = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["subject_digest", "realm"], name="one_count_of_wrong_codes")]
        indexes = [models.Index(fields=["began_at"], name="wrong_codes_age")]

    def __str__(self) -> str:
        return f"{self.began_at} {self.number}"


class Recovery(RealmRow):
    """Somebody asked to get back in without a passkey. `token_digest` is SHA-256 of the mailed link's token; `identity` is
    null for an address that nobody has, whose link nobody has either; `allowance` counts for both, and is null of one
    from before there was any. The code is asked for in one browser (`browser_digest`, SHA-256 of a cookie) and ends it:
    `confirmed_at`."""

    id = models.UUIDField(primary_key=True, default=ids.uuid7, editable=False)
    identity = models.ForeignKey("directory.Identity", null=True, on_delete=models.CASCADE, related_name="+")
    application = models.ForeignKey("applications.Application", on_delete=models.CASCADE, related_name="+")
    allowance = models.ForeignKey(CodeAllowance, null=True, on_delete=models.CASCADE, related_name="recoveries")
    token_digest = models.CharField(max_length=64, unique=True)
    browser_digest = models.CharField(max_length=64, blank=True)
    correlation_id = models.CharField(max_length=64)
    expires_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["expires_at"], name="recovery_expiry")]

    def __str__(self) -> str:
        return str(self.pk)


class OneTimeCode(RealmRow):
    """Six digits sent to an address, for one login flow or one recovery. `code_digest` is keyed and holds the row's own id,
    so neither the table nor another row tells a code. Whom nothing is sent to has a row as well: `was_sent` False, and no
    code redeems it. `identity` null and `was_sent`: whoever redeems it is signed up.
    """

    id = models.UUIDField(primary_key=True, default=ids.uuid7, editable=False)
    allowance = models.ForeignKey(CodeAllowance, on_delete=models.CASCADE, related_name="codes")
    flow = models.ForeignKey(LoginFlow, null=True, on_delete=models.CASCADE, related_name="codes")
    recovery = models.ForeignKey(Recovery, null=True, on_delete=models.CASCADE, related_name="codes")
    identity = models.ForeignKey("directory.Identity", null=True, on_delete=models.CASCADE, related_name="+")
    address = models.CharField(max_length=254, blank=True)
    code_digest = models.CharField(max_length=64)
    was_sent = models.BooleanField()
    tries = models.PositiveSmallIntegerField(default=0)
    expires_at = models.DateTimeField()
    redeemed_at = models.DateTimeField(null=True)
    replaced_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(flow=None, recovery__isnull=False) | models.Q(flow__isnull=False, recovery=None),
                name="code_is_for_one_thing",
            )
        ]
        indexes = [models.Index(fields=["allowance", "created_at"], name="code_allowance_recent")]

    def __str__(self) -> str:
        return str(self.pk)
