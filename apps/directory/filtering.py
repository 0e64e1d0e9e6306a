"""From a filter's tree to a query on the directory. Only what an index finds may be asked for; the rest is refused.

A face says how its attributes are called (the management API's `traits.username`, SCIM's `userName`) and gets a Q that
only ever narrows a realm's rows: it is put behind the realm by AND, whatever it says itself.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Q

from apps.core import names
from apps.directory.filter_grammar import And, BadFilter, Comparison, Node, Not, Or, Value, ValuePath, parse
from apps.directory.filter_kinds import Constant, Flag, Loose, Moment, Related, Several, Unless
from apps.directory.models import IdentityStatus

_LOOKUPS = {"co": "contains", "sw": "startswith", "ew": "endswith", "gt": "gt", "ge": "gte", "lt": "lt", "le": "lte"}


@dataclass(frozen=True, slots=True)
class Text:
    """A column that holds text, "" for none. `fold` brings a value into the form that the column is compared in."""

    column: str
    fold: Callable[[str], str] = str

    @property
    def order(self) -> Any:
        return F(self.column)

    def equals(self, value: str) -> Q:
        # The second half is true of every value and lets SQLite use a partial index.
        return Q(**{self.column: self.fold(value)}) & ~Q(**{self.column: ""}) if value else self.absent()

    def absent(self) -> Q:
        return Q(**{self.column: ""})

    def compare(self, operator: str, value: Value) -> Q:
        """Raises BadFilter."""
        if operator == "pr" or (value is None and operator == "ne"):
            return ~self.absent()
        if value is None and operator == "eq":
            return self.absent()
        if not isinstance(value, str):
            raise BadFilter("the value must be a string in double quotes")
        if operator in ("eq", "ne"):
            return self.equals(value) if operator == "eq" else ~self.equals(value)
        return Q(**{f"{self.column}__{_LOOKUPS[operator]}": self.fold(value)}) & ~self.absent()


@dataclass(frozen=True, slots=True)
class Choice:
    """A column of a closed set: equal or not, and nothing else."""

    column: str
    values: tuple[str, ...]

    def compare(self, operator: str, value: Value) -> Q:
        """Raises BadFilter."""
        if operator == "pr":
            return Q()
        if operator not in ("eq", "ne") or value not in self.values:
            raise BadFilter(f"can only be compared by eq and ne with {', '.join(self.values)}")
        found = Q(**{self.column: value})
        return found if operator == "eq" else ~found


Attribute = Text | Choice | Loose | Flag | Moment | Constant | Related | Several | Unless
Attributes = Mapping[str, Attribute]

USERNAME = Text("username_key", names.comparison_key)
EMAIL = Text("email_key", names.comparison_key)
EXTERNAL_ID = Text("external_id")

# The management API's names (contract/wire.md §1.4; bare trait names are an older spelling). Keys are lower case.
IDENTITY_ATTRIBUTES: Attributes = {
    "id": Text("id"),
    "status": Choice("status", tuple(IdentityStatus.values)),
    "traits.username": USERNAME,
    "traits.primary_email_address": EMAIL,
    "traits.external_id": EXTERNAL_ID,
    "username": USERNAME,
    "primary_email_address": EMAIL,
    "external_id": EXTERNAL_ID,
}


def identity_filter(text: str) -> Q:
    """The management API's `filter` of identities; "" for all. Raises BadFilter."""
    return to_query(parse(text), IDENTITY_ATTRIBUTES) if text.strip() else Q()


def to_query(node: Node, attributes: Attributes) -> Q:
    """Recurses as deep as the grammar let the tree grow. Raises BadFilter for an attribute that is not among these."""
    match node:
        case Comparison(attribute, operator, value):
            return _compare(attributes, attribute, operator, value)
        case Not(operand):
            return ~to_query(operand, attributes)
        case And(operands):
            return _joined(Q.AND, operands, attributes)
        case Or(operands):
            return _joined(Q.OR, operands, attributes)
        case ValuePath(attribute, condition):
            listed = attributes.get(attribute.lower())
            if isinstance(listed, Several):
                return _some(listed, condition)
            within = {
                name.removeprefix(f"{attribute.lower()}."): column
                for name, column in attributes.items()
                if name.startswith(f"{attribute.lower()}.")
            }
            if not within:
                raise BadFilter(f"{attribute} is not an attribute with parts")
            return to_query(condition, within)


def _compare(attributes: Attributes, attribute: str, operator: str, value: Value) -> Q:
    found = attributes.get(attribute.lower())
    if found is None:
        head, _, part = attribute.rpartition(".")
        found = attributes.get(head.lower())
        if not isinstance(found, Several):
            raise BadFilter(f"{attribute} is not an attribute to filter by")
        return _some(found, Comparison(part, operator, value))
    if isinstance(found, Several):
        return _some(found, Comparison("value", operator, value))
    try:
        return found.compare(operator, value)
    except BadFilter as problem:
        raise BadFilter(f"{attribute}: {problem}") from None


def _some(listed: Several, condition: Node) -> Q:
    """True where one and the same element fits the whole condition."""
    found = Q()
    for element in listed.elements:
        there = next(iter(element.values())).compare("pr", None)
        found |= to_query(condition, element) & there
    return found


def _joined(connector: str, operands: tuple[Node, ...], attributes: Attributes) -> Q:
    return Q(*(to_query(operand, attributes) for operand in operands), _connector=connector)
