"""What a browser may tell of itself with a proof (contract/extensions.md §5): these and no others are kept. Pure.

The pages and SDKs of ours send exactly these, and show them to the person before.
"""

from collections.abc import Mapping
from typing import Any

NAMES = (
    "platform", "os_version", "browser", "browser_version", "language", "time_zone", "screen", "webauthn",
    "key_protection", "authenticator_version",
)  # fmt: skip
_LONGEST, _MOST = 200, 20


def listed(told: Mapping[str, Any]) -> dict[str, Any]:
    """The named ones of them that are texts, or short lists of texts."""
    found = {name: told[name] for name in NAMES if name in told}
    return {name: value for name, value in found.items() if _is_text(value) or _is_list(value)}


def _is_text(value: object) -> bool:
    return isinstance(value, str) and len(value) <= _LONGEST


def _is_list(value: object) -> bool:
    return isinstance(value, list) and len(value) <= _MOST and all(_is_text(each) for each in value)
