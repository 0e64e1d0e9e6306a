"""How well two colours are told apart (WCAG 2.2, "contrast ratio"). Pure."""

import re

ENOUGH = 4.5  # WCAG 2.2 §1.4.3, AA for text
_COLOR = re.compile(r"#([0-9A-Fa-f]{2})([0-9A-Fa-f]{2})([0-9A-Fa-f]{2})")


def ratio(one: str, other: str) -> float:
    """Of two colours like #4673D3, from 1 to 21; 0 for what is no colour."""
    first, second = _luminance(one), _luminance(other)
    if first is None or second is None:
        return 0.0
    lighter, darker = max(first, second), min(first, second)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(color: str) -> float | None:
    found = _COLOR.fullmatch(color)
    if found is None:
        return None
    red, green, blue = (_linear(int(part, 16) / 255) for part in found.groups())
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
