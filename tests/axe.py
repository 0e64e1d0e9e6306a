"""What Deque's engine objects to on a page as it stands. Little is told back: its whole answer takes longer than it does."""

from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

# Rules of every level, but for what is left to taste in a page without advertisements.
EVERYTHING: dict[str, Any] = {"rules": {"color-contrast-enhanced": {"enabled": False}}}
CONTRAST: dict[str, Any] = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}
_PHONE = {"width": 320, "height": 640}
_TELL = """([within, options]) => axe.run(within ?? document, options).then(({violations}) => violations.map(
  ({id, nodes}) => `${id}: ${nodes[0].html.slice(0, 160)} ${nodes[0].any[0]?.message ?? ""}`))"""
# The page, and a dialog over it, whose width is its own.
_TOO_WIDE = """[document.documentElement, ...document.querySelectorAll("dialog[open]")]
  .some((each) => each.scrollWidth > Math.max(each.clientWidth, innerWidth * (each.tagName === "HTML")))"""


def faults(page: Page, options: dict[str, Any], within: str | None = None) -> list[str]:
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    told: list[str] = page.evaluate(_TELL, [within, {**options, "resultTypes": ["violations"]}])
    return told


def wider_than_a_phone(page: Page) -> bool:
    size = page.viewport_size
    page.set_viewport_size(_PHONE)  # type: ignore[arg-type]
    try:
        return bool(page.evaluate(_TOO_WIDE))
    finally:
        page.set_viewport_size(size)  # type: ignore[arg-type]


def judged(page: Page, within: str | None = None) -> dict[str, Any]:
    """All that is wrong with the page, or with what is `within`: by day, by night, and on a narrow phone."""
    page.emulate_media(color_scheme="light")
    by_day = faults(page, EVERYTHING, within)
    page.emulate_media(color_scheme="dark")
    return {"by day": by_day, "by night": faults(page, CONTRAST, within), "overflows": wider_than_a_phone(page)}
