"""Names and icons of passkey providers by AAGUID, so people read "Apple Passwords" and not sixteen bytes.

passkey_providers.json holds the names of the community's list (passkeydeveloper/passkey-authenticator-aaguids, commit
47b6f84e) and of Yubico's own page. That list comes without a licence, so its pictures are not taken: an icon is the name
of a drawing in static/icons/providers (Simple Icons, CC0). The AAGUID is what a passkey says of itself; nothing hangs on it.
"""

import json
from pathlib import Path

PROVIDERS: dict[str, dict[str, str]] = json.loads(Path(__file__).with_name("passkey_providers.json").read_text("utf-8"))


def provider_name(aaguid: str) -> str:
    """ "" for one that is not known."""
    return PROVIDERS.get(aaguid, {}).get("name", "")


def icons_by_aaguid() -> dict[str, str]:
    return {aaguid: known["icon"] for aaguid, known in PROVIDERS.items() if "icon" in known}


def icon_of(aaguid: str) -> str:
    """ "" for one that has none."""
    return PROVIDERS.get(aaguid, {}).get("icon", "")
