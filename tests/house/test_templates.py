"""What every template owes the content security policy, the reader and the eye."""

import math
import re
from pathlib import Path

import pytest
from django.template.loader import get_template

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted(path for path in (ROOT / "templates").rglob("*.html"))
PAGES = [path for path in TEMPLATES if "emails" not in path.parts]  # a mail's style is inlined when it is sent
NAMES = [str(path.relative_to(ROOT / "templates")) for path in TEMPLATES]
ICON = re.compile(r'\{% icon "([\w-]+)"|\b(?:action_)?icon(?:_end)?="([\w-]+)"')
TOKEN = re.compile(r"--([\w-]+):\s*light-dark\(\s*oklch\(([^)/]*)\),\s*oklch\(([^)/]*)\)\s*\)")

TEXT_ON = ["bg", "surface", "raised", "hover", "selected"]
NEEDED = (
    [(text, ground, 4.5) for ground in TEXT_ON for text in ("text", "muted", "link")]
    + [("line-control", ground, 3) for ground in ("bg", "surface", "raised")]
    + [(tone, ground, 4.5) for tone in ("ok", "warn", "danger") for ground in ("surface", "hover", f"{tone}-soft")]
    + [("accent-text", "accent", 4.5), ("accent-text", "accent-hover", 4.5), ("link", "accent-soft", 4.5)]
    + [("danger-text", "danger-fill", 4.5), ("danger-text", "danger-fill-hover", 4.5), ("muted", "neutral-soft", 4.5)]
    + [("ring", ground, 3) for ground in ("bg", "surface", "raised")]
    + [(f"hue-{number}", f"hue-{number}-soft", 4.5) for number in range(6)]
)


@pytest.mark.parametrize("name", NAMES)
def test_every_template_compiles(name: str) -> None:
    get_template(name)


@pytest.mark.parametrize("path", TEMPLATES, ids=NAMES)
def test_every_icon_a_template_names_is_there(path: Path) -> None:
    named = {first or second for first, second in ICON.findall(path.read_text())} - {"none"}
    missing = {icon for icon in named if not (ROOT / "static" / "icons" / f"{icon}.svg").exists()}
    assert not missing


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_no_page_holds_inline_style_or_script(path: Path) -> None:
    text = path.read_text()
    assert not re.search(r"<style\b|\sstyle=|\son\w+=\"", text)
    assert not re.search(r"<script\b(?![^>]*\bsrc=)(?![^>]*type=\"application/json\")", text)


@pytest.mark.parametrize("path", sorted((ROOT / "templates" / "components").glob("*.html")), ids=lambda p: p.name)
def test_every_component_names_its_parameters_first(path: Path) -> None:
    assert path.read_text().startswith("{# ")


def luminance(oklch: str) -> float:
    """Relative luminance of an OKLCH colour, by way of OKLab and linear sRGB."""
    light, chroma, hue = map(float, oklch.split())
    a, b = chroma * math.cos(math.radians(hue)), chroma * math.sin(math.radians(hue))
    long = (light + 0.3963377774 * a + 0.2158037573 * b) ** 3
    middle = (light - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (light - 0.0894841775 * a - 1.2914855480 * b) ** 3
    red = 4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short
    green = -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short
    blue = -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short
    red, green, blue = (min(1.0, max(0.0, part)) for part in (red, green, blue))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("front", "ground", "ratio"), NEEDED)
def test_colours_stand_out_enough(front: str, ground: str, ratio: float, theme: int) -> None:
    """WCAG 2.2 §1.4.3 and §1.4.11, for the tokens as they are written."""
    tokens: dict[str, tuple[str, str]] = {}
    for name, *colours in TOKEN.findall((ROOT / "static" / "css" / "tokens.css").read_text()):
        tokens.setdefault(name, (colours[0], colours[1]))
    dark, bright = sorted((luminance(tokens[front][theme]), luminance(tokens[ground][theme])))
    assert (bright + 0.05) / (dark + 0.05) >= ratio
