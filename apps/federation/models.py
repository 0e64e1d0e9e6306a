from django.db import models

from apps.core import ids
from apps.core.rows import RealmRow, ShortIdField


class IdentityProvider(RealmRow):
    """An OpenID provider that a realm lets vouch for people (contract/extensions.md §9). Its `issuer` never changes: what a
    link's subject means hangs on it. `attribute_map` is {what is filled in here: claim}."""

    id = ShortIdField()
    display_name = models.CharField(max_length=64)
    type = models.CharField(max_length=8, default="oidc")
    issuer = models.CharField(max_length=512)
    client_id = models.CharField(max_length=255)
    sealed_client_secret = models.BinaryField()
    scopes = models.JSONField()
    attribute_map = models.JSONField()
    link_by_verified_email = models.BooleanField(default=False)
    create_identities = models.BooleanField(default=False)
    enabled = models.BooleanField(default=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["realm", "issuer"], name="provider_issuer_in_realm")]
        indexes = [models.Index(fields=["realm", "id"], name="identity_provider_realm")]

    def __str__(self) -> str:
        return self.display_name


class IdentityLink(RealmRow):
    """One subject of a provider is one person here, and a person is one subject there."""

    id = models.UUIDField(primary_key=True, default=ids.uuid7, editable=False)
    provider = models.ForeignKey(IdentityProvider, on_delete=models.CASCADE, related_name="links")
    identity = models.ForeignKey("directory.Identity", on_delete=models.CASCADE, related_name="provider_links")
    subject = models.CharField(max_length=255)
    last_used_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["realm", "provider", "subject"], name="provider_subject_once"),
            models.UniqueConstraint(fields=["realm", "provider", "identity"], name="provider_identity_once"),
        ]

    def __str__(self) -> str:
        return str(self.pk)
