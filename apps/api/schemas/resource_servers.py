"""Resource servers (contract/wire.md §1.9)."""

from apps.api.schemas.kinds import (
    BOOLEAN,
    IN_REALM,
    NAME,
    SCOPE,
    UUID,
    Component,
    given,
    listing,
    page_of,
    said,
    text,
    thing,
    wrapped,
)

_NAME = said(NAME, "What people read.", "Pet API")
_IDENTIFIER = said(
    text(256, shortest=1),
    "The `aud` of tokens for it. Unique in the realm; it never changes.",
    "https://api.pets.example",
)
_SCOPES = said(listing(SCOPE, 1000), "What its callers may ask for. One that is removed is removed from roles too.")

RESOURCE_SERVER = Component(
    "ResourceServer",
    thing(
        {
            "id": UUID,
            **IN_REALM,
            "display_name": _NAME,
            "is_managed": said(BOOLEAN, "It came with the tenant and cannot be changed.", False),
            "identifier": _IDENTIFIER,
            "scopes": _SCOPES,
        }
    ),
)
NEW_RESOURCE_SERVER = wrapped(
    "resource_server",
    Component(
        "NewResourceServer",
        given(
            {"display_name": _NAME, "identifier": _IDENTIFIER, "scopes": _SCOPES},
            required=["display_name", "identifier"],
        ),
    ),
)
RESOURCE_SERVER_CHANGES = wrapped(
    "resource_server", Component("ResourceServerChanges", given({"display_name": _NAME, "scopes": _SCOPES}))
)
RESOURCE_SERVERS = page_of("resource_servers", RESOURCE_SERVER)
