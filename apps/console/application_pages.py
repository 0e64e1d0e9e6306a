"""What every page of one application shows around its own: name, tabs, endpoints, and what may be done with it."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from apps.console import curls
from apps.console.access import Desk
from apps.console.forms.uses import kind_of, signs_people_in
from apps.console.render import realm_url
from apps.credentials import selectors as credentials
from apps.tokens.issuer import discovery, endpoints_of
from apps.tokens.services import rehearsals


def about(desk: Desk, application: Any, tab: str) -> dict[str, Any]:
    """What every page of one application shows around its own."""
    url, by_keys = url_of(desk, application), proves_by_keys(application)
    tabs = [
        (_("External protocol"), "", url),
        (_("Configuration"), "configuration", f"{url}/configuration"),
        (_("Quick start"), "quick-start", f"{url}/quick-start"),
    ]
    if signs_people_in(application) and desk.may("tokens:read"):
        tabs.append((_("Sessions"), "sessions", f"{url}/sessions"))
    if has_tokens(application) and desk.may("tokens:read"):
        tabs.append((_("API tokens"), "tokens", f"{url}/tokens"))
    return {
        "application": application,
        "kind": kind_of(application),
        "tabs": [{"label": label, "url": target, "current": name == tab} for label, name, target in tabs],
        "may_change": not application.is_managed and desk.may("applications:update"),
        "proves_by_keys": by_keys,
        "may_rotate": application.is_confidential and not by_keys and desk.may("applications:update"),
        "may_delete": not application.is_managed and desk.may("applications:delete"),
        "may_try": desk.may("applications:update") and rehearsals.is_possible(application),
        "try_url": f"{url}/try",
        "nobody_can_try": lambda: not credentials.has_active(desk.realm),  # asked by the pages that show it
        "identities_url": realm_url(desk.realm, "identities"),
        "application_url": url,
        "configuration_url": f"{url}/configuration",
        "delete_url": f"{url}/delete",
        "crumbs": [crumb(desk), {"label": application.display_name}],
        "curls": curls.of_tokens(application) if tab == "tokens" else curls.of_application(application),
    }


def proves_by_keys(application: Any) -> bool:
    """It has a secret all the same, which no endpoint takes (apps/tokens/client_authentication.py)."""
    return bool(application.token_endpoint_auth_method == "private_key_jwt")


def has_tokens(application: Any) -> bool:
    """Of its own: those it gets for people are theirs."""
    return "client_credentials" in application.grant_types


def url_of(desk: Desk, application: Any) -> str:
    return realm_url(desk.realm, f"applications/{application.pk}")


def crumb(desk: Desk) -> dict[str, str]:
    return {"label": _("Applications"), "url": realm_url(desk.realm, "applications")}


# In the order of a sign-in; which of them there are, discovery knows.
_ENDPOINTS = (
    ("pushed_authorization_request_endpoint", _lazy("Pushed requests")),
    ("authorization_endpoint", _lazy("Authorization")),
    ("device_authorization_endpoint", _lazy("Device authorization")),
    ("token_endpoint", _lazy("Token")),
    ("userinfo_endpoint", _lazy("User info")),
    ("jwks_uri", _lazy("JWKS")),
    ("introspection_endpoint", _lazy("Introspection")),
    ("revocation_endpoint", _lazy("Revocation")),
    ("end_session_endpoint", _lazy("End session")),
)


def endpoints_in_words(application: Any) -> list[dict[str, str]]:
    """What an application of its kind has, as paths under its issuer."""
    issuer = endpoints_of(application).issuer
    said = discovery(application)
    listed = [(_("Discovery"), endpoints_of(application).discovery)]
    listed += [(str(label), str(said[name])) for name, label in _ENDPOINTS if name in said]
    return [{"label": label, "path": url.removeprefix(issuer)} for label, url in listed]
