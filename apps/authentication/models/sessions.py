"""A browser's session, and what waits for the person in it."""

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
            models.Index(fields=["identity", "id"], name="session_person"),
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
