"""A sign-in on its way, here and at an identity provider."""

from django.db import models

from apps.core import ids
from apps.core.rows import RealmRow


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
