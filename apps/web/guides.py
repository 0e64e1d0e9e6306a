"""/docs: the Markdown of docs/, and some that stands beside it, as pages. The files are ours and read once; raw HTML in them
stays text all the same.

A link to another file becomes a link to its page; one to what is no page here (an example, the source) becomes words.
"""

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.conf import settings
from django.template.loader import render_to_string
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token

ROOT = Path(settings.BASE_DIR) / "docs"
GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Start", ("README", "getting-started", "console", "coming-from")),
    ("Connecting", ("applications", "sign-in", "errors", "identity-providers", "sdk", "embedded", "api", "scim")),
    ("Deciding and watching", ("policy", "self-service", "events", "event-streams")),
    ("Running it", ("deployment", "operations", "administrators", "performance", "compatibility", "conformance")),
    ("How it is made", ("architecture", "design-system", "decisions", "changelog")),
)  # fmt: skip
# Where the rail has less room than a title.
_LABELS = {
    "README": "Overview",
    "console": "The console",
    "sign-in": "Signing people in",
    "embedded": "Embedded authenticators",
    "sdk": "The browser SDK",
    "self-service": "Self-service",
    "events": "Events",
    "performance": "Performance",
}
# README is the front page; /docs/api is the reference, made from the API's own description.
_PATHS = {"README": "/docs", "api": "/docs/management-api"}
# Pages whose files stand beside docs/; an installation may lack them.
_OUTSIDE = {"architecture": "ARCHITECTURE.md", "changelog": "CHANGELOG.md"}
_DECISIONS = "decisions"
_TABLE = '<div class="prose-table" tabindex="0" role="region" aria-label="Table"><table>'
_PICTURE = re.compile(r"!\[[^\]]*\]\(([\w./-]+\.webp)\)")
_NO_LETTER = re.compile(r"[^\w\- ]")


@dataclass(frozen=True, slots=True)
class Heading:
    level: int
    title: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Guide:
    """`name` is the file's path under docs/ without its ending, `html` what stands under the title."""

    name: str
    title: str
    html: str
    headings: tuple[Heading, ...]

    @property
    def url(self) -> str:
        return url_of(self.name)


def url_of(name: str) -> str:
    return _PATHS.get(name) or f"/docs/{name}"


def source_of(name: str) -> str:
    """The page's file, as a path under docs/."""
    return f"../{_OUTSIDE[name]}" if name in _OUTSIDE else f"{name}.md"


@cache
def names() -> tuple[str, ...]:
    """Of every page, those of no group last."""
    there = [path.relative_to(ROOT).with_suffix("").as_posix() for path in sorted(ROOT.rglob("*.md"))]
    there += [name for name in _OUTSIDE if (ROOT / source_of(name)).is_file()]
    first = [name for _, names in GROUPS for name in names if name in there]
    return tuple(dict.fromkeys([*first, *there]))


@cache
def images() -> tuple[str, ...]:
    """Paths under docs/ of the pictures that guides show; there are more."""
    shown = {
        posixpath.normpath(posixpath.join(posixpath.dirname(source_of(name)), picture))
        for name in names()
        for picture in _PICTURE.findall((ROOT / source_of(name)).read_text(encoding="utf-8"))
    }
    return tuple(sorted(name for name in shown if (ROOT / name).is_file() and not name.startswith("..")))


@cache
def guide(name: str) -> Guide:
    """Of a name among `names`."""
    tokens = _markdown().parse((ROOT / source_of(name)).read_text(encoding="utf-8"))
    title, rest = _title(tokens)
    headings = tuple(_headings(rest))
    for token in rest:
        token.children = list(_led(token.children or (), posixpath.dirname(source_of(name))))
    return Guide(name, title or name, _markdown().renderer.render(rest, _markdown().options, {}), headings)


def decisions() -> list[Guide]:
    return [guide(name) for name in names() if name.startswith(f"{_DECISIONS}/")]


def navigation(current: str) -> list[dict[str, object]]:
    """[{label, items: [{label, url, current}]}]; a page that nobody put into a group stands in one of its own."""
    grouped = [name for _, members in GROUPS for name in members]
    loose = tuple(name for name in names() if name not in grouped and "/" not in name)
    groups = (*GROUPS, *((("More", loose),) if loose else ()))
    return [{"label": label, "items": list(_items(members, current))} for label, members in groups]


def _items(members: tuple[str, ...], current: str) -> Iterator[dict[str, object]]:
    for name in members:
        if name == _DECISIONS:
            yield {"label": "Decisions", "url": url_of(name), "current": current.startswith(_DECISIONS)}
        elif name in names():
            yield {"label": _LABELS.get(name, guide(name).title), "url": url_of(name), "current": name == current}


def _title(tokens: list[Token]) -> tuple[str, list[Token]]:
    if tokens and tokens[0].type == "heading_open" and tokens[0].tag == "h1":
        return tokens[1].content.replace("`", ""), tokens[3:]
    return "", tokens


def _headings(tokens: list[Token]) -> Iterator[Heading]:
    """Gives each its anchor, as GitHub writes it, so that links that work there work here."""
    taken: dict[str, int] = {}
    for place, token in enumerate(tokens):
        if token.type != "heading_open":
            continue
        text = tokens[place + 1].content
        anchor = _NO_LETTER.sub("", text.lower()).replace(" ", "-")
        taken[anchor] = seen = taken.get(anchor, -1) + 1
        anchor = f"{anchor}-{seen}" if seen else anchor
        token.attrSet("id", anchor)
        if token.tag in ("h2", "h3"):
            yield Heading(int(token.tag[1]), text.replace("`", "").replace("**", ""), anchor)


def _led(tokens: Iterable[Token], folder: str) -> Iterator[Token]:
    """The tokens of a line whose links and pictures lead to where they are here. A link to nowhere loses both its ends:
    links do not nest, so the next end is its own."""
    words = False
    for token in tokens:
        if token.type == "image":
            token.attrSet("src", f"/docs/{posixpath.normpath(posixpath.join(folder, str(token.attrGet('src'))))}")
            token.attrSet("loading", "lazy")
        elif token.type == "link_open":
            href = _href(str(token.attrGet("href")), folder)
            token.attrSet("href", href)
            words = not href
        if words and token.type in ("link_open", "link_close"):
            words = token.type == "link_open"
        else:
            yield token


def _href(href: str, folder: str) -> str:
    """ "" where there is no page."""
    if "://" in href or href.startswith(("#", "/", "mailto:")):
        return href
    target, hash_sign, anchor = href.partition("#")
    path = posixpath.normpath(posixpath.join(folder, target)).removeprefix("../docs/")
    name = _pages().get(path, "")
    return f"{url_of(name)}{hash_sign}{anchor}" if name else ""


@cache
def _pages() -> Mapping[str, str]:
    """Files, as paths under docs/, and the names of their pages."""
    return {**{source_of(name): name for name in names()}, _DECISIONS: _DECISIONS}


@cache
def _markdown() -> MarkdownIt:
    markdown = MarkdownIt("commonmark", {"html": False, "linkify": False}).enable("table")
    markdown.add_render_rule("fence", _fence)
    markdown.add_render_rule("code_block", _fence)
    markdown.add_render_rule(
        "table_open", lambda *_: '<div class="prose-table" tabindex="0" role="region" aria-label="Table"><table>'
    )
    markdown.add_render_rule("table_close", lambda *_: "</table></div>")
    return markdown


def _fence(
    renderer: RendererHTML, tokens: list[Token], place: int, options: Mapping[str, object], env: Mapping[str, object]
) -> str:
    return render_to_string("components/_code.html", {"code": tokens[place].content.rstrip("\n"), "label": "code"})
