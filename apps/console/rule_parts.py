"""A rule's condition in the terms of the form: four pickers and rows that must all fit, and whatever else it says.

What the form cannot express (nested conditions, written as JSON or by API) is carried along untouched. Pure.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from apps.console.rule_rows import row_of

# picker: (attribute, operator). Order is the order of the conditions a new rule gets.
PICKERS = {
    "applications": ("application.id", "in"),
    "groups": ("identity.group_ids", "contains_any"),
    "bindings": ("credential.binding", "in"),
    "platforms": ("device.platform", "in"),
}
BINDINGS = ("hardware", "synced", "software")
PLATFORMS = ("windows", "macos", "linux", "chromeos", "android", "ios", "ipados", "other")
_OFFERED = {"bindings": frozenset(BINDINGS), "platforms": frozenset(PLATFORMS)}


@dataclass(frozen=True, slots=True)
class Parts:
    """`picked`: picker → values; `rows`: conditions of one line each; `rest`: what the form shows and does not touch."""

    picked: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    rest: tuple[Any, ...] = ()
    rows: tuple[Any, ...] = ()

    @property
    def further(self) -> tuple[Any, ...]:
        """Whatever no picker says."""
        return (*self.rows, *self.rest)


def split(condition: Mapping[str, Any]) -> Parts:
    items = condition.get("all", [condition] if condition else [])
    picked: dict[str, tuple[str, ...]] = {}
    rows: list[Any] = []
    rest: list[Any] = []
    for item in items:
        picker = _picker_of(item)
        if picker and picker not in picked:
            picked[picker] = tuple(item["value"])
        else:
            (rest if row_of(item) is None else rows).append(item)
    return Parts(picked, tuple(rest), tuple(rows))


def join(parts: Parts, original: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The condition; the very `original` when it says the same already."""
    if original is not None and _same(split(original), parts):
        return dict(original)
    leaves = [
        {"attribute": attribute, "operator": operator, "value": list(parts.picked[picker])}
        for picker, (attribute, operator) in PICKERS.items()
        if parts.picked.get(picker)
    ]
    items = [*leaves, *parts.further]
    if not items:
        return {}
    return items[0] if len(items) == 1 else {"all": items}


def _picker_of(item: Mapping[str, Any]) -> str:
    asked = (item.get("attribute"), item.get("operator"))
    for picker, known in PICKERS.items():
        if asked == known and set(item["value"]) <= _OFFERED.get(picker, set(item["value"])):
            return picker
    return ""


def _same(one: Parts, other: Parts) -> bool:
    def picked(parts: Parts) -> dict[str, set[str]]:
        return {picker: set(values) for picker, values in parts.picked.items() if values}

    return picked(one) == picked(other) and (one.rest, one.rows) == (other.rest, other.rows)
