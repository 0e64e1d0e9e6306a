"""What is done to many people at once: each by the verb that does it to one, so that whoever cannot be is told of and spares
the rest. At most as many as the directory's own verbs take."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy

from apps.console.access import Desk, sentence
from apps.core.errors import Refusal
from apps.directory import selectors as directory
from apps.directory.services import groups, identities
from apps.directory.services.members import PICKED_AT_ONCE

_ID = re.compile(r"[0-9a-f]{16}")


@dataclass(frozen=True, slots=True)
class Action:
    """`title` takes the number of people; `text` says what comes of it."""

    name: str
    label: Any
    title: Any
    text: Any
    icon: str
    scope: str


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one: `problem` is "" when it was done."""

    id: str
    name: str
    problem: str


ACTIONS = {
    action.name: action
    for action in (
        Action(
            "suspend",
            gettext_lazy("Suspend"),
            ngettext_lazy("Suspend %(count)s person?", "Suspend %(count)s people?", "count"),
            gettext_lazy("They are signed out everywhere and cannot sign in until they are unsuspended."),
            "ban",
            "identities:update",
        ),
        Action(
            "unsuspend",
            gettext_lazy("Unsuspend"),
            ngettext_lazy("Unsuspend %(count)s person?", "Unsuspend %(count)s people?", "count"),
            gettext_lazy("They can sign in again with the passkeys they have."),
            "user-check",
            "identities:update",
        ),
        Action(
            "group",
            gettext_lazy("Add to group"),
            ngettext_lazy("Add %(count)s person to a group?", "Add %(count)s people to a group?", "count"),
            gettext_lazy("Who is in it already stays in it."),
            "users-round",
            "groups:update",
        ),
        Action(
            "links",
            gettext_lazy("Send links"),
            ngettext_lazy("Send %(count)s person a link?", "Send %(count)s people a link?", "count"),
            gettext_lazy("Each gets a mail with a link of their own to create a passkey."),
            "send",
            "credential-binding-jobs:create",
        ),
        Action(
            "delete",
            gettext_lazy("Delete"),
            ngettext_lazy("Delete %(count)s person?", "Delete %(count)s people?", "count"),
            gettext_lazy("Passkeys, memberships and sessions go with them; events stay. This cannot be undone."),
            "trash-2",
            "identities:delete",
        ),
    )
}


def offered(desk: Desk) -> list[Action]:
    return [action for action in ACTIONS.values() if desk.may(action.scope)]


def ids_in(given: Iterable[str]) -> list[str]:
    """Each once, in order, those that are ids at all; no more than are taken at once."""
    named = dict.fromkeys(pk for text in given for pk in text.split(",") if _ID.fullmatch(pk))
    return list(named)[:PICKED_AT_ONCE]


def people_of(desk: Desk, ids: Sequence[str]) -> list[Any]:
    rows = directory.identities_in(desk.realm).select_related("realm__tenant").filter(pk__in=ids)
    return list(rows.order_by("search_key"))


def run(desk: Desk, action: Action, ids: Sequence[str], *, group: Any = None) -> list[Result]:
    """In the order of names, last those whom the realm does not have."""
    people = people_of(desk, ids)
    if action.name == "group":
        problem = _problem(lambda: groups.add_members(desk.ctx, group, [person.pk for person in people]))
        results = [Result(person.pk, person.display_name, problem) for person in people]
    elif action.name == "delete":
        results = _deleted(desk, people)
    else:
        verb = {"suspend": identities.suspend_identity, "unsuspend": identities.unsuspend_identity}[action.name]
        results = _each(desk, people, verb)
    there = {person.pk for person in people}
    return results + [Result(pk, pk, _("Nobody here has this id any more.")) for pk in ids if pk not in there]


def _deleted(desk: Desk, people: list[Any]) -> list[Result]:
    """All in one go, or, when one of them has to stay, one after the other."""
    if not people or _problem(
        lambda: identities.delete_identities(desk.ctx, desk.realm, [person.pk for person in people])
    ):
        return _each(desk, people, identities.delete_identity)
    return [Result(person.pk, person.display_name, "") for person in people]


def _each(desk: Desk, people: list[Any], verb: Callable[..., object]) -> list[Result]:
    done = []
    for person in people:
        pk, name = person.pk, person.display_name  # a row that is deleted knows its key no more
        done.append(Result(pk, name, _problem(verb, desk.ctx, person)))
    return done


def _problem(verb: Callable[..., object], *given: Any) -> str:
    try:
        verb(*given)
    except Refusal as refusal:
        return sentence(refusal.message)
    return ""
