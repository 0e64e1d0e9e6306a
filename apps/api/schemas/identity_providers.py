"""Identity providers (contract/extensions.md §9)."""

from apps.api.schemas.kinds import (
    BOOLEAN,
    IN_REALM,
    NAME,
    SHORT_ID,
    TIMES,
    Component,
    Schema,
    given,
    listing,
    one_of,
    page_of,
    said,
    text,
    thing,
    wrapped,
)
from apps.federation import configuration

_NAME = said(NAME, "What people read on the button.", "Contoso")
_TYPE = one_of(*configuration.TYPES)
_ISSUER = said(
    text(configuration.ISSUER_LENGTH, shortest=1),
    "https, letter by letter as the provider's configuration has it. It never changes: another issuer is another provider.",
    "https://login.contoso.example/realms/staff",
)
_CLIENT_ID = said(text(configuration.CLIENT_ID_LENGTH, shortest=1), "That we have there.", "identity-cloud")
_SECRET = said(text(configuration.SECRET_LENGTH, shortest=1), "Taken and never shown.", "b7Qm2…")
_SCOPES = said(
    listing(
        said(text(configuration.CLAIM_LENGTH, shortest=1), example="openid"), configuration.SCOPES_LIMIT, shortest=1
    ),
    "What we ask for; openid is among them.",
)
_CLAIM = said(text(configuration.CLAIM_LENGTH, shortest=1), "The name of a claim.", "given_name")
_MAP: dict[str, Schema] = dict.fromkeys(sorted(configuration.MAPPED), _CLAIM)
_MAP_WORDS = (
    "What a new person's fields are filled with: field to claim. The address is always the verified `email`; `email` where "
    "it is not verified is nothing."
)
_LINK = said(BOOLEAN, "Whether the one person who has the same, verified address becomes the subject's.", True)
_CREATE = said(BOOLEAN, "Whether a subject whom nobody is linked to is added to the directory.", False)
_ENABLED = said(BOOLEAN, "Whether hosted pages have its button.", True)

IDENTITY_PROVIDER = Component(
    "IdentityProvider",
    thing(
        {
            "id": SHORT_ID,
            **IN_REALM,
            "display_name": _NAME,
            "type": _TYPE,
            "issuer": _ISSUER,
            "client_id": _CLIENT_ID,
            "scopes": _SCOPES,
            "attribute_map": {**thing(_MAP, sometimes=list(_MAP)), "description": _MAP_WORDS},
            "link_by_verified_email": _LINK,
            "create_identities": _CREATE,
            "enabled": _ENABLED,
            "redirect_uri": said(
                text(2048),
                "To register at the provider.",
                "https://auth.example/authenticator/v1/tenants/0001b42d80372976/realms/caf2ff640497591a/"
                "identity-providers/3f1c0a9b52d7e846/callback",
            ),
            **TIMES,
        }
    ),
)
_CHANGING: dict[str, Schema] = {
    "display_name": _NAME,
    "type": _TYPE,
    "issuer": _ISSUER,
    "client_id": _CLIENT_ID,
    "client_secret": _SECRET,
    "scopes": _SCOPES,
    "attribute_map": {**given(_MAP), "description": _MAP_WORDS},
    "link_by_verified_email": _LINK,
    "create_identities": _CREATE,
    "enabled": _ENABLED,
}
NEW_IDENTITY_PROVIDER = wrapped(
    "identity_provider",
    Component(
        "NewIdentityProvider",
        given(_CHANGING, required=["display_name", "type", "issuer", "client_id", "client_secret"]),
    ),
)
IDENTITY_PROVIDER_CHANGES = wrapped("identity_provider", Component("IdentityProviderChanges", given(_CHANGING)))
IDENTITY_PROVIDERS = page_of("identity_providers", IDENTITY_PROVIDER)
TEST = thing(
    {
        "usable": BOOLEAN,
        "checks": listing(
            thing(
                {
                    "name": one_of("configuration", "keys"),
                    "passed": BOOLEAN,
                    "detail": said(text(), "What was found, or what is wrong.", "its configuration: it answered 404"),
                }
            )
        ),
    }
)
