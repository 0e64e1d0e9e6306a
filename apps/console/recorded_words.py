"""What the record holds of a refusal is English, as the API said it; a page tells it in the reader's language."""

import re
from functools import cache

from apps.console.refusal_words import REFUSALS
from apps.core.errors import told
from apps.web import language

_VALUE = re.compile(r"%\((\w+)\)s")
_PLAIN = frozenset(REFUSALS)
_LETTERS = 8  # fewer say too little of which sentence it was


def reader_words(text: str) -> str:
    """The sentence in the language that is spoken, with the values it was said with; as it stands when nobody knows it."""
    if text in _PLAIN:
        return language.words(text)
    for template, pattern in _patterns():
        if found := pattern.fullmatch(text):
            return language.words(told(template, **found.groupdict()))
    return text


@cache
def _patterns() -> list[tuple[str, re.Pattern[str]]]:
    """Of the sentences with values; those that say most first, so that no shorter one takes their words for a value."""
    said = [template for template in REFUSALS if len(_VALUE.sub("", template)) >= _LETTERS and _VALUE.search(template)]
    return [(template, _pattern(template)) for template in sorted(said, key=len, reverse=True)]


def _pattern(template: str) -> re.Pattern[str]:
    pieces = _VALUE.split(template.replace("%%", "%"))
    words = (f"(?P<{piece}>.+)" if place % 2 else re.escape(piece) for place, piece in enumerate(pieces))
    return re.compile("".join(words), re.DOTALL)
