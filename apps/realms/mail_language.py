"""The language that tenants write their mails in. Closed: text, a few HTML elements, and `{{ variable }}`, nothing more.

It is never given to a template engine. HTML is taken apart and put together again from what is known here, so what a mail
client reads is what was checked, whatever the two would make of the same odd input. Pure.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from html import escape

from apps.core.errors import told

VOID = frozenset({"br", "hr"})
ELEMENTS = VOID | frozenset("a b blockquote code div em h1 h2 h3 i li ol p span strong u ul".split())
CLASSES = frozenset({"button", "code", "plain", "quiet"})  # templates/emails/base.html styles them

_MARK = re.compile(r"\{\{|\}\}|\{%|%\}|\{#|#\}")
_VARIABLE = re.compile(r"\{\{ *([a-z_]{1,32}) *\}\}")
_SHOWN = 40
DEEPEST = 20


class Misspelt(ValueError):
    """What is wrong and where, in words fit for an error body."""

    def __init__(self, line: int, column: int, why: str) -> None:
        self.told = told("line %(line)s, column %(column)s: %(why)s", line=line, column=column, why=why)
        super().__init__(self.told)


@dataclass(frozen=True, slots=True)
class Variable:
    name: str


Part = str | Variable  # a str is finished: it goes out as it is
Written = tuple[Part, ...]


def parse_text(source: str, variables: Collection[str]) -> Written:
    """Of plain text. Raises Misspelt."""
    return tuple(_parts(source, variables, 1, 1))


def parse_html(source: str, variables: Collection[str], urls: Collection[str]) -> Written:
    """Of a fragment of HTML; `urls` are the variables that may stand in an href, alone. Raises Misspelt."""
    return tuple(_Reader(source, variables, urls).read())


def names_in(written: Written) -> frozenset[str]:
    return frozenset(part.name for part in written if isinstance(part, Variable))


class Html(str):
    """Of what `parse_html` let through, with every value escaped: a page may hold it as it is, and `__html__` says so."""

    def __html__(self) -> str:
        return str(self)


def text_of(written: Written, values: Mapping[str, str]) -> str:
    """A variable without a value is empty."""
    return "".join(part if isinstance(part, str) else values.get(part.name, "") for part in written)


def html_of(written: Written, values: Mapping[str, str]) -> Html:
    """The same for what `parse_html` made."""
    return Html("".join(part if isinstance(part, str) else escape(values.get(part.name, "")) for part in written))


def _parts(source: str, variables: Collection[str], line: int, column: int) -> Iterator[Part]:
    """Text between marks, and variables. A mark that begins no known variable is an error, so none is ever sent as such."""
    at = 0
    while found := _MARK.search(source, at):
        variable = _VARIABLE.match(source, found.start())
        where = _position(source, found.start(), line, column)
        if variable is None:
            raise Misspelt(*where, told("%(text)s is not {{ variable }}", text=_shortened(source[found.start() :])))
        if variable[1] not in variables:
            raise Misspelt(*where, told("unknown variable %(name)s", name=variable[1]))
        yield source[at : found.start()]
        yield Variable(variable[1])
        at = variable.end()
    yield source[at:]


def _position(source: str, at: int, line: int, column: int) -> tuple[int, int]:
    """Of a place in a piece of text that itself begins at `line` and `column`, both counted from 1."""
    before = source[:at]
    breaks = before.count("\n")
    return line + breaks, at - before.rfind("\n") if breaks else column + at


def _shortened(text: str) -> str:
    first = text.partition("\n")[0]
    return first if len(first) <= _SHOWN else f"{first[:_SHOWN]}…"


_TOKEN = re.compile(
    r"""<(?P<closing>/?)(?P<tag>[A-Za-z][A-Za-z0-9]{0,31})(?P<attributes>(?:\s+[A-Za-z-]+\s*=\s*(?:"[^"<>]*"|'[^'<>]*'))*)\s*/?>
      | (?P<entity>&(?:[A-Za-z][A-Za-z0-9]{1,31}|\#[0-9]{1,7}|\#[xX][0-9A-Fa-f]{1,6});)
      | (?P<text>[^<&]+|&)
    """,
    re.VERBOSE | re.ASCII,
)
_ATTRIBUTE = re.compile(r"""([A-Za-z-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""", re.ASCII)


class _Reader:
    """Keeps what it knows, refuses the rest at the first place it meets it. Entities are told apart from text, so that none
    can spell a mark."""

    def __init__(self, source: str, variables: Collection[str], urls: Collection[str]) -> None:
        self.source, self.variables, self.urls = source, variables, urls
        self.parts: list[Part] = []
        self.open: list[tuple[str, int]] = []

    def read(self) -> list[Part]:
        at = 0
        while at < len(self.source):
            found = _TOKEN.match(self.source, at)
            if found is None:
                raise self.misspelt(
                    at,
                    told(
                        "%(text)s is no element that is written out; for < write &lt;",
                        text=_shortened(self.source[at:]),
                    ),
                )
            self.token(found)
            at = found.end()
        if self.open:
            tag, began = self.open[-1]
            raise self.misspelt(began, told("<%(tag)s> is never closed", tag=tag))
        return self.parts

    def token(self, found: re.Match[str]) -> None:
        if found["text"]:
            for part in _parts(found["text"], self.variables, *_position(self.source, found.start(), 1, 1)):
                self.parts.append(escape(part, quote=False) if isinstance(part, str) else part)
        elif found["entity"]:
            self.parts.append(found["entity"])
        elif found["closing"]:
            self.close(found["tag"].lower(), found)
        else:
            self.begin(found["tag"].lower(), found)

    def begin(self, tag: str, found: re.Match[str]) -> None:
        """A slash at its end says nothing for a void element, and does not close another (HTML §13.1.2.1)."""
        if tag not in ELEMENTS:
            raise self.misspelt(
                found.start(),
                told("<%(tag)s> is not allowed; allowed are %(names)s", tag=tag, names=", ".join(sorted(ELEMENTS))),
            )
        self.parts.append(f"<{tag}")
        seen: set[str] = set()
        for name, double, single in _ATTRIBUTE.findall(found["attributes"]):
            if name.lower() in seen:
                raise self.misspelt(found.start(), told("%(name)s is given twice", name=name))
            seen.add(name.lower())
            self.attribute(tag, name.lower(), double or single, found.start())
        self.parts.append(">")
        if tag not in VOID:
            self.open.append((tag, found.start()))
        if len(self.open) > DEEPEST:
            raise self.misspelt(found.start(), told("nested deeper than %(count)s", count=DEEPEST))

    def close(self, tag: str, found: re.Match[str]) -> None:
        if not self.open or self.open[-1][0] != tag or found["attributes"]:
            raise self.misspelt(found.start(), told("</%(tag)s> closes nothing that is open here", tag=tag))
        self.open.pop()
        self.parts.append(f"</{tag}>")

    def attribute(self, tag: str, name: str, value: str, at: int) -> None:
        if name == "class":
            if value not in CLASSES:
                raise self.misspelt(at, told("class must be one of %(names)s", names=", ".join(sorted(CLASSES))))
            self.parts.append(f' class="{value}"')
        elif name == "href" and tag == "a":
            self.parts += [' href="', self.target(value.strip(), at), '"']
        else:
            raise self.misspelt(at, told("%(name)s is not allowed on <%(tag)s>", name=name, tag=tag))

    def target(self, value: str, at: int) -> Part:
        variable = _VARIABLE.fullmatch(value)
        if variable is not None and variable[1] in self.urls:
            return Variable(variable[1])
        if _MARK.search(value) or not _is_plain_url(value):
            named = ", ".join(f"{{{{ {name} }}}}" for name in sorted(self.urls))
            if not named:
                raise self.misspelt(at, "href must be an https: or mailto: address")
            raise self.misspelt(at, told("href must be an https: or mailto: address, or one of %(names)s", names=named))
        return escape(value)

    def misspelt(self, at: int, why: str) -> Misspelt:
        return Misspelt(*_position(self.source, at, 1, 1), why)


_URL = re.compile(r"(https://[A-Za-z0-9.-]+(:[0-9]{1,5})?([/?#][!-~]*)?|mailto:[A-Za-z0-9.+_@-]+)")


def _is_plain_url(value: str) -> bool:
    return _URL.fullmatch(value) is not None and not any(character in value for character in "\"'<>\\^`{|}")
