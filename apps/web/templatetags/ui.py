"""The tags the templates are built with: icons, times, badges, initials and components that wrap content."""

from __future__ import annotations

import functools
import zlib
from datetime import UTC, datetime, timedelta
from itertools import zip_longest
from pathlib import Path

import segno
from django import template
from django.forms import BoundField
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext, ngettext, pgettext

from apps.web.our_words import in_readers_words
from apps.web.states import TONE_ICONS, state_words, tone_of

register = template.Library()

ICONS = Path(__file__).resolve().parents[3] / "static" / "icons"


@functools.cache
def _drawing(name: str) -> str:
    """The SVG's inner markup. An unknown name is a mistake in a template and fails loudly."""
    if not name.replace("-", "").isalnum():
        raise template.TemplateSyntaxError(f"not an icon's name: {name!r}")
    try:
        svg = (ICONS / f"{name}.svg").read_text(encoding="utf-8")
    except FileNotFoundError:
        raise template.TemplateSyntaxError(f"no icon {name!r} in static/icons") from None
    return svg[svg.index(">") + 1 : svg.rindex("</svg>")]


@register.simple_tag
def icon(name: str, size: int = 16, label: str = "", css: str = "") -> SafeString:
    """An inline SVG: decoration by default, an image with a name when `label` is given."""
    named = format_html(' role="img" aria-label="{}"', label) if label else mark_safe(' aria-hidden="true"')  # noqa: S308
    return format_html(
        '<svg class="icon{}" width="{}" height="{}" viewBox="0 0 24 24" fill="none" stroke="currentColor"'
        ' stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round"{}>{}</svg>',
        f" {css}" if css else "",
        size,
        size,
        named,
        mark_safe(_drawing(name)),  # noqa: S308 - a vendored file
    )


@register.simple_tag
def provider_icon(name: str, size: int = 20) -> SafeString:
    """A passkey provider's mark in the text's own colour, so it is fit for light and dark; see credentials.providers."""
    svg = '<svg class="icon" width="{}" height="{}" viewBox="0 0 24 24" fill="currentColor" aria-hidden="true">{}</svg>'
    return format_html(svg, size, size, mark_safe(_mark(name)))  # noqa: S308 - a vendored file


@functools.cache
def _mark(name: str) -> str:
    if not name.isalnum():
        raise template.TemplateSyntaxError(f"not a provider's icon: {name!r}")
    svg = (ICONS / "providers" / f"{name}.svg").read_text(encoding="utf-8")
    return svg[svg.index(">") + 1 : svg.rindex("</svg>")]


@register.simple_tag
def qr_code(text: str, label: str) -> SafeString:
    """A QR code as an inline SVG, dark on white in either theme, which is what cameras expect."""
    drawn = segno.make(text, error="m").svg_inline(border=2, omitsize=True, svgclass=None, lineclass=None)
    named = format_html('<svg role="img" aria-label="{}"', label)
    return format_html('<span class="qr-code">{}</span>', mark_safe(named + drawn.removeprefix("<svg")))  # noqa: S308 - ours


@register.simple_tag
def state(value: str, label: str = "", tone: str = "", icon_name: str = "") -> SafeString:
    """The badge of a state or outcome by its code; an unknown code (of another release's record) is danger in words."""
    chosen = tone or tone_of(value)
    return format_html(
        '<span class="badge badge-{}">{}{}</span>',
        chosen,
        icon(icon_name or TONE_ICONS.get(chosen, "circle"), 12),
        label or state_words(value),
    )


@register.filter
def ours(text: str) -> str:
    """In the reader's language where the product itself wrote it."""
    return in_readers_words(text)


@register.filter
def state_tone(value: str) -> str:
    """ok, info, warn, danger or neutral for a state's code."""
    return tone_of(value)


@register.filter
def tone_icon(tone: str) -> str:
    """The icon that says the tone without colour."""
    return TONE_ICONS.get(tone, "circle")


def _age(seconds: int) -> str:
    """Words for a time so many seconds ago, under two days."""
    if seconds < 45:
        return gettext("just now")
    if seconds < 3570:
        return gettext("%(n)s min ago") % {"n": max(1, round(seconds / 60))}
    if seconds < 86_400:
        return gettext("%(n)s h ago") % {"n": max(1, round(seconds / 3600))}
    return gettext("yesterday")


def _wait(seconds: int) -> str:
    """Words for a time so many seconds ahead, under a month."""
    if seconds < 45:
        return gettext("in a moment")
    if seconds < 3570:
        return gettext("in %(n)s min") % {"n": max(1, round(seconds / 60))}
    if seconds < 86_400:
        return gettext("in %(n)s h") % {"n": max(1, round(seconds / 3600))}
    days = round(seconds / 86_400)
    return ngettext("in %(n)s day", "in %(n)s days", days) % {"n": days}


def relative_words(moment: datetime, now: datetime) -> str:
    """How people say when: "5 min ago", "in 3 days", "12 Nov", "12 Nov 2025"."""
    seconds = int((now - moment).total_seconds())
    if 0 <= seconds < 2 * 86_400:
        return _age(seconds)
    if seconds < 0 and moment - now < timedelta(days=31):
        return _wait(-seconds)
    same_year = moment.year == now.year
    return date_format(moment, pgettext("a day", "j M") if same_year else pgettext("a day and year", "j M Y"))


@register.simple_tag
def reltime(moment: datetime | None, absent: str = "–") -> SafeString:
    """A <time> in words, the exact moment on hover and for machines; `absent` stands for None."""
    if moment is None:
        return format_html('<span class="muted">{}</span>', absent)
    utc = moment.astimezone(UTC)
    exact = date_format(utc, pgettext("an exact time", "j M Y, H:i:s")) + " UTC"
    words = relative_words(utc, timezone.now())
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        utc.isoformat(timespec="seconds").replace("+00:00", "Z"),
        exact,
        words,
    )


@register.filter
def bare_address(url: str) -> str:
    """As people type it: browsers add the scheme."""
    return url.removeprefix("https://").removeprefix("http://")


@register.filter
def initials(name: str) -> str:
    """One or two letters that stand for a name; "?" for none."""
    words = [word for word in str(name).replace("@", " ").replace(".", " ").split() if word[0].isalnum()]
    letters = words[0][0] + (words[-1][0] if len(words) > 1 else "") if words else "?"
    return letters.upper()


@register.filter
def hue(key: str) -> int:
    """0 to 5, the same for the same key in every process (hash() is not)."""
    return zlib.crc32(str(key).encode()) % 6


@register.filter
def words(text: str) -> list[str]:
    """A literal list for a loop: "ok warn danger"|words."""
    return text.split()


@register.filter
def message_tone(level_tag: str) -> str:
    """Our tone for the level tag of a Django message."""
    return {"success": "ok", "warning": "warn", "error": "danger", "debug": "info", "": "info"}.get(
        level_tag, level_tag
    )


@register.simple_tag
def headings(columns: str, sorts: str = "", sorting: dict[str, object] | None = None) -> list[dict[str, object]]:
    """Table headings from "Name|Status|Passkeys:number,narrow|Created:medium|Actions:actions"; `sort` is how the list is
    sorted by it, of those in `sorting` the one that `sorts` names in the heading's place."""
    found: list[dict[str, object]] = []
    for column, name in zip_longest(columns.split("|"), sorts.split("|") if sorts else [], fillvalue=""):
        label, _, kinds = column.partition(":")
        css = kinds.replace(",", " ").replace("medium", "hide-medium").replace("narrow", "hide-narrow")
        found.append({"label": label, "css": css, "hidden": "actions" in kinds, "sort": (sorting or {}).get(name)})
    return found


@register.filter
def exact_pattern(text: str) -> str:
    """An HTML `pattern` (RegExp with the v flag) that matches exactly this text."""
    return "".join("\\" + letter if letter in "^$\\.*+?()[]{}|/" else letter for letter in str(text))


@register.filter
def choice_title(label: str) -> str:
    """The first line of a radio card's label."""
    return str(label).partition("\n")[0]


@register.filter
def choice_text(label: str) -> str:
    """What follows the first line of a radio card's label."""
    return str(label).partition("\n")[2]


@register.simple_tag
def control(field: BoundField, css: str = "input", **attributes: str) -> SafeString:
    """The bound field's widget with our class; Django adds aria-invalid and aria-describedby itself."""
    named = {name.replace("_", "-"): value for name, value in attributes.items() if value not in ("", None)}
    own = field.field.widget.attrs.get("class", "")
    return field.as_widget(attrs={"class": f"{css} {own}".strip(), **named})


@register.simple_block_tag(takes_context=True)
def component(context: template.Context, content: str, name: str, **parameters: object) -> SafeString:
    """Renders components/_<name>.html around the enclosed markup, which it finds as `content`.

    The component sees its parameters and nothing else of the page, as with `include … only`.
    """
    inner = context.new({**parameters, "content": content, "csrf_token": context.get("csrf_token")})
    return template.Engine.get_default().get_template(f"components/_{name}.html").render(inner)
