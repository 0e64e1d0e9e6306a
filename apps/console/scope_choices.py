"""Scopes that an application may be given, found by typing: a few APIs are shown of however many there are, and all of what
is chosen. A token is meant for one API, so of a chosen one everything is offered."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from apps.applications import selectors as applications
from apps.console.rule_choices import Choice, Picker

FIELD = "scopes"
_SERVERS = 8
_SHOWN = 60
_CHOSEN_SERVERS = 20
_TEXT_LENGTH = 100


@dataclass(frozen=True, slots=True)
class Offered:
    """`servers` are those whose scopes a form may take; `picker` is None where check boxes for all of them will do."""

    servers: list[Any]
    picker: Picker | None = None


Offering = Callable[[list[str]], Offered]  # of what is chosen, as the form's values


def only_looks(posted: Mapping[str, Any]) -> bool:
    """From a browser without a script: what stands in the form is not to be judged, for somebody looks for a scope."""
    return "find" in posted or bool("enter" in posted and posted.get(f"find_{FIELD}"))


def offered(realm: Any, chosen: Iterable[str], text: str = "", *, stored: Iterable[str] = ()) -> Offered:
    """`chosen` are values of the form's field ("server id scope"), `stored` those that may come back to it."""
    text = "" if "\x00" in text else text.strip()[:_TEXT_LENGTH]
    chosen = list(dict.fromkeys(chosen))
    found = list(applications.resource_servers_offering(realm, text)[: _SERVERS + 1])
    wanted = list(dict.fromkeys(each.partition(" ")[0] for each in (*chosen, *stored)))[:_CHOSEN_SERVERS]
    missing = [each for each in wanted if each not in {str(server.pk) for server in found}]
    servers = [*(applications.resource_servers_among(realm, missing) if missing else ()), *found]
    if not text and len(found) <= _SERVERS and sum(len(server.scopes) for server in found) <= _SHOWN:
        return Offered(servers)
    return Offered(servers, _picker(servers, found[:_SERVERS], set(chosen), text, has_more=len(found) > _SERVERS))


def of_all(offered: Offered, chosen: Iterable[str]) -> Picker:
    """When the text is gone again, and no picker was needed from the beginning."""
    return _picker(offered.servers, offered.servers, set(chosen), "", has_more=False)


def _picker(servers: list[Any], found: list[Any], chosen: set[str], text: str, *, has_more: bool) -> Picker:
    """What is chosen, what else the same API has, and what was found."""
    every = [choice for server in servers for choice in _choices(server, chosen)]
    ticked = [choice for choice in every if choice.is_chosen]
    of_these = {choice.value.partition(" ")[0] for choice in ticked}
    same = [server for server in servers if str(server.pk) in of_these]
    others = [server for server in found if str(server.pk) not in of_these]
    further = [
        choice
        for server in (*same, *others)
        for choice in _choices(server, chosen)
        if not choice.is_chosen and (not text or _fits(server, choice, text.casefold()))
    ]
    is_cut = has_more or len(further) > _SHOWN
    return Picker(FIELD, FIELD, text, (*ticked, *further[:_SHOWN]), has_more=is_cut)


def _choices(server: Any, chosen: set[str]) -> Iterator[Choice]:
    for scope in server.scopes:
        value = f"{server.pk} {scope}"
        yield Choice(value, scope, server.display_name, is_chosen=value in chosen)


def _fits(server: Any, choice: Choice, text: str) -> bool:
    return any(text in words.casefold() for words in (choice.label, server.display_name, server.identifier))
