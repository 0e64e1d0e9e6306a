"""Applications and their `protocol_config` (contract/wire.md §1.7, extensions.md §4)."""

from apps.api.schemas.kinds import (
    BOOLEAN,
    IN_REALM,
    NAME,
    SCOPE,
    SHORT_ID,
    UUID,
    Component,
    Schema,
    given,
    listing,
    number,
    one_of,
    or_null,
    page_of,
    said,
    text,
    thing,
    wrapped,
)
from apps.applications.protocol import (
    AUTH_METHODS,
    GRANT_TYPES,
    LONGEST_TOKEN_SECONDS,
    PKCE,
    SIGNING_ALGORITHMS,
    SUBJECT_FIELDS,
)

_NAME = said(NAME, "What people read when they sign in.", "Shop")
_URI = text(2048)
_URIS = listing(said(_URI, example="https://shop.example/callback"), 1000)
_OPTIONAL_URI = said(_URI, example="https://shop.example/logged-out")

_REFRESH: dict[str, Schema] = {
    "enabled": said(BOOLEAN, "Whether people's applications get refresh tokens.", False),
    "expires_after": said(
        number(0, LONGEST_TOKEN_SECONDS), "Seconds from the sign-in on; 0 for as long as it lasts.", 0
    ),
    "rotate": said(BOOLEAN, "Whether each use answers another one.", True),
}
_TOKEN: dict[str, Schema] = {
    "expires_after": said(number(1, LONGEST_TOKEN_SECONDS), "Seconds.", 86_400),
    "token_signing_algorithm": one_of(*SIGNING_ALGORITHMS),
    "subject_field": said(one_of(*SUBJECT_FIELDS), "Whose value is the `sub` of ID tokens."),
}
_CONFIG: dict[str, Schema] = {
    "type": said(one_of("oidc", "oauth2"), "Whether ID tokens are issued."),
    "allowed_scopes": said(listing(SCOPE, 1000), "Of the resource server's scopes."),
    "confidentiality": one_of("confidential", "public"),
    "token_endpoint_auth_method": one_of(*AUTH_METHODS),
    "grant_type": listing(one_of(*GRANT_TYPES), shortest=1),
    "redirect_uris": said(_URIS, "https; http for loopback hosts; a public client's own scheme with a dot in it."),
    "pkce": said(one_of(*PKCE), "Never disabled for a public client.", "s256"),
    "token_format": said(
        one_of("self_contained", "referential"), "A signed JWT, or one that only its introspection explains."
    ),
    "post_logout_redirect_uris": _URIS,
    "backchannel_logout_session_required": said(BOOLEAN, example=False),
    "require_pushed_authorization_requests": said(BOOLEAN, "RFC 9126 only.", False),
    "require_signed_request_object": said(BOOLEAN, "RFC 9101 only; needs `jwks` or `jwks_uri`.", False),
    "dpop_bound_access_tokens": said(BOOLEAN, "RFC 9449 only.", False),
    "subject_type": one_of("public", "pairwise"),
    "security_profile": one_of("baseline", "fapi2"),
    "is_first_party": said(BOOLEAN, "Of the organisation itself: people are not asked for consent.", True),
}
_GIVEN_ALONE: dict[str, Schema] = {
    "backchannel_logout_uri": _OPTIONAL_URI,
    "jwks": {"type": "object", "description": "The client's public keys (RFC 7517 §5); or `jwks_uri`."},
    "jwks_uri": _OPTIONAL_URI,
    "sector_identifier_uri": _OPTIONAL_URI,
    "target_realm_id": said(SHORT_ID, "Narrows an application of the admin realm to one realm."),
}
_REFERENCES = {
    "resource_server_id": said(UUID, "Whose scopes it may ask for."),
    "authenticator_config_id": said(UUID, "How people sign in to it; client_credentials alone needs none."),
}
_NULLABLE_REFERENCES = {name: or_null(said(text(), schema["description"])) for name, schema in _REFERENCES.items()}
_CLIENT = {
    "client_id": said(text(), "What it calls itself at the token endpoint.", "q7mXc1Q0bZ3yT9wLr5KdVhNe"),
    "client_secret": said(
        text(), "In the answers that make one, and never again.", "wWD4mPzdsjms1LPekQSo0v9scOHLWy5wmMtKAR2JNhJPAKXv"
    ),
}
_GIVEN_CONFIG: dict[str, Schema] = {
    **_CONFIG,
    **{name: or_null(schema) for name, schema in _GIVEN_ALONE.items()},
    "token_configuration": given({**_TOKEN, "refresh_token": given(_REFRESH)}),
}

PROTOCOL_CONFIG = Component(
    "ProtocolConfig",
    thing(
        {
            **_CONFIG,
            **_GIVEN_ALONE,
            "token_configuration": thing({**_TOKEN, "refresh_token": thing(_REFRESH)}, sometimes=["refresh_token"]),
            **_CLIENT,
        },
        sometimes=["client_secret", *_GIVEN_ALONE],
    ),
)
APPLICATION = Component(
    "Application",
    thing(
        {
            "id": UUID,
            **IN_REALM,
            **_REFERENCES,
            "display_name": _NAME,
            "is_managed": said(BOOLEAN, "It came with the tenant and cannot be changed.", False),
            "classification": said(text(), "What a managed application is there for.", "management_api"),
            "protocol_config": PROTOCOL_CONFIG,
        },
        sometimes=[*_REFERENCES, "classification"],
    ),
)
NEW_APPLICATION = wrapped(
    "application",
    Component(
        "NewApplication",
        given(
            {
                "display_name": _NAME,
                **_NULLABLE_REFERENCES,
                "protocol_config": Component("NewProtocolConfig", given(_GIVEN_CONFIG, required=["type"])),
            },
            required=["display_name", "protocol_config"],
        ),
    ),
)
APPLICATION_CHANGES = wrapped(
    "application",
    Component(
        "ApplicationChanges",
        given(
            {
                "display_name": _NAME,
                **_NULLABLE_REFERENCES,
                "protocol_config": Component("ProtocolConfigChanges", given(_GIVEN_CONFIG)),
            }
        ),
    ),
)
APPLICATIONS = page_of("applications", APPLICATION)
ROTATION = given({"grace_period": said(number(0, 30 * 86_400), "For how many seconds the old secret works on.", 3600)})
