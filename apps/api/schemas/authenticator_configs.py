"""Authenticator configs (contract/wire.md §1.8, extensions.md §5)."""

from apps.api.schemas.kinds import (
    IN_REALM,
    NAME,
    UUID,
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
from apps.authenticators.configuration import DEVICE_BOUND, LONGEST_LIST, METHODS

_NAME = said(NAME, "What people read.", "Shop sign-in")
_DEVICE_BOUND = said(
    one_of(*DEVICE_BOUND), "Whether the key must stay on one device; of webauthn_passkey alone.", "any"
)
_METHOD = Component(
    "AuthenticationMethod",
    given({"type": one_of(*METHODS), "device_bound": _DEVICE_BOUND}, required=["type"]),
)
_URL = text(2048)
_COMMON: dict[str, Schema] = {
    "authentication_methods": listing(_METHOD, LONGEST_LIST),
    "trusted_origins": said(
        listing(said(_URL, example="https://shop.example"), LONGEST_LIST),
        "Who may embed it: scheme://host[:port], https, or http for localhost.",
    ),
}
_EMBEDDED: dict[str, Schema] = {
    **_COMMON,
    "invoke_url": said(_URL, "Where a sign-in or a binding link is sent on to.", "https://shop.example/sign-in"),
    "invocation_type": said(
        one_of("automatic", "manual"), "Manual: the browser is not sent there, the URL is answered as JSON."
    ),
}
_HOSTED_TYPE, _EMBEDDED_TYPE = one_of("hosted_web"), one_of("embedded")

_ANSWERED = {
    "oneOf": [
        Component("HostedWeb", thing({"type": _HOSTED_TYPE, **_COMMON})),
        Component("Embedded", thing({"type": _EMBEDDED_TYPE, **_EMBEDDED})),
    ]
}
_NEW = {
    "oneOf": [
        Component(
            "NewHostedWeb",
            given({"type": _HOSTED_TYPE, **_COMMON}, required=["type", "authentication_methods", "trusted_origins"]),
        ),
        Component(
            "NewEmbedded",
            given({"type": _EMBEDDED_TYPE, **_EMBEDDED}, required=["type", "invoke_url", "trusted_origins"]),
        ),
    ]
}
_CHANGES = Component("AuthenticationChanges", given({"type": one_of("hosted_web", "embedded"), **_EMBEDDED}))

AUTHENTICATOR_CONFIG = Component(
    "AuthenticatorConfig", thing({"id": UUID, **IN_REALM, "display_name": _NAME, "config": _ANSWERED})
)
NEW_AUTHENTICATOR_CONFIG = wrapped(
    "authenticator_config",
    Component(
        "NewAuthenticatorConfig",
        given({"display_name": _NAME, "config": _NEW}, required=["display_name", "config"]),
    ),
)
AUTHENTICATOR_CONFIG_CHANGES = wrapped(
    "authenticator_config",
    Component("AuthenticatorConfigChanges", given({"display_name": _NAME, "config": _CHANGES})),
)
AUTHENTICATOR_CONFIGS = page_of("authenticator_configs", AUTHENTICATOR_CONFIG)
