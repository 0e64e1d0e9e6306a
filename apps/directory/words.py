"""Words that people are searched by."""

import unicodedata

from django.db.models import Q

from apps.core import names

_WORDS = 5
_BEFORE_A_WORD = ("\n", " ", "-", ".")


def fitting(text: str, person: str = "") -> Q:
    """The condition of a search: every word stands somewhere in what is kept of a person to be searched, one of one or two
    letters at the beginning of a word. Of rows that hang on a person by the name of that column."""
    column = f"{person}__search_key" if person else "search_key"
    return Q(*(_standing_in(column, word) for word in _words(text)))


def has_short_words(text: str) -> bool:
    """Whether some are looked for at the beginning of words alone."""
    return any(map(_is_short, _words(text)))


def _words(text: str) -> list[str]:
    return names.comparison_key(text).split()[:_WORDS]


def _standing_in(column: str, word: str) -> Q:
    if not _is_short(word):
        return Q((f"{column}__contains", word))
    return Q(
        (f"{column}__startswith", word),
        *((f"{column}__contains", f"{sign}{word}") for sign in _BEFORE_A_WORD),
        _connector=Q.OR,
    )


def _is_short(word: str) -> bool:
    """Three letters are what the index holds (pg_trgm), or the beginning of a word and one or two. Digits stand in every id,
    so that enough people have them anywhere; and what is written without spaces between words, in letters that are neither
    small nor large, is looked for anywhere."""
    kinds = {unicodedata.category(letter) for letter in word}
    return len(word) < 3 and "Ll" in kinds and kinds <= {"Ll", "Nd"}
