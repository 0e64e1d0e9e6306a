"""Taking a caller's object apart: every field checked, every fault told at once, nothing added."""

from typing import Any

import pytest

from apps.core import names
from apps.core.errors import Invalid, checked_fields

CHECKS = {"display_name": names.display_name, "description": names.description}


def faults(given: dict[str, Any], **options: Any) -> list[tuple[str, str]]:
    with pytest.raises(Invalid) as refused:
        checked_fields(given, CHECKS, root="group", **options)
    return [(violation.field, violation.description) for violation in refused.value.violations]


def test_only_what_was_said_is_answered() -> None:
    assert checked_fields({}, CHECKS, root="group") == {}
    assert checked_fields({"description": " x "}, CHECKS, root="group") == {"description": "x"}


def test_null_is_said() -> None:
    assert checked_fields({"description": None}, CHECKS, root="group") == {"description": ""}


def test_what_is_required_is_missed() -> None:
    assert faults({}, required=("display_name",)) == [("group.display_name", "missing")]


def test_what_is_ignored_may_be_anything() -> None:
    assert checked_fields({"id": object()}, CHECKS, root="group", ignored=("id",)) == {}


def test_all_that_is_wrong_is_told_at_once_and_unknown_fields_last() -> None:
    given = {"color": "red", "description": 5, "display_name": "", "": 1}
    assert faults(given) == [
        ("group.display_name", "empty string"),
        ("group.description", "not a string"),
        ("group.color", "unknown field"),
        ("group.", "unknown field"),
    ]
