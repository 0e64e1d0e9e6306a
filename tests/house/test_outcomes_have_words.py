"""Whatever outcome an event may have is shown by words of its own, which every language has (tests/catalogues.py)."""

import pytest
from django.utils import translation

from apps.core.errors import Refusal
from apps.events import outcomes
from apps.web.states import STATES, state_words, tone_of
from tests import catalogues


def known() -> set[str]:
    """But for those of refusals that other tests made up."""
    made_up = {kind for kind in outcomes._kinds(Refusal) if not kind.__module__.startswith("apps.")}
    return set(outcomes.known()) - {outcomes._outcome(kind) for kind in made_up}


def test_no_outcome_is_without_words() -> None:
    assert known() - set(STATES) == set()


@pytest.mark.parametrize("language", catalogues.LANGUAGES)
def test_no_refusal_is_told_in_english_elsewhere(language: str) -> None:
    english = {code: state_words(code) for code in known()}
    with translation.override(language):
        left = {code for code in known() if state_words(code) == english[code]}
    assert left - {"ERROR"} == set(), "which is a word in Spanish, too"


def test_what_another_release_wrote_says_itself_and_is_taken_for_a_refusal() -> None:
    assert (state_words("NEVER_HEARD_OF"), tone_of("NEVER_HEARD_OF")) == ("Never heard of", "danger")
