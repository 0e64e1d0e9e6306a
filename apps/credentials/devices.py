"""What a browser says of itself: the User-Agent header, and client hints, which are finer and win. Pure.

Nothing of it is proven: who wants to look like another device can. A rule that must hold asks for the passkey's binding.
"""

import re
from collections.abc import Mapping
from typing import Any

from ua_parser import parse as parse_user_agent

_PLATFORMS = {
    "windows": "windows", "mac os x": "macos", "macos": "macos", "linux": "linux", "ubuntu": "linux",
    "fedora": "linux", "debian": "linux", "chrome os": "chromeos", "chromium os": "chromeos", "android": "android",
    "ios": "ios", "ipados": "ipados",
}  # fmt: skip
_BROWSERS = {
    "chrome": "chrome", "headlesschrome": "chrome", "chrome mobile": "chrome", "chrome mobile ios": "chrome",
    "chrome mobile webview": "chrome", "google chrome": "chrome", "edge": "edge", "edge mobile": "edge",
    "microsoft edge": "edge", "firefox": "firefox", "firefox mobile": "firefox", "firefox ios": "firefox",
    "safari": "safari", "mobile safari": "safari", "opera": "opera", "opera mobile": "opera", "opera mobile ios": "opera",
    "samsung internet": "samsung_internet", "chromium": "chromium",
}  # fmt: skip
HINTS = ("sec-ch-ua", "sec-ch-ua-full-version-list", "sec-ch-ua-platform", "sec-ch-ua-platform-version")
# Of these the browser tells only when it is asked to (User-Agent Client Hints §3).
ASKED_HINTS = ("Sec-CH-UA-Platform-Version", "Sec-CH-UA-Full-Version-List")
_BRAND = re.compile(r'"([^"]{1,64})"\s*;\s*v="([0-9.]{1,32})"')
_HINT_LENGTH = 512
_WINDOWS_11 = 13  # what its Sec-CH-UA-Platform-Version begins with, and Windows 10's is below


def describe(user_agent: str, hints: Mapping[str, str] | None = None) -> dict[str, Any]:
    """device.* and browser.*; nothing for one that says nothing."""
    found = _from_user_agent(user_agent) | _from_hints(hints or {})
    return {name: fact for name, fact in found.items() if fact is not None}


def _from_user_agent(user_agent: str) -> dict[str, Any]:
    if not user_agent:
        return {}
    parsed = parse_user_agent(user_agent[:512])
    facts: dict[str, Any] = {"device.platform": "other", "browser.name": "other"}
    if parsed.os:
        facts["device.platform"] = _PLATFORMS.get(parsed.os.family.lower(), "other")
        facts["device.os_version"] = _version(parsed.os.major, parsed.os.minor, parsed.os.patch)
    if parsed.user_agent:
        facts["browser.name"] = _BROWSERS.get(parsed.user_agent.family.lower(), "other")
        facts["browser.version"] = _version(parsed.user_agent.major, parsed.user_agent.minor)
    return facts


def _from_hints(hints: Mapping[str, str]) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    platform = _PLATFORMS.get(hints.get("sec-ch-ua-platform", "")[:64].strip('" ').lower())
    if platform:
        facts["device.platform"] = platform
        if version := _system_version(platform, hints.get("sec-ch-ua-platform-version", "")[:64].strip('" ')):
            facts["device.os_version"] = version
    brands = hints.get("sec-ch-ua-full-version-list") or hints.get("sec-ch-ua", "")
    return facts | _brand(brands[:_HINT_LENGTH])


def _system_version(platform: str, told: str) -> str | None:
    version = _version(*told.split("."))
    if version is None or platform != "windows":
        return version
    major = int(version.partition(".")[0])
    return "11" if major >= _WINDOWS_11 else "10" if major else None


def _brand(brands: str) -> dict[str, Any]:
    """Every browser that is built on Chromium names it too; a brand of its own says more."""
    known = {_BROWSERS[name.lower()]: version for name, version in _BRAND.findall(brands) if name.lower() in _BROWSERS}
    for name in (*(name for name in known if name != "chromium"), "chromium"):
        if name in known:
            return {"browser.name": name, "browser.version": _version(*known[name].split("."))}
    return {}


def _version(*parts: str | None) -> str | None:
    known = []
    for part in parts:
        if part is None or not (part.isascii() and part.isdigit() and len(part) <= 9):
            break
        known.append(part)
    return ".".join(known) or None
