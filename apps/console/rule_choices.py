"""What a condition's value is chosen from, found by typing: groups, applications, people and countries. However many there
are, a few are shown; what is chosen stays, by its name."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext

from apps.applications import selectors as applications
from apps.console.access import Desk
from apps.console.country_names import country_names
from apps.console.rule_sentences import names_in
from apps.directory import selectors as directory
from apps.policy.values import LIST_LENGTH

SHOWN = 8
ONE = "application"  # the field of which one value is enough, and none is any
API = "resource_server"  # that of which one has to be
_TEXT_LENGTH = 100
# attribute: what it is chosen from
CHOSEN_FROM = {
    "identity.group_ids": "groups",
    "application.id": "applications",
    "identity.id": "people",
    "request.country": "countries",
}
_FIELD = re.compile(rf"groups|applications?|pick_[0-9a-f]{{8}}_({'|'.join(CHOSEN_FROM.values())})")


@dataclass(frozen=True, slots=True)
class Choice:
    value: str
    label: str
    note: str = ""
    is_chosen: bool = False


@dataclass(frozen=True, slots=True)
class Picker:
    """`name` is that of the form's field, in which every choice that is ticked is a value of its own. `may_look` is False
    for who may not read what there is: what is chosen stays."""

    name: str
    attribute: str
    text: str
    choices: tuple[Choice, ...]
    has_more: bool = False
    may_look: bool = True

    @property
    def one_is_enough(self) -> bool:
        return self.name in (ONE, API)


def is_field(name: str, attribute: str) -> bool:
    """Whether a field of this name is one of a picker's of this attribute."""
    return bool(_FIELD.fullmatch(name)) and name.removesuffix("s").endswith(CHOSEN_FROM[attribute].removesuffix("s"))


def row_field(key: str, attribute: str) -> str:
    """Of the row with this key: another attribute's choices are another field's."""
    return f"pick_{key}_{CHOSEN_FROM[attribute]}"


def picker(desk: Desk, name: str, attribute: str, chosen: Iterable[str], text: str = "") -> Picker:
    """What is chosen first, then what the text finds: two questions at most."""
    kept = list(dict.fromkeys(value for value in chosen if value and "\x00" not in value))[:LIST_LENGTH]
    text = "" if "\x00" in text else text.strip()[:_TEXT_LENGTH]
    names = names_in(desk.realm, (), {attribute: kept})
    ticked = tuple(Choice(value, names.of(attribute, value), is_chosen=True) for value in kept)
    if attribute == "identity.id" and not desk.may("identities:read"):
        return Picker(name, attribute, "", ticked, may_look=False)
    found = _FINDERS[attribute](desk.realm, text, kept)
    any_of_them = (Choice("", gettext("any"), is_chosen=not kept),) if name == ONE else ()
    choices = (*any_of_them, *ticked, *found[:SHOWN])
    return Picker(name, attribute, text, choices, has_more=len(found) > SHOWN)


def _groups(realm: Any, text: str, kept: Sequence[str]) -> list[Choice]:
    rows = directory.groups_named(realm, text).exclude(pk__in=kept).order_by("display_name", "pk")
    return [Choice(*each) for each in rows.values_list("pk", "display_name")[: SHOWN + 1]]


def _applications(realm: Any, text: str, kept: Sequence[str]) -> list[Choice]:
    """One more than is shown for each that is kept: ids of no application must not be asked for."""
    rows = applications.applications_named(realm, text).order_by("display_name", "pk")
    found = rows.values_list("pk", "display_name")[: SHOWN + 1 + len(kept)]
    return [Choice(str(pk), name) for pk, name in found if str(pk) not in kept][: SHOWN + 1]


def _people(realm: Any, text: str, kept: Sequence[str]) -> list[Choice]:
    rows = directory.search_identities(realm, text).exclude(pk__in=kept).order_by("search_key")
    return [Choice(*each) for each in rows.values_list("pk", "display_name", "username")[: SHOWN + 1]]


def _countries(realm: Any, text: str, kept: Sequence[str]) -> list[Choice]:
    """Whose name has the text, first those that begin with it; or whose code it is."""
    wanted = text.casefold()
    fitting = [
        (code, name)
        for code, name in country_names().items()
        if code not in kept and (wanted in name.casefold() or wanted == code.casefold())
    ]
    fitting.sort(key=lambda each: (each[0].casefold() != wanted, not each[1].casefold().startswith(wanted)))
    return [Choice(code, name, code) for code, name in fitting[: SHOWN + 1]]


_FINDERS: dict[str, Callable[[Any, str, Sequence[str]], list[Choice]]] = {
    "identity.group_ids": _groups,
    "application.id": _applications,
    "identity.id": _people,
    "request.country": _countries,
}
