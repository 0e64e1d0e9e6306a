"""JSON of tokens and events: what the standard library reads back is what was written."""

import json
import math
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core.json_text import json_text

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(SCALARS | TEXTS, lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner), max_leaves=20)


@given(VALUES)
def test_it_is_read_back_as_it_was(value: Any) -> None:
    assert json.loads(json_text(value)) == value


@pytest.mark.parametrize("value", [2**64, -(2**80), {1: "a number for a name"}, {"deep": [{2**70: 1}]}])
def test_what_orjson_does_not_write_the_standard_library_does(value: Any) -> None:
    assert json_text(value) == json.dumps(value, separators=(",", ":"))


@dataclass
class Row:
    number: int = 1


@pytest.mark.parametrize("value", [Row(), datetime.now(UTC), b"bytes", {"a": object()}, {1, 2}])
def test_what_json_has_no_word_for_is_refused(value: Any) -> None:
    with pytest.raises(TypeError):
        json_text({"value": value})


def test_what_is_no_number_is_nothing() -> None:
    assert json_text([math.nan, math.inf]) == "[null,null]"
