"""`/.well-known/webauthn` (WebAuthn L3 §5.11.1): origins with https that apps are embedded at, few enough to be read."""

import pytest
from django.test import Client

from apps.authenticators import services as authenticators
from apps.authenticators.models import AuthenticatorConfig
from tests.world import World

pytestmark = pytest.mark.django_db


def embed(world: World, *origins: str) -> AuthenticatorConfig:
    config = {
        "type": "embedded",
        "invocation_type": "automatic",
        "invoke_url": "https://app.acme.test",
        "trusted_origins": list(origins),
        "authentication_methods": [{"type": "webauthn_passkey"}],
    }
    return authenticators.create_authenticator_config(world.ctx, world.realm, display_name="App", config=config)


def test_it_lists_trusted_origins_with_https_once(world: World) -> None:
    assert Client().get("/.well-known/webauthn").json() == {"origins": []}
    embed(world, "https://app.acme.test", "http://localhost:3000", "https://shop.acme.test:8443")
    embed(world, "https://app.acme.test")
    response = Client().get("/.well-known/webauthn")
    assert response["Content-Type"] == "application/json"
    assert response["Cache-Control"] == "public, max-age=300"
    assert response.json() == {"origins": ["https://app.acme.test", "https://shop.acme.test:8443"]}


def test_it_is_bounded_and_only_read(world: World) -> None:
    config = embed(world, "https://app.acme.test")
    many = [f"https://n{number}.acme.test" for number in range(300)]
    AuthenticatorConfig.objects.filter(pk=config.pk).update(config={**config.config, "trusted_origins": many})
    assert Client().get("/.well-known/webauthn").json()["origins"] == many[:100]
    assert Client().post("/.well-known/webauthn").status_code == 405
