"""Further kinds of attribute that a filter may name (RFC 7644 §3.4.2.2): text that no index folds, flags, moments, lists.

Each condition is true or false of every row, never unknown: `not` and `or` would otherwise lose rows that lack a value.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db.models import F, Q, TextField
from django.db.models import Value as Literal
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Coalesce, Lower
from django.db.models.lookups import (
    Contains,
    EndsWith,
    Exact,
    GreaterThan,
    GreaterThanOrEqual,
    LessThan,
    LessThanOrEqual,
    StartsWith,
)
from django.utils.dateparse import parse_datetime

from apps.directory.filter_grammar import BadFilter, Value

_LOOKUPS = {
    "eq": Exact, "co": Contains, "sw": StartsWith, "ew": EndsWith, "gt": GreaterThan, "ge": GreaterThanOrEqual,
    "lt": LessThan, "le": LessThanOrEqual,
}  # fmt: skip
_MOMENTS = {"eq": "exact", "gt": "gt", "ge": "gte", "lt": "lt", "le": "lte"}

ALL = Q()
NOTHING = Q(pk__in=[])


@dataclass(frozen=True, slots=True)
class Loose:
    """Text compared whatever its case: a column, or one of the traits that have none, or what is `kept_in` another column of
    the kind. `otherwise` is the text of a row that says nothing."""

    column: str = ""
    trait: str = ""
    kept_in: str = "traits"
    otherwise: str = ""

    @property
    def text(self) -> Any:
        return (
            F(self.column)
            if self.column
            else Coalesce(KeyTextTransform(self.trait, self.kept_in), Literal(self.otherwise), output_field=TextField())
        )

    @property
    def order(self) -> Any:
        return Lower(self.text)

    def absent(self) -> Q:
        return Q(Exact(self.text, Literal("")))

    def compare(self, operator: str, value: Value) -> Q:
        """Raises BadFilter."""
        if operator == "pr" or (value is None and operator == "ne"):
            return ~self.absent()
        if value is None and operator == "eq":
            return self.absent()
        if not isinstance(value, str):
            raise BadFilter("the value must be a string in double quotes")
        if operator == "ne":
            return ~self.compare("eq", value)
        folded = Lower(Literal(value))  # by the database, as the column is: it and Python do not fold alike
        return Q(_LOOKUPS[operator](Lower(self.text), folded)) & ~self.absent()


@dataclass(frozen=True, slots=True)
class Spelt(Loose):
    """Truth, kept as the text "true" or "false"."""

    def compare(self, operator: str, value: Value) -> Q:
        """Raises BadFilter."""
        if operator not in ("eq", "ne", "pr"):
            raise BadFilter("can only be compared by eq and ne with true or false")
        return Loose.compare(self, operator, str(value) if isinstance(value, bool) else value)


@dataclass(frozen=True, slots=True)
class Flag:
    """True where the column has this value."""

    column: str
    value: str

    @property
    def order(self) -> Any:
        return F(self.column)

    def compare(self, operator: str, value: Value) -> Q:
        """Raises BadFilter."""
        if operator == "pr":
            return ALL
        wanted = {"true": True, "false": False}.get(value.lower()) if isinstance(value, str) else value
        if operator not in ("eq", "ne") or not isinstance(wanted, bool):
            raise BadFilter("can only be compared by eq and ne with true or false")
        found = Q(**{self.column: self.value})
        return found if wanted == (operator == "eq") else ~found


@dataclass(frozen=True, slots=True)
class Moment:
    """A column of times that every row has."""

    column: str

    @property
    def order(self) -> Any:
        return F(self.column)

    def compare(self, operator: str, value: Value) -> Q:
        """Raises BadFilter."""
        if operator == "pr":
            return ALL
        if operator == "ne":
            return ~self.compare("eq", value)
        moment = _moment(value)
        if moment is None or operator not in _MOMENTS:
            raise BadFilter("can only be compared with a date and time, such as 2026-01-31T12:00:00Z")
        return Q(**{f"{self.column}__{_MOMENTS[operator]}": moment})


@dataclass(frozen=True, slots=True)
class Unless:
    """An attribute that has no value where it still is what a client took back (Identity.provisioned): what an answer does
    not show no filter finds (RFC 7644 §3.5.2.2)."""

    kept: Any
    column: str

    @property
    def order(self) -> Any:
        return self.kept.order

    def compare(self, operator: str, value: Value) -> Q:
        """Raises BadFilter."""
        said = KeyTextTransform(self.column, KeyTextTransform("taken_back", "provisioned"))
        shown = ~Q(Exact(Coalesce(said, Literal(""), output_field=TextField()), F(self.column)))
        if operator == "ne":
            return ~(shown & self.kept.compare("eq", value))
        if operator == "eq" and value is None:
            return ~shown | self.kept.compare(operator, value)
        return shown & self.kept.compare(operator, value)


@dataclass(frozen=True, slots=True)
class Constant:
    """The same for every row, or every element of its place in a list."""

    text: str

    order = None

    def compare(self, operator: str, value: Value) -> Q:
        """Raises BadFilter."""
        if operator == "pr":
            return ALL
        if not isinstance(value, str | bool) or operator not in ("eq", "ne", "co", "sw", "ew"):
            raise BadFilter("cannot be compared like this")
        said, own = str(value).lower(), self.text.lower()
        equal = said == own
        truth = {"eq": equal, "ne": not equal, "co": said in own, "sw": own.startswith(said), "ew": own.endswith(said)}
        return ALL if truth[operator] else NOTHING


@dataclass(frozen=True, slots=True)
class Related:
    """The ids on the other side of a relation. `rows` finds ours whose other side has the id; any other side for None."""

    rows: Any

    order = None

    def compare(self, operator: str, value: Value) -> Q:
        """Raises BadFilter."""
        if operator == "pr":
            return Q(pk__in=self.rows(None))
        if operator not in ("eq", "ne") or not isinstance(value, str):
            raise BadFilter("can only be compared by eq and ne with an id")
        found = Q(pk__in=self.rows(value))
        return found if operator == "eq" else ~found


@dataclass(frozen=True, slots=True)
class Several:
    """A list of a few elements, each with attributes of its own: what is asked must be true of some one of them. An element
    is there where its first attribute has a value."""

    elements: tuple[Mapping[str, Any], ...]

    @property
    def order(self) -> Any:
        return next(iter(self.elements[0].values())).order


def _moment(value: Value) -> datetime | None:
    try:
        found = parse_datetime(value) if isinstance(value, str) else None
        if found is None:
            return None
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)  # which year 1 may not have
    except (ValueError, OverflowError):
        return None
