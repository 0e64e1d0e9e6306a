"""Tokens of applications that are no administrator's."""

from typing import Any

from apps.applications.models import Application
from apps.applications.services import access as rows
from apps.applications.services import applications
from tests.world import World


def realm_token(world: World, scopes: list[str]) -> str:
    """A token of an application that belongs to Bob's realm and not to the admin realm."""
    server = rows.insert_resource_server(
        world.ctx, world.realm, display_name="API", identifier="identity-cloud", scopes=scopes, is_managed=True
    )
    protocol: dict[str, Any] = {
        "type": "oauth2",
        "grant_type": ["client_credentials"],
        "allowed_scopes": scopes,
        "token_configuration": {"expires_after": 600, "token_signing_algorithm": "ES256"},
    }
    made = applications.create_application(
        world.ctx, world.realm, display_name="Sync", protocol_config=protocol, resource_server=server
    )
    return token_of(world, made.application, made.client_secret)


def token_of(world: World, application: Application, secret: str) -> str:
    import json
    from urllib.parse import urlencode

    from apps.tokens.services.exchange import exchange

    form = {"grant_type": "client_credentials", "client_id": application.client_id, "client_secret": secret}
    return json.loads(exchange(world.ctx, application, form=urlencode(form), headers={}).body)["access_token"]
