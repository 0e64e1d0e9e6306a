from django.db import models

from apps.core import ids
from apps.core.rows import RealmRow


class AuthenticatorType(models.TextChoices):
    HOSTED_WEB = "hosted_web"
    EMBEDDED = "embedded"


class AuthenticatorConfig(RealmRow):
    """`config` is the contract's object, checked (contract/wire.md §1.8, extensions.md §5)."""

    id = models.UUIDField(primary_key=True, default=ids.uuid7, editable=False)
    display_name = models.CharField(max_length=64)
    type = models.CharField(max_length=16, choices=AuthenticatorType.choices)
    config = models.JSONField()
    is_managed = models.BooleanField(default=False)

    class Meta:
        indexes = [models.Index(fields=["realm", "id"], name="authenticator_config_realm")]

    def __str__(self) -> str:
        return self.display_name

    @property
    def is_hosted(self) -> bool:
        return self.type == AuthenticatorType.HOSTED_WEB

    @property
    def trusted_origins(self) -> list[str]:
        return self.config.get("trusted_origins", [])

    @property
    def device_bound(self) -> str:
        """required | preferred | any: what the config asks of a WebAuthn passkey."""
        for method in self.config.get("authentication_methods", []):
            if method["type"] == "webauthn_passkey":
                return method.get("device_bound", "any")
        return "any"
