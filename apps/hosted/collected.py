"""What the hosted pages tell about the browser, and the words with which the person is shown that very list.

static/js/hosted/signals.js collects what is named here and nothing else.
"""

from typing import Any

from django.utils.translation import gettext as _

AUTHENTICATOR_VERSION = "1.0"
LONGEST_BODY = 32_768  # of a proof and its signals


def signals() -> list[dict[str, Any]]:
    """In the order they are shown. `words` are for values that are codes."""
    return [
        {"name": "platform", "label": _("Operating system")},
        {"name": "os_version", "label": _("System version")},
        {"name": "browser", "label": _("Browser")},
        {"name": "browser_version", "label": _("Browser version")},
        {"name": "language", "label": _("Language")},
        {"name": "time_zone", "label": _("Time zone")},
        {"name": "screen", "label": _("Screen"), "words": _screens()},
        {"name": "webauthn", "label": _("Passkeys"), "words": _abilities()},
        {"name": "authenticator_version", "label": _("Page version"), "value": AUTHENTICATOR_VERSION},
    ]


def _screens() -> dict[str, str]:
    return {"small": _("Small"), "medium": _("Medium"), "large": _("Large")}


def _abilities() -> dict[str, str]:
    """Names of WebAuthn L3 §5.1.7 (getClientCapabilities)."""
    return {
        "userVerifyingPlatformAuthenticator": _("on this device"),
        "hybridTransport": _("on a phone nearby"),
        "conditionalGet": _("offered while typing"),
    }
