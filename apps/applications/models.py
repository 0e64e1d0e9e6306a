"""The six swapped rows of django-oauth-toolkit, and resource servers and roles beside them.

All six must be swapped together, in one app, in its first migration (design/house.md "package seams"). What the
toolkit's rows lack for many realms (tenant, realm, hashed codes, families, jti) is added here.
"""

from django.db import models
from django.db.models.functions import Lower
from oauth2_provider.models import (
    AbstractAccessToken,
    AbstractApplication,
    AbstractDeviceGrant,
    AbstractGrant,
    AbstractIDToken,
    AbstractRefreshToken,
)

from apps.core import ids
from apps.core.rows import MadeByRequests, RealmRow, ShortIdField


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
    refresh_token_expires_after_seconds = models.PositiveIntegerField(default=0)  # 0: as long as a grant may last
    refresh_token_rotates = models.BooleanField(default=True)
    subject_type = models.CharField(max_length=8, default="public")
    sector_identifier_uri = models.CharField(max_length=2048, blank=True)
    jwks = models.JSONField(null=True)
    jwks_uri = models.CharField(max_length=2048, blank=True)
    backchannel_logout_uri = models.CharField(max_length=2048, blank=True)
    backchannel_logout_session_required = models.BooleanField(default=False)
    require_pushed_authorization_requests = models.BooleanField(default=False)
    dpop_bound_access_tokens = models.BooleanField(default=False)
    security_profile = models.CharField(max_length=8, default="baseline")
    is_first_party = models.BooleanField(default=True)
    # Of an application of the admin realm: the one realm it acts on. None: every realm of the tenant.
    target_realm = models.ForeignKey("realms.Realm", null=True, on_delete=models.PROTECT, related_name="+")
    resource_server = models.ForeignKey(
        ResourceServer, null=True, on_delete=models.PROTECT, related_name="applications"
    )
    authenticator_config = models.ForeignKey(
        "authenticators.AuthenticatorConfig", null=True, on_delete=models.PROTECT, related_name="applications"
    )

    # SHA-256 of the token of the form that made it, so that a form sent twice makes one application.
    once_digest = models.CharField(max_length=64, null=True, unique=True, editable=False)

    class Meta:
        indexes = [
            models.Index(fields=["realm", "id"], name="application_realm"),
            models.Index("realm", Lower("display_name"), "id", name="application_name"),
        ]

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
    def reaches(self) -> str | None:
        """Id of the realm that it acts on; None for every realm of the tenant (contract/extensions.md §10)."""
        return self.target_realm_id or (None if self.realm.is_admin else self.realm_id)

    @property
    def redirect_uri_list(self) -> list[str]:
        return self.redirect_uris.split()

    @property
    def post_logout_redirect_uri_list(self) -> list[str]:
        return self.post_logout_redirect_uris.split()

    @property
    def is_fapi2(self) -> bool:
        """FAPI 2.0 Security Profile: pushed requests and sender-constrained tokens, whatever else is configured."""
        return self.security_profile == "fapi2"

    @property
    def requires_pushed_requests(self) -> bool:
        return self.is_fapi2 or self.require_pushed_authorization_requests

    @property
    def requires_dpop(self) -> bool:
        return self.is_fapi2 or self.dpop_bound_access_tokens

    def allows_grant_type(self, *grant_types: str) -> bool:
        """The toolkit asks in its own spelling (authorization-code); ours is the wire's (authorization_code)."""
        return any(grant.replace("-", "_") in self.grant_types for grant in grant_types)


class Grant(MadeByRequests, AbstractGrant):
    """What a person granted an application, and its authorization code. `code` holds the code's SHA-256 (a device's: of
    its device code); the row stays after use, so that a second use can be answered by revoking what the first one gave
    out (RFC 6749 §4.1.2), and for as long as a refresh token lives by it. `session_id` is the browser session, None when
    embedded; `credential_id` the passkey that proved it, so that what it opened can be closed with it.

    `claims` is the JSON of the claims parameter (OpenID Connect Core §5.5), `resource` those asked for (RFC 8707),
    `dpop_jkt` the key the code is bound to (RFC 9449 §10), `revoked_at` when its whole family of tokens was ended.
    """

    id = models.UUIDField(primary_key=True, default=ids.uuid7, editable=False)
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
            models.Index(fields=["user"], name="grant_person"),
            models.Index(fields=["credential_id"], name="grant_passkey"),
        ]


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
            models.Index(fields=["application", "id"], name="access_token_application"),
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
            models.Index(fields=["application", "id"], name="refresh_token_application"),
            models.Index(fields=["session_id"], name="refresh_token_session"),
            models.Index(fields=["user"], name="refresh_token_person"),
        ]


class IDToken(OfRealm, AbstractIDToken):
    """Swapped because the toolkit wants all six; ID tokens are signed and sent, never stored."""

    class Meta(AbstractIDToken.Meta):
        abstract = False


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
