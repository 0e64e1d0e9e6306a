"""What can be done to many people at once: its words, and the right that it takes. The worker does it (apps.bulk)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy, ngettext_lazy

from apps.bulk import kinds
from apps.console.access import Desk
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

    @property
    def scope(self) -> str:
        return kinds.scope_of(self.name)


ACTIONS = {
    action.name: action
    for action in (
        Action(
            "suspend",
            gettext_lazy("Suspend"),
            ngettext_lazy("Suspend %(count)s person?", "Suspend %(count)s people?", "count"),
            gettext_lazy("They are signed out everywhere and cannot sign in until they are unsuspended."),
            "ban",
        ),
        Action(
            "unsuspend",
            gettext_lazy("Unsuspend"),
            ngettext_lazy("Unsuspend %(count)s person?", "Unsuspend %(count)s people?", "count"),
            gettext_lazy("They can sign in again with the passkeys they have."),
            "user-check",
        ),
        Action(
            "group",
            gettext_lazy("Add to group"),
            ngettext_lazy("Add %(count)s person to a group?", "Add %(count)s people to a group?", "count"),
            gettext_lazy("Who is in it already stays in it."),
            "users-round",
        ),
        Action(
            "links",
            gettext_lazy("Send links"),
            ngettext_lazy("Send %(count)s person a link?", "Send %(count)s people a link?", "count"),
            gettext_lazy("Each gets a mail with a link of their own to create a passkey."),
            "send",
        ),
        Action(
            "delete",
            gettext_lazy("Delete"),
            ngettext_lazy("Delete %(count)s person?", "Delete %(count)s people?", "count"),
            gettext_lazy("Passkeys, memberships and sessions go with them; events stay. This cannot be undone."),
            "trash-2",
        ),
    )
}


def offered(desk: Desk) -> list[Action]:
    return [action for action in ACTIONS.values() if desk.may(action.scope)]


def ids_in(given: Iterable[str]) -> list[str]:
    """Each once, in order, those that are ids at all; no more than a form can name."""
    named = dict.fromkeys(pk for text in given for pk in text.split(",") if _ID.fullmatch(pk))
    return list(named)[:PICKED_AT_ONCE]
