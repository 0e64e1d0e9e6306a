"""What the pages of a realm's settings show around their own."""

from typing import Any

from django.utils.translation import gettext as _

from apps.console.access import Desk
from apps.console.render import realm_url


def settings_tabs(desk: Desk, current: str) -> list[dict[str, Any]]:
    url = realm_url(desk.realm, "settings")
    tabs = [(_("General"), "", url), (_("Signing keys"), "signing-keys", f"{url}/signing-keys")]
    return [{"label": label, "url": target, "current": name == current} for label, name, target in tabs]
