"""What the hosted pages tell about the browser, and the words with which the person is shown that very list.

static/js/hosted/signals.js collects what is named here and nothing else.
"""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from apps.credentials import signals as known
from apps.web import strict_json

AUTHENTICATOR_VERSION = "1.0"
LONGEST_BODY = 32_768  # of a proof and its signals


def signals(*, key_protection: str = "") -> list[dict[str, Any]]:
    """In the order they are shown. `words` are for values that are codes; a `value` is known before the browser is asked.
    `key_protection`: where only one is possible."""
    return [
        {"name": "platform", "label": _("Operating system")},
        {"name": "os_version", "label": _("System version")},
        {"name": "browser", "label": _("Browser")},
        {"name": "browser_version", "label": _("Browser version")},
        {"name": "language", "label": _("Language")},
        {"name": "time_zone", "label": _("Time zone")},
        {"name": "screen", "label": _("Screen"), "words": _screens()},
        {"name": "webauthn", "label": _("Passkeys"), "words": _abilities()},
        {
            "name": "key_protection",
            "label": _("Key protection"),
            "words": _protections(),
            **({"value": key_protection} if key_protection else {}),
        },
        {"name": "authenticator_version", "label": _("Page version"), "value": AUTHENTICATOR_VERSION},
    ]


def told_by_form(request: HttpRequest) -> dict[str, Any]:
    """What a page's script put into the form of a page that works without one; nothing for what is no such list."""
    try:
        told = strict_json.parse(request.POST.get("signals", "")[:LONGEST_BODY].encode())
    except strict_json.BadJSON:
        return {}
    return known.listed(told) if isinstance(told, dict) else {}


def _protections() -> dict[str, str]:
    return {
        "device": _("in the device or its passkey app"),
        "browser": _("in this browser, which gives it to nobody"),
        "none": _("no key, a code by mail"),
    }


def _screens() -> dict[str, str]:
    return {"small": _("Small"), "medium": _("Medium"), "large": _("Large")}


def _abilities() -> dict[str, str]:
    """Names of WebAuthn L3 §5.1.7 (getClientCapabilities)."""
    return {
        "userVerifyingPlatformAuthenticator": _("on this device"),
        "hybridTransport": _("on a phone nearby"),
        "conditionalGet": _("offered while typing"),
    }
