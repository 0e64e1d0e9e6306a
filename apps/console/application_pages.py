"""What every page of one application shows around its own: name, tabs, endpoints, and what may be done with it."""

from typing import Any

from django.utils.translation import gettext as _

from apps.console.access import Desk
from apps.console.forms.applications import kind_of
from apps.console.render import realm_url
from apps.tokens.issuer import endpoints_of


def about(desk: Desk, application: Any, tab: str) -> dict[str, Any]:
    """What every page of one application shows around its own."""
    url = url_of(desk, application)
    tabs = [
        (_("External protocol"), "", url),
        (_("Configuration"), "configuration", f"{url}/configuration"),
        (_("Quick start"), "quick-start", f"{url}/quick-start"),
    ]
    return {
        "application": application,
        "kind": kind_of(application),
        "tabs": [{"label": label, "url": target, "current": name == tab} for label, name, target in tabs],
        "may_change": not application.is_managed and desk.may("applications:update"),
        "may_rotate": application.is_confidential and desk.may("applications:update"),
        "may_delete": not application.is_managed and desk.may("applications:delete"),
        "application_url": url,
        "configuration_url": f"{url}/configuration",
        "delete_url": f"{url}/delete",
        "crumbs": [crumb(desk), {"label": application.display_name}],
    }


def url_of(desk: Desk, application: Any) -> str:
    return realm_url(desk.realm, f"applications/{application.pk}")


def crumb(desk: Desk) -> dict[str, str]:
    return {"label": _("Applications"), "url": realm_url(desk.realm, "applications")}


def endpoints_in_words(application: Any) -> list[dict[str, str]]:
    """What an application of its kind needs, as paths under its issuer."""
    named = endpoints_of(application)
    people = "authorization_code" in application.grant_types
    listed = [
        (_("Discovery"), named.discovery, True),
        (_("Authorization"), named.authorization, people),
        (_("Token"), named.token, True),
        (_("User info"), named.userinfo, people),
        (_("JWKS"), named.jwks, True),
        (_("Revocation"), named.revocation, True),
    ]
    return [{"label": label, "path": url.removeprefix(named.issuer)} for label, url, wanted in listed if wanted]
