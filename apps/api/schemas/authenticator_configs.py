"""Authenticator configs (contract/wire.md §1.8, extensions.md §5)."""

from apps.api.schemas.kinds import (
    BOOLEAN,
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
from apps.authenticators.profile import FALLBACKS, RECOVERIES

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
_VERIFY: dict[str, Schema] = {"verify_email": one_of("email_one_time_password")}
_SIGN_UP: dict[str, Schema] = {
    "enabled": said(BOOLEAN, "Whether who proves an address is added to the directory."),
    **_VERIFY,
}
_RETURNING: dict[str, Schema] = {
    "method": said(one_of(*METHODS), "With what people come back; one of the authentication_methods."),
    "fallback": said(one_of(*FALLBACKS), "In a browser that cannot do that."),
}
_RECOVERY = said(one_of(*RECOVERIES), "Who lets somebody back in who lost their passkey.")
_PROFILE = Component(
    "AuthenticationProfile",
    thing(
        {
            "sign_up": thing(_SIGN_UP),
            "new_browser": thing(_VERIFY),
            "returning": thing(_RETURNING),
            "recovery": _RECOVERY,
        }
    ),
)
_PROFILE_ABOUT = (
    "How people come in at the hosted pages. A config that begins to list codes by mail and does not name this gets one: "
    "who proves an address comes in. Null, or no codes listed: a passkey made with a link."
)
_NEW_PROFILE = Component(
    "NewAuthenticationProfile",
    {
        **given(
            {
                "sign_up": given(_SIGN_UP),
                "new_browser": given(_VERIFY),
                "returning": given(_RETURNING, required=["method"]),
                "recovery": _RECOVERY,
            },
            required=["returning"],
        ),
        "description": _PROFILE_ABOUT,
    },
)
_HOSTED: dict[str, Schema | Component] = {**_COMMON, "authentication_profile": _PROFILE}
_NEW_HOSTED: dict[str, Schema | Component] = {**_COMMON, "authentication_profile": _NEW_PROFILE}
_HOSTED_TYPE, _EMBEDDED_TYPE = one_of("hosted_web"), one_of("embedded")

_ANSWERED = {
    "oneOf": [
        Component("HostedWeb", thing({"type": _HOSTED_TYPE, **_HOSTED}, sometimes=["authentication_profile"])),
        Component("Embedded", thing({"type": _EMBEDDED_TYPE, **_EMBEDDED})),
    ]
}
_NEW = {
    "oneOf": [
        Component(
            "NewHostedWeb",
            given(
                {"type": _HOSTED_TYPE, **_NEW_HOSTED}, required=["type", "authentication_methods", "trusted_origins"]
            ),
        ),
        Component(
            "NewEmbedded",
            given({"type": _EMBEDDED_TYPE, **_EMBEDDED}, required=["type", "invoke_url", "trusted_origins"]),
        ),
    ]
}
_CHANGES = Component(
    "AuthenticationChanges",
    given({"type": one_of("hosted_web", "embedded"), **_EMBEDDED, "authentication_profile": _NEW_PROFILE}),
)

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
