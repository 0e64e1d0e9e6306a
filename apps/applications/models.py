"""The six swapped rows of django-oauth-toolkit, and resource servers and roles beside them.

All six must be swapped together, in one app, in its first migration (design/house.md "package seams"). What the
toolkit's rows lack for many realms (tenant, realm, hashed codes, families, jti) is added here.
"""

from django.db import models
from oauth2_provider.models import (
    AbstractAccessToken,
    AbstractApplication,
    AbstractDeviceGrant,
    AbstractGrant,
    AbstractIDToken,
    AbstractRefreshToken,
)

from apps.core import ids
from apps.core.rows import RealmRow, ShortIdField


class TokenFormat(models.TextChoices):
    SELF_CONTAINED = "self_contained"
    REFERENTIAL = "referential"


class OfRealm(models.Model):
    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.PROTECT, related_name="+")
    realm = models.ForeignKey("realms.Realm", on_delete=models.PROTECT, related_name="+")

    class Meta:
        abstract = True


class ResourceServer(RealmRow):
    id = models.UUIDField(primary_key=True, default=ids.uuid7, editable=False)
    display_name = models.CharField(max_length=64)
    identifier = models.CharField(max_length=256)
    scopes = models.JSONField(default=list)
    is_managed = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["realm", "identifier"], name="identifier_in_realm")]

    def __str__(self) -> str:
        return self.display_name


class Role(RealmRow):
    id = ShortIdField()
    resource_server = models.ForeignKey(ResourceServer, on_delete=models.PROTECT, related_name="roles")
    display_name = models.CharField(max_length=64)
    description = models.CharField(max_length=300, blank=True)
    scopes = models.JSONField(default=list)
    is_managed = models.BooleanField(default=False)

    class Meta:
        indexes = [models.Index(fields=["resource_server", "id"], name="role_resource_server")]

    def __str__(self) -> str:
        return self.display_name


class RoleMembership(OfRealm):
    """An identity or a group holds a role: exactly one of the two is set."""

    role = models.ForeignKey(Role, on_delete=models.CASCADE, related_name="memberships")
    identity = models.ForeignKey(
        "directory.Identity", null=True, on_delete=models.CASCADE, related_name="role_memberships"
    )
    group = models.ForeignKey("directory.Group", null=True, on_delete=models.CASCADE, related_name="role_memberships")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["role", "identity"], name="role_identity_once"),
            models.UniqueConstraint(fields=["role", "group"], name="role_group_once"),
            models.CheckConstraint(
                condition=models.Q(identity__isnull=True) ^ models.Q(group__isnull=True),
                name="role_member_is_one_thing",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.identity_id or self.group_id} holds {self.role_id}"


class Application(RealmRow, AbstractApplication):
    """An OAuth client of one realm; the issuer of its own tokens (contract/wire.md §1.7, §2).

    From the toolkit come client_id, client_secret (hashed by our hasher), redirect_uris (space separated). The
    columns it has one value for and we have several (grant types) are given anew here.
    """

    id = models.UUIDField(primary_key=True, default=ids.uuid7, editable=False)
    user = None
    name = None
    created = None
    updated = None
    display_name = models.CharField(max_length=64)
    is_managed = models.BooleanField(default=False)
    classification = models.CharField(max_length=32, blank=True)
    protocol = models.CharField(max_length=8, default="oidc")
    client_id = models.CharField(max_length=64, unique=True)
    previous_secret = models.CharField(max_length=128, blank=True)
    previous_secret_expires_at = models.DateTimeField(null=True)
    authorization_grant_type = models.CharField(max_length=32, default="authorization-code")
    grant_types = models.JSONField(default=list)
    allowed_scopes = models.JSONField(default=list)
    pkce = models.CharField(max_length=8, default="s256")
    token_format = models.CharField(max_length=16, choices=TokenFormat.choices, default=TokenFormat.SELF_CONTAINED)
    token_endpoint_auth_method = models.CharField(max_length=32, blank=True)
    token_expires_after_seconds = models.PositiveIntegerField(default=86_400)
    token_signing_algorithm = models.CharField(max_length=8, default="ES256")
    subject_field = models.CharField(max_length=8, default="id")
    refresh_token_enabled = models.BooleanField(default=False)
    resource_server = models.ForeignKey(
        ResourceServer, null=True, on_delete=models.PROTECT, related_name="applications"
    )
    authenticator_config = models.ForeignKey(
        "authenticators.AuthenticatorConfig", null=True, on_delete=models.PROTECT, related_name="applications"
    )

    # SHA-256 of the token of the form that made it, so that a form sent twice makes one application.
    once_digest = models.CharField(max_length=64, null=True, unique=True, editable=False)

    class Meta:
        indexes = [models.Index(fields=["realm", "id"], name="application_realm")]

    def __str__(self) -> str:
        return self.display_name

    @property
    def is_confidential(self) -> bool:
        return self.client_type == self.CLIENT_CONFIDENTIAL

    @property
    def path(self) -> str:
        """tenants/T/realms/R/applications/A: the `azp` of its tokens, and the end of its issuer."""
        return f"tenants/{self.tenant_id}/realms/{self.realm_id}/applications/{self.pk}"

    @property
    def redirect_uri_list(self) -> list[str]:
        return self.redirect_uris.split()

    def allows_grant_type(self, *grant_types: str) -> bool:
        """The toolkit asks in its own spelling (authorization-code); ours is the wire's (authorization_code)."""
        return any(grant.replace("-", "_") in self.grant_types for grant in grant_types)


class Grant(OfRealm, AbstractGrant):
    """An authorization code. `code` holds its SHA-256; the row stays after use so that a second use can be answered by
    revoking what the first one gave out (RFC 6749 §4.1.2). `session_id` is the browser session, None when embedded;
    `credential_id` the passkey that proved it, so that what it opened can be closed with it."""

    id = models.UUIDField(primary_key=True, default=ids.uuid7, editable=False)
    consumed_at = models.DateTimeField(null=True)
    session_id = models.UUIDField(null=True, db_index=True)
    credential_id = models.CharField(max_length=16, blank=True, db_index=True)
    authenticated_at = models.DateTimeField()
    acr = models.CharField(max_length=64, blank=True)
    amr = models.JSONField(default=list)
    correlation_id = models.CharField(max_length=64)

    class Meta(AbstractGrant.Meta):
        abstract = False


class IssuedToken(OfRealm):
    """What access and refresh tokens share: whose, for how long, from which grant. Revoked rows stay until they expire."""

    jti = models.CharField(max_length=43, unique=True)
    session_id = models.UUIDField(null=True)
    grant_id = models.UUIDField(null=True, db_index=True)
    issued_at = models.DateTimeField()

    class Meta:
        abstract = True


class AccessToken(IssuedToken, AbstractAccessToken):
    id = models.UUIDField(primary_key=True, default=ids.uuid7, editable=False)
    display_name = models.CharField(max_length=64, blank=True)
    token_suffix = models.CharField(max_length=8, blank=True)
    token_format = models.CharField(max_length=16, choices=TokenFormat.choices)
    revoked_at = models.DateTimeField(null=True)
    claims = models.JSONField(default=dict)

    class Meta(AbstractAccessToken.Meta):
        abstract = False
        indexes = [
            models.Index(fields=["application", "id"], name="access_token_application"),
            models.Index(fields=["session_id"], name="access_token_session"),
        ]


class RefreshToken(IssuedToken, AbstractRefreshToken):
    id = models.UUIDField(primary_key=True, default=ids.uuid7, editable=False)
    expires = models.DateTimeField()
    scope = models.TextField(blank=True)

    class Meta(AbstractRefreshToken.Meta):
        abstract = False


class IDToken(OfRealm, AbstractIDToken):
    """Swapped because the toolkit wants all six; ID tokens are signed and sent, never stored."""

    class Meta(AbstractIDToken.Meta):
        abstract = False


class DeviceGrant(OfRealm, AbstractDeviceGrant):
    """Swapped because the toolkit wants all six; the device flow is not offered yet."""

    class Meta(AbstractDeviceGrant.Meta):
        abstract = False
