"""Tokens as rows: what is left of each when it is gone to its client."""

from django.db import models
from oauth2_provider.models import (
    AbstractAccessToken,
    AbstractIDToken,
    AbstractRefreshToken,
)

from apps.applications.models.applications import Application, TokenFormat
from apps.applications.models.grants import Grant
from apps.applications.models.of_realm import OfRealm
from apps.core import ids
from apps.core.rows import MadeByRequests


class IssuedToken(MadeByRequests):
    """What access and refresh tokens share: whose, for how long, from which grant. Revoked rows stay until they expire.

    The token itself is not kept: `token_checksum` is its SHA-256. Of the toolkit's columns those that nobody fills are
    left out (None), and every index that nobody asks by: each would be written with every token."""

    token_checksum = models.CharField(max_length=64)
    jti = models.CharField(max_length=43)
    session_id = models.UUIDField(null=True)
    grant = models.ForeignKey(Grant, null=True, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False)
    issued_at = models.DateTimeField()

    class Meta:
        abstract = True


class AccessToken(IssuedToken, AbstractAccessToken):
    id = models.UUIDField(primary_key=True, default=ids.uuid7, editable=False)
    user = models.ForeignKey(
        "directory.Identity",
        null=True,
        on_delete=models.CASCADE,
        related_name="applications_accesstoken",
        db_index=False,
    )
    application = models.ForeignKey(Application, on_delete=models.CASCADE, db_index=False)
    token = resource = created = updated = source_refresh_token = id_token = None
    display_name = models.CharField(max_length=64, blank=True)
    token_suffix = models.CharField(max_length=8, blank=True)
    token_format = models.CharField(max_length=16, choices=TokenFormat.choices)
    revoked_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)
    dpop_jkt = models.CharField(max_length=43, blank=True)
    claims = models.JSONField(default=dict)  # of a referential token alone: a self-contained one carries its own

    class Meta(AbstractAccessToken.Meta):
        abstract = False
        constraints = [
            models.UniqueConstraint(fields=["token_checksum"], name="access_token_digest"),
            models.UniqueConstraint(fields=["jti"], name="access_token_jti"),
        ]
        indexes = [
            # What stands behind the id is asked of the index: tokens that are over are passed by without a look at them.
            models.Index(fields=["application", "id", "expires"], name="access_token_live"),
            models.Index(fields=["application", "id"], condition=~models.Q(display_name=""), name="access_token_named"),
            models.Index(fields=["session_id"], name="access_token_session"),
            models.Index(fields=["user"], name="access_token_person"),
        ]


class RefreshToken(IssuedToken, AbstractRefreshToken):
    """One of a family: all with the same `grant_id`, which knows who, how proven, and bound to which key.

    `consumed_at` is when it was exchanged for the next one, `sealed_successor` that next
    one, sealed with a key that only who holds this one can make, so that a retry within the grace gets the same.
    """

    id = models.UUIDField(primary_key=True, default=ids.uuid7, editable=False)
    user = models.ForeignKey(
        "directory.Identity", on_delete=models.CASCADE, related_name="applications_refreshtoken", db_index=False
    )
    application = models.ForeignKey(Application, on_delete=models.CASCADE, db_index=False)
    token = resource = created = updated = access_token = token_family = None
    expires = models.DateTimeField()
    scope = models.TextField(blank=True)
    token_suffix = models.CharField(max_length=8, blank=True)
    consumed_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)
    sealed_successor = models.BinaryField(null=True)

    display_name = ""  # nobody names one

    class Meta(AbstractRefreshToken.Meta):
        abstract = False
        unique_together = ()
        constraints = [
            models.UniqueConstraint(fields=["token_checksum"], name="refresh_token_digest"),
            models.UniqueConstraint(fields=["jti"], name="refresh_token_jti"),
        ]
        indexes = [
            models.Index(fields=["application", "id", "expires"], name="refresh_token_live"),
            models.Index(fields=["session_id"], name="refresh_token_session"),
            models.Index(fields=["user"], name="refresh_token_person"),
        ]


class IDToken(OfRealm, AbstractIDToken):
    """Swapped because the toolkit wants all six; ID tokens are signed and sent, never stored."""

    class Meta(AbstractIDToken.Meta):
        abstract = False
