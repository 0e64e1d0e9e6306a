"""Rows of conditions in the rule's form: what was typed in each, what it says, and what is wrong with it."""

import re
from dataclasses import dataclass
from itertools import zip_longest
from secrets import token_hex
from typing import Any

from django.utils.translation import gettext as _

from apps.console.rule_choices import CHOSEN_FROM, row_field
from apps.console.rule_rows import ROWS, Row, RowWrong, condition_of, hint_of, operators_of
from apps.console.rule_words import attribute_words, operator_choices
from apps.policy import attributes

_LENGTH = 20_000
_GROUPS = (
    ("identity", "identity."),
    ("credential", "credential."),
    ("device", "device."),
    ("device", "browser."),
    ("device", "authenticator."),
    ("request", "request."),
    ("risk", "risk."),
    ("binding", "binding."),
    ("binding", "add_device."),
)


@dataclass(frozen=True, slots=True)
class RowField:
    """As it stands in the form. One without an attribute is not filled in, and says nothing."""

    attribute: str = ""
    operator: str = ""
    text: str = ""
    condition: Any = None
    problem: str = ""
    key: str = ""

    @property
    def field(self) -> str:
        """Of the picker of its values, where there is one; see rule_choices.py."""
        return row_field(self.key, self.attribute) if self.attribute in CHOSEN_FROM else ""

    @property
    def chosen(self) -> list[str]:
        return [part.strip() for part in self.text.split(",") if part.strip()]

    @property
    def operators(self) -> list[tuple[str, str]]:
        return operator_choices(self.attribute, operators_of(self.attribute))

    @property
    def hint(self) -> str:
        return hint_of(self.attribute)

    @property
    def is_boolean(self) -> bool:
        found = attributes.find(self.attribute)
        return found is not None and found.kind is attributes.Kind.BOOLEAN

    @property
    def choices(self) -> list[tuple[str, list[tuple[str, str]]]]:
        return attribute_choices(self.attribute)


def rows_in(data: Any) -> list[RowField]:
    """Of a posted form: four lists of the same length, a place in each for every row."""
    names = ("row_attribute", "row_operator", "row_value", "row_key")
    told = zip_longest(*(data.getlist(name)[:ROWS] for name in names), fillvalue="")
    return [read_row(data, *(str(part)[:_LENGTH] for part in row)) for row in told]


def read_row(data: Any, attribute: str, operator: str, text: str, key: str = "") -> RowField:
    """What is picked stands in a field of the row's own; see RowField.field."""
    key = key if _KEY.fullmatch(key) else new_key()
    if not attribute:
        return RowField(key=key)
    if attribute in CHOSEN_FROM:
        text = ", ".join(data.getlist(row_field(key, attribute)))[:_LENGTH] or text
    offered = operators_of(attribute)
    operator = operator if operator in offered else (offered[0] if offered else "")
    try:
        return RowField(attribute, operator, text, condition_of(Row(attribute, operator, text)), key=key)
    except RowWrong as problem:
        return RowField(attribute, operator, text, problem=str(problem), key=key)


def new_key() -> str:
    """Tells a row's picker from those of the others on the page."""
    return token_hex(4)


_KEY = re.compile("[0-9a-f]{8}")


def attribute_choices(chosen: str) -> list[tuple[str, list[tuple[str, str]]]]:
    """(what they are about, [(attribute, words)]), with one that is of a person's traits where it was chosen."""
    titles = {
        "identity": _("The person"),
        "credential": _("The passkey"),
        "device": _("The device"),
        "request": _("The request"),
        "risk": _("Risk"),
        "binding": _("Making a passkey"),
    }
    listed: dict[str, list[tuple[str, str]]] = {title: [] for title in titles.values()}
    for group, prefix in _GROUPS:
        named = [name for name in attributes.ATTRIBUTES if name.startswith(prefix)]
        listed[titles[group]] += [(name, attribute_words(name)) for name in named]
    traits = dict.fromkeys((*_TRAITS, *([chosen] if chosen.startswith("identity.traits.") else ())))
    listed[titles["identity"]] += [(name, attribute_words(name)) for name in traits]
    return list(listed.items())


_TRAITS = tuple(
    f"identity.traits.{name}" for name in ("department", "employee_number", "title", "manager_id", "locale")
)
