"""What the API says of resource servers."""

from typing import Any

from apps.applications.models import ResourceServer
from apps.applications.services import applications
from tests.world import World

PETS = {"display_name": "Pet API", "identifier": "https://api.pets.test", "scopes": ["pets:read", "pets:write"]}


def new(**given: Any) -> dict[str, Any]:
    return {"resource_server": {name: value for name, value in {**PETS, **given}.items() if value is not ...}}


def server_json(row: ResourceServer, **changes: Any) -> dict[str, Any]:
    return {
        "id": str(row.pk),
        "realm_id": row.realm_id,
        "tenant_id": row.tenant_id,
        "display_name": row.display_name,
        "is_managed": row.is_managed,
        "identifier": row.identifier,
        "scopes": row.scopes,
        **changes,
    }


def refusal(code: str, message: str, server_id: str, words: str | None = None) -> dict[str, Any]:
    info = {"type": "ResourceInfo", "resource_type": "ResourceServer", "id": server_id, "description": words or message}
    return {"code": code, "message": message, "details": [info]}


def machine(world: World, server: ResourceServer, *scopes: str) -> applications.WithSecret:
    """An application that gets tokens for itself."""
    protocol = {
        "type": "oauth2",
        "grant_type": ["client_credentials"],
        "allowed_scopes": list(scopes),
        "token_configuration": {"expires_after": 600, "token_signing_algorithm": "ES256"},
    }
    return applications.create_application(
        world.ctx, world.realm, display_name="Sync", protocol_config=protocol, resource_server=server
    )
