"""Two lists of rules side by side, the same rule on the same line. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from apps.policy.comparison import compare


@dataclass(frozen=True, slots=True)
class Line:
    """Numbers count from one; None where that side has no such rule. `mark`: added, changed, moved, removed or ""."""

    left: Any
    left_number: int | None
    right: Any
    right_number: int | None
    mark: str


def side_by_side(earlier: Sequence[Any], later: Sequence[Any]) -> list[Line]:
    """In the later one's order, with what it lost where it stood. A rule that only moved stands at its new place."""
    comparison = compare(earlier, later)
    before = {rule["id"]: (number, rule) for number, rule in enumerate(earlier, 1)}
    after = {rule["id"]: (number, rule) for number, rule in enumerate(later, 1)}
    lines: list[Line] = []
    for pk in _order([rule["id"] for rule in earlier], [rule["id"] for rule in later]):
        left_number, left = before.get(pk, (None, None))
        right_number, right = after.get(pk, (None, None))
        lines.append(Line(left, left_number, right, right_number, comparison.of(pk) if right else "removed"))
    return lines


def _order(earlier: list[str], later: list[str]) -> list[str]:
    merged: list[str] = []
    matcher = SequenceMatcher(None, earlier, later, autojunk=False)
    for _kind, first, last, from_, to in matcher.get_opcodes():
        merged += [pk for pk in earlier[first:last] if pk not in later]
        merged += later[from_:to]
    return merged
