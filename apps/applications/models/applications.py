from django.db import models
from django.db.models.functions import Lower
from django.utils.functional import cached_property
from oauth2_provider.models import (
    AbstractApplication,
)

from apps.applications.models.resource_servers import ResourceServer
from apps.core import ids
from apps.core.rows import RealmRow


class TokenFormat(models.TextChoices):
    SELF_CONTAINED = "self_contained"
    REFERENTIAL = "referential"


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
    require_signed_request_object = models.BooleanField(default=False)
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

    @cached_property
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
