"""The API that a role is of: one, found by typing where there are many."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from apps.applications import selectors as applications
from apps.console.rule_choices import API, Choice, Picker

FEW = 12  # that a list to open still shows at a glance
_SHOWN = 8
_TEXT_LENGTH = 100


@dataclass(frozen=True, slots=True)
class Offered:
    """`servers` are those that a form may take; `picker` is None where a list of all of them will do."""

    servers: list[Any]
    picker: Picker | None = None


def only_looks(posted: Mapping[str, Any]) -> bool:
    """From a browser without a script: what stands in the form is not to be judged, for somebody looks for an API."""
    typed = "enter" in posted and posted.get(f"find_{API}") and not posted.get(API)
    return "find" in posted or bool(typed)


def offered(realm: Any, chosen: str, text: str = "") -> Offered:
    few = list(applications.resource_servers_named(realm, "").order_by("display_name", "pk")[: FEW + 1])
    if len(few) <= FEW:
        return Offered(few)
    return Offered(applications.resource_servers_among(realm, [chosen]), picker(realm, chosen, text))


def picker(realm: Any, chosen: str, text: str = "") -> Picker:
    """What is chosen first, then what the text finds."""
    text = "" if "\x00" in text else text.strip()[:_TEXT_LENGTH]
    ticked = applications.resource_servers_among(realm, [chosen])
    others = applications.resource_servers_named(realm, text).exclude(pk__in=[each.pk for each in ticked])
    found = list(others.order_by("display_name", "pk")[: _SHOWN + 1])
    choices = (
        *(_choice(each, is_chosen=True) for each in ticked),
        *(_choice(each, is_chosen=False) for each in found[:_SHOWN]),
    )
    return Picker(API, API, text, choices, has_more=len(found) > _SHOWN)


def _choice(server: Any, *, is_chosen: bool) -> Choice:
    return Choice(str(server.pk), server.display_name, server.identifier, is_chosen=is_chosen)
