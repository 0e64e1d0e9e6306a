"""The catalogues of the faces people meet hold every string, in words that fit, and are compiled as they are written."""

import dataclasses
import re
from typing import Any

import pytest
from django.conf import settings
from django.utils import translation

from apps.realms.mail_word_lists import WORDS
from tests import catalogues

_PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w+\}|</?\w+>")
_NUMBERS = {"de": 2, "es": 2, "fr": 2, "ja": 1}
languages = pytest.mark.parametrize("language", catalogues.LANGUAGES)


def ids_of(message: Any) -> tuple[str, ...]:
    return message.id if isinstance(message.id, tuple) else (message.id,)


def words_of(message: Any) -> tuple[str, ...]:
    return message.string if isinstance(message.string, tuple) else (message.string,)


def messages(language: str) -> list[Any]:
    return [message for message in catalogues.read(language) if message.id]


def test_there_is_a_catalogue_for_every_language_that_pages_speak() -> None:
    assert [code for code, _name in settings.LANGUAGES] == ["en", *catalogues.LANGUAGES]


@languages
def test_every_string_of_the_sources_is_there_and_no_other(language: str) -> None:
    """`make messages` puts a new one in; somebody has to translate it."""
    wanted = {(message.id, message.context) for message in catalogues.template() if message.id}
    assert {(message.id, message.context) for message in messages(language)} == wanted


@languages
def test_every_string_is_in_words_that_nobody_guessed(language: str) -> None:
    for message in messages(language):
        assert all(word.strip() for word in words_of(message)), message.id
        assert not message.fuzzy, message.id
        assert len(words_of(message)) == (_NUMBERS[language] if isinstance(message.id, tuple) else 1), message.id


@languages
def test_what_is_filled_in_and_marked_up_is_as_in_the_source(language: str) -> None:
    """Of a singular a number may be left out, in the source as in the words for it."""
    for message in messages(language):
        wanted = {frozenset(_PLACEHOLDER.findall(text)) for text in ids_of(message)}
        for words in words_of(message):
            assert frozenset(_PLACEHOLDER.findall(words)) in wanted, message.id
            assert words.count("\n") == ids_of(message)[0].count("\n"), message.id


# Words by which each language is familiar with its reader (CONTRIBUTING.md, "Translations"); Japanese has none.
_FAMILIAR = {
    "de": r"du|dein\w*|dir|dich|euch|euer\w*",
    "es": r"tú|tu|tus|ti|contigo|tuy[oa]s?|puedes|tienes|quieres|has|eres|vosotros|inténtalo|escribe el|inicies",
    "fr": r"tu|toi|ton|tes",
}


@pytest.mark.parametrize("language", _FAMILIAR)
def test_nobody_is_spoken_to_as_a_friend_on_one_page_and_as_a_stranger_on_the_next(language: str) -> None:
    familiar = re.compile(rf"\b({_FAMILIAR[language]})\b", re.IGNORECASE)
    said = [words for message in messages(language) for words in words_of(message)]
    said += dataclasses.astuple(WORDS[language])
    assert [words for words in said if familiar.search(words)] == []


def test_in_french_no_line_begins_with_a_colon() -> None:
    """A no-break space stands before : ; ? ! » and after «, where a plain one would let a line end."""
    loose = re.compile(r" [:;?!»](?=\s|$)|« ")
    said = [words for message in messages("fr") for words in words_of(message)]
    said += dataclasses.astuple(WORDS["fr"])
    assert [words for words in said if loose.search(words)] == []


@languages
def test_what_is_compiled_is_what_is_written(language: str) -> None:
    assert catalogues.path_of(language, "mo").read_bytes() == catalogues.compiled(catalogues.read(language))


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("de", ["0 Tage", "1 Tag", "2 Tage"]),
        ("es", ["0 días", "1 día", "2 días"]),
        ("fr", ["0 jour", "1 jour", "2 jours"]),
        ("ja", ["0 日間", "1 日間", "2 日間"]),
    ],
)
def test_a_number_has_the_plural_of_its_language(language: str, said: list[str]) -> None:
    with translation.override(language):
        assert [translation.ngettext("%(n)s day", "%(n)s days", n) % {"n": n} for n in range(3)] == said
