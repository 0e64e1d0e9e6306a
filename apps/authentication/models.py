from django.db import models

from apps.core import ids
from apps.core.rows import RealmRow


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


class LoginFlow(RealmRow):
    """One authorization request on its way through the authenticator; the contract's transaction (wire.md §3.3).

    `nonce` is the one challenge a proof may answer now; it changes with every answer. `browser_digest` ties the flow to
    the browser that began it (SHA-256 of a cookie), so nobody can finish a login in somebody else's browser.
    """

    id = models.UUIDField(primary_key=True, default=ids.uuid7, editable=False)
    application = models.ForeignKey("applications.Application", on_delete=models.CASCADE, related_name="+")
    asked = models.JSONField()
    nonce = models.CharField(max_length=43)
    browser_digest = models.CharField(max_length=64, blank=True)
    correlation_id = models.CharField(max_length=64)
    expires_at = models.DateTimeField()
    consumed_at = models.DateTimeField(null=True)
    notice = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes = [models.Index(fields=["expires_at"], name="login_flow_expiry")]

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
