"""A refusal that the record holds in English is told in the reader's language, with the values it was said with."""

import pytest
from django.utils import translation

from apps.console.recorded_words import reader_words
from apps.console.refusal_words import REFUSALS
from apps.core.errors import told


@pytest.mark.parametrize("template", [each for each in REFUSALS if "%(" in each])
def test_every_refusal_with_values_is_known_again(template: str) -> None:
    class Values(dict[str, str]):
        def __missing__(self, name: str) -> str:
            return "“Zoë’s %s {x}”"

    said = template % Values()
    with translation.override("en"):
        assert reader_words(said) == said


def test_it_is_told_in_the_readers_language() -> None:
    with translation.override("de"):
        assert reader_words("a group with this name already exists") != "a group with this name already exists"
        words = reader_words(str(told("policy tests fail: %(names)s", names="“Ada, at night”")))
        assert "“Ada, at night”" in words
        assert "fail" not in words


@pytest.mark.parametrize("text", ["", "something that nobody says", "%(name)s", "%s %d {0}", "x\x00y"])
def test_what_nobody_says_stands_as_it_is(text: str) -> None:
    with translation.override("fr"):
        assert reader_words(text) == text
