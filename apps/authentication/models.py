from django.db import models

from apps.core import ids
from apps.core.rows import RealmRow, TimedRow


class Session(RealmRow):
    """A person signed in to one realm in one browser. `token_digest` is SHA-256 of the cookie's value.

    A session of the console has the browser's session as its `parent` and ends with it.
    """

    id = models.UUIDField(primary_key=True, default=ids.uuid7, editable=False)
    identity = models.ForeignKey("directory.Identity", on_delete=models.CASCADE, related_name="sessions")
    credential = models.ForeignKey("credentials.Credential", null=True, on_delete=models.SET_NULL, related_name="+")
    application = models.ForeignKey("applications.Application", null=True, on_delete=models.CASCADE, related_name="+")
    parent = models.ForeignKey("self", null=True, on_delete=models.CASCADE, related_name="children")
    token_digest = models.CharField(max_length=64, unique=True)
    authenticated_at = models.DateTimeField()
    acr = models.CharField(max_length=64)
    amr = models.JSONField()
    last_seen_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    client_ip = models.CharField(max_length=45, blank=True)
    client_user_agent = models.CharField(max_length=512, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["identity", "ended_at"], name="session_identity"),
            models.Index(fields=["expires_at"], name="session_expiry"),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class KeptAct(RealmRow):
    """What an administrator asked for at the console and what waits for their passkey: `sealed_content` is where it was
    posted and with which fields, encrypted. Of one session and of the browser that asked (`browser_digest`)."""

    id = models.UUIDField(primary_key=True, default=ids.uuid7, editable=False)
    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="+")
    browser_digest = models.CharField(max_length=64)
    sealed_content = models.BinaryField()
    expires_at = models.DateTimeField()
    spent_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["expires_at"], name="kept_act_expiry")]

    def __str__(self) -> str:
        return str(self.pk)


class KeptForm(RealmRow):
    """What an administrator had typed when their session was over: `sealed_content` is the page and the fields, encrypted.
    Of one person and of the browser that sent it (`browser_digest`)."""

    id = models.UUIDField(primary_key=True, default=ids.uuid7, editable=False)
    identity = models.ForeignKey("directory.Identity", on_delete=models.CASCADE, related_name="+")
    browser_digest = models.CharField(max_length=64)
    sealed_content = models.BinaryField()
    expires_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["expires_at"], name="kept_form_expiry")]

    def __str__(self) -> str:
        return str(self.pk)


class LoginFlow(RealmRow):
    """One authorization request on its way through the authenticator; the contract's transaction (wire.md §3.3).

    `nonce` is the one challenge a proof may answer now; it changes with every answer. `browser_digest` ties the flow to
    the browser that began it (SHA-256 of a cookie), so nobody can finish a login in somebody else's browser. One without
    such a browser, of an embedded authenticator, is found by what a right certificate holds: `proof_digest`, renewed with
    the nonce (contract/extensions.md §5). `asked_again` counts how often a stronger proof was asked for.
    """

    id = models.UUIDField(primary_key=True, default=ids.uuid7, editable=False)
    application = models.ForeignKey("applications.Application", on_delete=models.CASCADE, related_name="+")
    asked = models.JSONField()
    nonce = models.CharField(max_length=43)
    proof_digest = models.CharField(max_length=43, blank=True)
    asked_again = models.PositiveSmallIntegerField(default=0)
    browser_digest = models.CharField(max_length=64, blank=True)
    correlation_id = models.CharField(max_length=64)
    expires_at = models.DateTimeField()
    consumed_at = models.DateTimeField(null=True)
    notice = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["expires_at"], name="login_flow_expiry"),
            models.Index(fields=["proof_digest"], condition=~models.Q(proof_digest=""), name="login_flow_proof"),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class ProviderSignIn(RealmRow):
    """A login flow on its way to an identity provider and back, once. `state_digest` and `nonce_digest` are SHA-256 of what
    the provider is told; the PKCE verifier is sealed. Of the flow, and so of its browser alone. `proven_since`: the person
    has to prove themselves there after this; null asks nothing."""

    id = models.UUIDField(primary_key=True, default=ids.uuid7, editable=False)
    flow = models.ForeignKey(LoginFlow, on_delete=models.CASCADE, related_name="provider_sign_ins")
    provider = models.ForeignKey("federation.IdentityProvider", on_delete=models.CASCADE, related_name="+")
    state_digest = models.CharField(max_length=64, unique=True)
    nonce_digest = models.CharField(max_length=64)
    sealed_verifier = models.BinaryField()
    proven_since = models.DateTimeField(null=True)
    expires_at = models.DateTimeField()
    spent_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return str(self.pk)


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


class LogoutNotice(RealmRow):
    """An outbox row: one application to be told that one person signed out (OpenID Connect Back-Channel Logout §2.5).

    Its logout token is made when it is sent. `lease_until` keeps two workers from sending it at once.
    """

    id = models.UUIDField(primary_key=True, default=ids.uuid7, editable=False)
    application = models.ForeignKey("applications.Application", on_delete=models.CASCADE, related_name="+")
    session_id = models.UUIDField(null=True)
    subject = models.CharField(max_length=255)
    correlation_id = models.CharField(max_length=64)
    tries = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["next_try_at"],
                condition=models.Q(delivered_at=None, failed_at=None),
                name="logout_notice_due",
            )
        ]

    def __str__(self) -> str:
        return str(self.pk)


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
