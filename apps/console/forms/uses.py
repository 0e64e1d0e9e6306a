"""What an application is for: the first question of making one, and what the contract calls the answer
(contract/wire.md §1.7)."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from django.utils.translation import gettext_lazy as _

from apps.applications.protocol import DEVICE_CODE

WEB, SPA, NATIVE, MACHINE, API = "web", "spa", "native", "machine", "api"
USES: Mapping[str, Any] = {
    WEB: _("Web application\nRuns on a server that can keep a secret. People sign in: code and PKCE."),
    SPA: _("Single-page app\nRuns in the browser and has no secret. People sign in: code and PKCE."),
    NATIVE: _("Native app\nOn a phone, a desktop or a command line; no secret. People sign in: code and PKCE."),
    MACHINE: _("Machine to machine\nA program that acts for itself; nobody signs in. Client credentials."),
    API: _("Protect an API\nYour API takes our tokens, and a program gets one to call it with."),
}
_CODE = {"type": "oidc", "grant_type": ["authorization_code"], "pkce": "s256"}
_OF_A_PROGRAM = {"type": "oauth2", "confidentiality": "confidential", "grant_type": ["client_credentials"]}
PROTOCOL: Mapping[str, Mapping[str, Any]] = {
    WEB: {**_CODE, "confidentiality": "confidential"},
    SPA: {**_CODE, "confidentiality": "public"},
    NATIVE: {**_CODE, "confidentiality": "public"},
    MACHINE: _OF_A_PROGRAM,
    API: _OF_A_PROGRAM,
}
OF_PROGRAMS = (MACHINE, API)
# (what stands in the empty field, what is said of it)
REDIRECTS: Mapping[str, tuple[str, Any]] = {
    WEB: (
        "https://app.example.com/callback",
        _("One per line, exactly as your application sends them. https, or http for localhost."),
    ),
    SPA: (
        "https://app.example.com/callback",
        _("One per line, exactly as the page sends them. The page may call us from these addresses' origins."),
    ),
    NATIVE: (
        "com.example.app:/callback",
        _(
            "One per line: a scheme of the app's own with a dot in it, an https address that the app claims, or "
            "http://127.0.0.1/callback, which takes any port."
        ),
    ),
}


def signs_people_in(row: Any) -> bool:
    return "authorization_code" in row.grant_types or DEVICE_CODE in row.grant_types


def use_of(row: Any) -> str:
    """Nobody wrote down what it was made for. A public client is a native app when an address of it leads to no website."""
    if not signs_people_in(row):
        return MACHINE
    if row.is_confidential:
        return WEB
    return NATIVE if any(_leads_to_an_app(uri) for uri in row.redirect_uri_list) else SPA


def kind_of(row: Any) -> str:
    """The first line of its use's card."""
    return str(USES[use_of(row)]).partition("\n")[0]


def _leads_to_an_app(uri: str) -> bool:
    parts = urlsplit(uri)
    return parts.scheme not in ("http", "https") or parts.hostname in ("127.0.0.1", "::1")
