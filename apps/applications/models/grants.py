"""What was granted: codes on their way, devices that wait for an answer, what people agreed to."""

from django.db import models
from oauth2_provider.models import (
    AbstractDeviceGrant,
    AbstractGrant,
)

from apps.applications.models.applications import Application
from apps.applications.models.of_realm import OfRealm
from apps.core import ids
from apps.core.rows import MadeByRequests


class Grant(MadeByRequests, AbstractGrant):
    """What a person granted an application, and its authorization code. `code` holds the code's SHA-256 (a device's: of
    its device code); the row stays after use, so that a second use can be answered by revoking what the first one gave
    out (RFC 6749 §4.1.2), and for as long as a refresh token lives by it. `session_id` is the browser session, None when
    embedded; `credential_id` the passkey that proved it, so that what it opened can be closed with it.

    `claims` is the JSON of the claims parameter (OpenID Connect Core §5.5), `resource` those asked for (RFC 8707),
    `dpop_jkt` the key the code is bound to (RFC 9449 §10), `revoked_at` when its whole family of tokens was ended.
    """

    id = models.UUIDField(primary_key=True, default=ids.uuid7, editable=False)
    application = models.ForeignKey(Application, on_delete=models.CASCADE, db_index=False)
    user = models.ForeignKey(
        "directory.Identity", on_delete=models.CASCADE, related_name="applications_grant", db_index=False
    )
    code = models.CharField(max_length=64)
    created = updated = None
    consumed_at = models.DateTimeField(null=True)
    session_id = models.UUIDField(null=True, db_index=True)
    credential_id = models.CharField(max_length=16, blank=True)
    authenticated_at = models.DateTimeField()
    acr = models.CharField(max_length=64, blank=True)
    amr = models.JSONField(default=list)
    dpop_jkt = models.CharField(max_length=43, blank=True)
    revoked_at = models.DateTimeField(null=True)
    correlation_id = models.CharField(max_length=64)

    class Meta(AbstractGrant.Meta):
        abstract = False
        constraints = [models.UniqueConstraint(fields=["code"], name="grant_code")]
        indexes = [
            models.Index(fields=["application", "authenticated_at", "id"], name="grant_application"),
            models.Index(fields=["user"], name="grant_person"),
            models.Index(fields=["credential_id"], name="grant_passkey"),
        ]


class DeviceGrant(OfRealm, AbstractDeviceGrant):
    """A device that waits for somebody to approve it elsewhere (RFC 8628). `device_code` and `user_code` hold SHA-256s.

    Once approved, `grant_id` is what the person granted; `consumed_at` is when the device took its tokens.
    """

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="device_grants")
    grant_id = models.UUIDField(null=True)
    consumed_at = models.DateTimeField(null=True)
    polled_at = models.DateTimeField(null=True)
    resources = models.JSONField(default=list)
    dpop_jkt = models.CharField(max_length=43, blank=True)
    client_ip = models.CharField(max_length=45, blank=True)
    client_user_agent = models.CharField(max_length=512, blank=True)
    correlation_id = models.CharField(max_length=64)

    class Meta(AbstractDeviceGrant.Meta):
        abstract = False
        indexes = [models.Index(fields=["realm", "user_code"], name="device_grant_user_code")]


class Consent(OfRealm):
    """What a person lets a third party's application have, until they take it back."""

    id = models.UUIDField(primary_key=True, default=ids.uuid7, editable=False)
    identity = models.ForeignKey("directory.Identity", on_delete=models.CASCADE, related_name="consents")
    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="consents")
    scopes = models.JSONField(default=list)
    granted_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["identity", "application"], name="consent_once")]

    def __str__(self) -> str:
        return f"{self.identity_id} to {self.application_id}"
