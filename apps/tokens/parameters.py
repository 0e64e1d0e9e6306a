"""Parameters as RFC 6749 §3.1 and §3.2 want them: one without a value counts as left out, none is given twice. Pure."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

# What oauthlib, which reads it again, takes for urlencoded.
_URLENCODED = re.compile(r"(?:[A-Za-z0-9_.\-=&;:+~,*@!()/?'$]++|%[0-9A-Fa-f]{2})*+")
_MAY_REPEAT = frozenset({"resource"})  # RFC 8707 §2


class NotAForm(ValueError):
    """The body cannot be read as a form, or says something twice. Its text may be shown to the client."""


@dataclass(frozen=True, slots=True)
class Form:
    """A urlencoded body, read once. `text` is what came, less what had no value; `resources` may be several."""

    text: str
    given: Mapping[str, str]
    resources: tuple[str, ...] = ()

    def get(self, name: str) -> str:
        """ "" when it is left out."""
        return self.given.get(name, "")

    def __contains__(self, name: str) -> bool:
        return name in self.given


def read_form(body: str) -> Form:
    """Raises NotAForm."""
    text = without_empty(body)
    if not _URLENCODED.fullmatch(text):
        raise NotAForm("the body is not urlencoded")
    pairs = parse_qsl(text, strict_parsing=bool(text))
    if twice := _repeated(pairs):
        raise NotAForm(f"{twice[0]} is given twice")
    return Form(text, dict(pairs), tuple(value for name, value in pairs if name == "resource"))


def without_empty(encoded: str) -> str:
    """The urlencoded text less what has no value; the rest is untouched, so that what is wrong with it still shows."""
    return "&".join(part for part in encoded.split("&") if part.partition("=")[2])


def repeated(encoded: str) -> list[str]:
    """Names given more than once, of those that may not be."""
    return _repeated(parse_qsl(encoded))


def _repeated(pairs: list[tuple[str, str]]) -> list[str]:
    if len(dict(pairs)) == len(pairs):
        return []
    times = Counter(name for name, _ in pairs)
    return sorted(name for name, count in times.items() if count > 1 and name not in _MAY_REPEAT)
