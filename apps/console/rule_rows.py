"""One condition of a rule as a row of the form: an attribute, an operator and a value that can be typed. Pure.

A row says what one leaf says, and "outside" a window of time; whatever is nested deeper is carried along (rule_parts.py).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext

from apps.policy import attributes, values
from apps.policy.attributes import Attribute, Kind

OUTSIDE = "outside"  # not within; only of a time
ROWS = 20
_LISTS = frozenset({"in", "not_in", "contains_any", "contains_all", "contains_none", "in_cidr", "not_in_cidr"})
_DAYS = values.WEEKDAYS
_WINDOW = re.compile(
    r"(?P<days>[a-z,\s–-]+)\s+(?P<start>\d{1,2}:\d{2})\s*[–-]\s*(?P<end>\d{1,2}:\d{2})\s+(?P<zone>\S+)", re.I
)
_EVERY_DAY = ("every day", "daily")


class RowWrong(Exception):
    """Its message is for the person who typed."""


@dataclass(frozen=True, slots=True)
class Row:
    attribute: str
    operator: str
    text: str


def operators_of(name: str) -> tuple[str, ...]:
    """In the order in which they are offered; nothing for an attribute that there is not."""
    attribute = attributes.find(name)
    if attribute is None:
        return ()
    offered = [each for each in _ORDER if each in attributes.operators_of(attribute)]
    return (*offered, OUTSIDE) if attribute.kind is Kind.TIME else tuple(offered)


_ORDER = (
    "in", "not_in", "equals", "starts_with", "ends_with", "contains_any", "contains_all", "contains_none", "is", "eq",
    "lt", "lte", "gt", "gte", "in_cidr", "not_in_cidr", "within",
)  # fmt: skip


def hint_of(name: str) -> str:
    """What a value looks like, by example."""
    attribute = attributes.find(name)
    if attribute is None:
        return ""
    if attribute.values:
        return ", ".join(sorted(attribute.values))
    return "64512, 64513" if attribute.integers else _HINTS.get(attribute.kind, "")


_HINTS = {
    Kind.INTEGER: "2", Kind.NUMBER: "900", Kind.VERSION: "17.4", Kind.IP: "203.0.113.0/24, 2001:db8::/32",
    Kind.CODE: "DE, FR, ES", Kind.TIME: "mon-fri 08:00-18:00 Europe/Berlin",
}  # fmt: skip


def row_of(condition: Mapping[str, Any]) -> Row | None:
    """The row that says the same; None for what no row says."""
    if "not" in condition and condition["not"].get("operator") == "within":
        return Row(condition["not"]["attribute"], OUTSIDE, _written(condition["not"]["value"]))
    if "attribute" not in condition:
        return None
    return Row(condition["attribute"], condition["operator"], _written(condition["value"]))


def condition_of(row: Row) -> dict[str, Any]:
    """What the row says. Raises RowWrong; what the language itself refuses, the verb says."""
    attribute = attributes.find(row.attribute)
    if attribute is None or row.operator not in operators_of(row.attribute):
        raise RowWrong(gettext("Choose what is compared, and how."))
    if row.operator == OUTSIDE:
        return {"not": {"attribute": row.attribute, "operator": "within", "value": _window(row.text)}}
    value = _value(attribute, row.operator, row.text.strip())
    if why := values.check(attribute, row.operator, value):
        raise RowWrong(f"It {why}." if why.startswith("must") else f"{why[0].upper()}{why[1:]}.")
    return {"attribute": row.attribute, "operator": row.operator, "value": value}


def _value(attribute: Attribute, operator: str, text: str) -> Any:
    if attribute.kind is Kind.TIME:
        return _window(text)
    if operator in _LISTS:
        return [_one(attribute, part.strip()) for part in re.split(r"[,\n]", text) if part.strip()]
    return _one(attribute, text)


def _one(attribute: Attribute, text: str) -> Any:
    if attribute.kind is Kind.BOOLEAN:
        return {"true": True, "false": False}.get(text, text)
    if attribute.kind is Kind.NUMBER and re.fullmatch(r"-?\d{1,12}\.\d{1,6}", text):
        return float(text)
    if (attribute.kind in (Kind.INTEGER, Kind.NUMBER) or attribute.integers) and re.fullmatch(r"-?\d{1,12}", text):
        return int(text)
    return text.upper() if attribute.kind is Kind.CODE and not attribute.integers else text


def _window(text: str) -> dict[str, Any]:
    """ "mon-fri 08:00-18:00 Europe/Berlin" as the language has it. Raises RowWrong."""
    found = _WINDOW.fullmatch(" ".join(text.split()))
    if found is None:
        raise RowWrong(gettext("Write days, hours and zone like this: mon-fri 08:00-18:00 Europe/Berlin"))
    window = {
        "start": found["start"].zfill(5),
        "end": found["end"].zfill(5),
        "weekdays": _days(found["days"].strip().lower()),
        "zone": found["zone"],
    }
    if why := values.check(attributes.ATTRIBUTES["request.time"], "within", window):
        raise RowWrong(f"{why[0].upper()}{why[1:]}.")
    return window


def _days(text: str) -> list[str]:
    """ "mon-wed, fri" → their names, in the week's order."""
    if text in _EVERY_DAY:
        return list(_DAYS)
    chosen: set[str] = set()
    for part in text.replace("–", "-").split(","):
        first, _, last = (each.strip()[:3] for each in part.strip().partition("-"))
        if first not in _DAYS or (last and last not in _DAYS):
            raise RowWrong(gettext("Days are mon, tue, wed, thu, fri, sat, sun, or every day."))
        start, end = _DAYS.index(first), _DAYS.index(last or first)
        span = range(start, end + 1) if start <= end else (*range(start, 7), *range(end + 1))
        chosen.update(_DAYS[each] for each in span)
    return [day for day in _DAYS if day in chosen]


def _written(value: Any) -> str:
    """So that it can be typed again."""
    if isinstance(value, Mapping):
        days = [day for day in _DAYS if day in value["weekdays"]]
        named = "every day" if len(days) == len(_DAYS) else "mon-fri" if days == list(_DAYS[:5]) else ",".join(days)
        return f"{named} {value['start']}-{value['end']} {value['zone']}"
    if isinstance(value, bool):
        return "true" if value else "false"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
