"""What every page of the policy shows around its own."""

from typing import Any

from django.utils.translation import gettext as _

from apps.console.access import Desk
from apps.console.render import realm_url


def policy_tabs(desk: Desk, current: str) -> list[dict[str, Any]]:
    url = realm_url(desk.realm, "policy")
    tabs = [
        (_("Rules"), ""),
        (_("Try it"), "try"),
        (_("Replay"), "replay"),
        (_("Tests"), "tests"),
        (_("Versions"), "versions"),
    ]
    tabs.append((_("JSON"), "json"))
    return [{"label": label, "url": f"{url}/{name}".rstrip("/"), "current": name == current} for label, name in tabs]


def crumbs(desk: Desk, *labels: str) -> list[dict[str, Any]]:
    return [{"label": _("Policy"), "url": realm_url(desk.realm, "policy")}, *({"label": label} for label in labels)]
