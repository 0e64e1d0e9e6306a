"""`make messages`: reads the strings of what people meet out of the sources, into locale/<language>/LC_MESSAGES.

Django's own makemessages asks for GNU gettext, which a machine may lack; Babel reads, merges and compiles the same files.
A string that is new is left empty and fails tests/faces/hosted/test_languages.py until somebody has put it into words.
"""

import io
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
TEMPLATES = ROOT / "templates"
LANGUAGES = ("de", "es", "fr", "ja")

# The faces that speak all languages, and what they are built of.
FACES = ("base.html", "hosted/*.html", "errors/*.html", "emails/*", "console/**/*.html")
ENGLISH_ONLY = ("api", "scim")
KEYWORDS = {
    "gettext": None, "gettext_noop": None, "gettext_lazy": None, "_": None, "_now": None, "_lazy": None,
    "ngettext": (1, 2), "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2), "pgettext_lazy": ((1, "c"), 2), "npgettext": ((1, "c"), 2, 3),
}  # fmt: skip
_LOOSE = re.compile(r" (?=[:;?!»](?:\s|$))|(?<=«) ")
_NO_DAY = datetime(2000, 1, 1, tzinfo=UTC)
_INCLUDED = re.compile(r"""\{% *(?:include|extends) "([^"]+)"|\{% *component "([^"]+)\"""")


def sources() -> list[Path]:
    """Templates of the faces with all that they include, and every module that may speak on them."""
    modules = (
        path
        for path in (ROOT / "apps").rglob("*.py")
        if path.relative_to(ROOT / "apps").parts[0] not in ENGLISH_ONLY and not path.name.startswith("showcase")
    )
    return sorted(_templates() | set(modules))


def _templates() -> set[Path]:
    found: set[Path] = set()
    waiting = [path for pattern in FACES for path in TEMPLATES.glob(pattern) if path.is_file()]
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            for included, component in _INCLUDED.findall(path.read_text()):
                waiting.append(TEMPLATES / (included or f"components/_{component}.html"))
    return found


def messages_in(path: Path) -> Iterator[tuple[int, str | tuple[str, ...], list[str], str | None]]:
    """(line, message or (singular, plural), comments, context), as Babel tells them."""
    text = path.read_text()
    if path.suffix != ".py":  # what templatize blanks out keeps its indentation, which Python would trip over
        text = "\n".join(line.strip() for line in templatize(text, origin=str(path)).splitlines())
    return extract("python", io.BytesIO(text.encode()), KEYWORDS, ("Translators:",), {"encoding": "utf-8"})


def template() -> Catalog:
    """Every message with the files it stands in; no lines and no dates, so that only words make a difference."""
    found = _empty(None)
    for path in sources():
        for _line, message, comments, context in messages_in(path):
            if any(message if isinstance(message, tuple) else (message,)):
                found.add(message, None, [(str(path.relative_to(ROOT)), None)], auto_comments=comments, context=context)
    return found


def path_of(language: str, suffix: str = "po") -> Path:
    return ROOT / "locale" / language / "LC_MESSAGES" / f"django.{suffix}"


def read(language: str) -> Catalog:
    with path_of(language).open("rb") as file:
        return read_po(file, locale=language)


def merged(language: str) -> Catalog:
    """What the sources say now, with the words there are. A changed string is a new one: nothing is guessed."""
    known = read(language) if path_of(language).exists() else _empty(language)
    made = _empty(language)
    for message in template():
        if message.id:
            old = known.get(message.id, message.context)
            words = set_as_in(language, old.string if old else message.string)
            made.add(
                message.id, words, message.locations, message.flags - {"fuzzy"},
                message.auto_comments, old.user_comments if old else (), context=message.context,
            )  # fmt: skip
    return made


def set_as_in(language: str, words: Any) -> Any:
    """In French a no-break space stands before : ; ? ! » and after «, where a plain one would let a line end."""
    if language != "fr" or not words:  # None: a new string
        return words
    if isinstance(words, tuple | list):
        return tuple(_LOOSE.sub("\N{NO-BREAK SPACE}", each or "") for each in words)
    return _LOOSE.sub("\N{NO-BREAK SPACE}", words)


def written(catalogue: Catalog) -> bytes:
    into = io.BytesIO()
    write_po(into, catalogue, width=120, sort_output=True, omit_header=False)
    return into.getvalue()


def compiled(catalogue: Catalog) -> bytes:
    into = io.BytesIO()
    write_mo(into, catalogue)
    return into.getvalue()


def _empty(language: str | None) -> Catalog:
    """Its header says nothing that changes by itself: no day, no version, no name."""
    return Catalog(
        locale=language, fuzzy=False, header_comment="# Identity Cloud", project="Identity Cloud", version="1",
        last_translator="Identity Cloud", language_team="Identity Cloud", msgid_bugs_address="none",
        creation_date=_NO_DAY, revision_date=_NO_DAY,
    )  # fmt: skip


def main() -> int:
    """Writes both files of every language; says how many messages wait for words."""
    for language in LANGUAGES:
        catalogue = merged(language)
        path_of(language).parent.mkdir(parents=True, exist_ok=True)
        path_of(language).write_bytes(written(catalogue))
        path_of(language, "mo").write_bytes(compiled(catalogue))
        waiting = sum(1 for message in catalogue if message.id and not all(_words(message.string)))
        print(f"{language}: {len(catalogue)} messages, {waiting} without words")
    return 0


def _words(string: str | tuple[str, ...]) -> tuple[str, ...]:
    return string if isinstance(string, tuple) else (string,)


if __name__ == "__main__":
    sys.exit(main())
