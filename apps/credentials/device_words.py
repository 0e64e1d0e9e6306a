"""A browser and its system in three words."""

from functools import lru_cache

from django.utils.translation import gettext as _

from apps.credentials import facts

_SYSTEMS = {
    "windows": "Windows", "macos": "macOS", "linux": "Linux", "chromeos": "ChromeOS", "android": "Android",
    "ios": "iOS", "ipados": "iPadOS",
}  # fmt: skip
_BROWSERS = {
    "chrome": "Chrome", "edge": "Edge", "firefox": "Firefox", "safari": "Safari", "opera": "Opera",
    "samsung_internet": "Samsung Internet", "chromium": "Chromium",
}  # fmt: skip


def device_words(user_agent: str) -> str:
    """ "Chrome on macOS", as far as it is known; "" for what says nothing, such as a server."""
    browser, system = _known(user_agent)
    if browser and system:
        return _("%(browser)s on %(system)s") % {"browser": browser, "system": system}
    return browser or system


@lru_cache(maxsize=4096)
def _known(user_agent: str) -> tuple[str, str]:
    known = facts.describe_device(user_agent)
    return _BROWSERS.get(known.get("browser.name", ""), ""), _SYSTEMS.get(known.get("device.platform", ""), "")
