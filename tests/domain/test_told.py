"""A refusal's words and its values are kept apart, so that another language can say them (core/errors.py)."""

import copy
import json

import pytest
from django.utils import translation

from apps.core.errors import Violation, told
from apps.web import language

WHY = told("longer than %(count)s characters", count=64)


def test_to_programs_it_is_plain_english() -> None:
    assert WHY == "longer than 64 characters"
    assert json.dumps({"why": WHY}) == '{"why": "longer than 64 characters"}'
    assert Violation("a", WHY) == Violation("a", "longer than 64 characters")
    copied = copy.deepcopy(WHY)
    assert (copied, copied.template, copied.values) == (WHY, WHY.template, WHY.values)


def test_to_people_its_words_are_translated_and_its_values_filled_in(monkeypatch: pytest.MonkeyPatch) -> None:
    german = {
        "longer than %(count)s characters": "länger als %(count)s Zeichen",
        "line %(line)s, column %(column)s: %(why)s": "Zeile %(line)s, Spalte %(column)s: %(why)s",
        "not a string": "kein Text",
    }
    with monkeypatch.context() as patched:
        patched.setattr(translation, "gettext", lambda text: german.get(text, text))
        nested = told("line %(line)s, column %(column)s: %(why)s", line=2, column=7, why=WHY)
        assert nested == "line 2, column 7: longer than 64 characters"
        assert language.words(nested) == "Zeile 2, Spalte 7: länger als 64 Zeichen"
        assert language.words("not a string") == "kein Text"
        assert language.words("100 % of it") == "100 % of it"
        assert language.words("") == ""
