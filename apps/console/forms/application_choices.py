"""What there is to choose from in an application's settings, and which of it an application of its kind is asked."""

from django.utils.translation import gettext_lazy as _

# What the form asks under the contract's own name.
SAME = (
    "token_format", "post_logout_redirect_uris", "backchannel_logout_uri", "backchannel_logout_session_required", "jwks",
    "jwks_uri", "security_profile", "sector_identifier_uri",
)  # fmt: skip
SWITCHES = {
    "par": "require_pushed_authorization_requests",
    "signed": "require_signed_request_object",
    "dpop": "dpop_bound_access_tokens",
}
SECURITY = (
    "security_profile", "pkce", "auth_method", "jwks", "jwks_uri", "par", "signed", "dpop", "pairwise",
    "sector_identifier_uri",
)  # fmt: skip
OF_PEOPLE = (
    "authenticator", "subject_field", "third_party", "refresh_enabled", "refresh_expires_after", "refresh_rotates",
    "post_logout_redirect_uris", "backchannel_logout_uri", "backchannel_logout_session_required", "pairwise",
    "sector_identifier_uri",
)  # fmt: skip
OF_CODES = ("redirect_uris", "pkce", "device_flow", "par", "signed")
# A public client's refresh tokens are new at each use, whatever is chosen.
OF_SECRETS = ("security_profile", "auth_method", "jwks", "jwks_uri", "signed", "refresh_rotates")
SUBJECTS = [
    ("id", _("Identity ID: never changes, never reused")),
    ("username", _("Username")),
    ("email", _("E-mail address")),
]
PKCE = [("s256", _("S256")), ("plain", _("plain")), ("disabled", _("Not required"))]
FORMATS = [
    ("self_contained", _("Self-contained\nA signed JWT: an API reads it by itself.")),
    ("referential", _("By reference\nEncrypted: an API asks us what it may, so ending one is known at once.")),
]
PROFILES = [
    ("baseline", _("Baseline\nExact redirect URIs, codes that work once, what you choose below.")),
    (
        "fapi2",
        _(
            "FAPI 2.0\nFor money and health data. Turns on pushed authorization requests and tokens bound to the "
            "client's key (DPoP). Needs client keys, PKCE S256, and any algorithm but RS256."
        ),
    ),
]
METHODS = [
    ("client_secret", _("Client secret\nShown once when it was made; rotate it on the first tab.")),
    ("private_key_jwt", _("Client keys (private_key_jwt)\nIt signs with a key that never leaves it.")),
]
