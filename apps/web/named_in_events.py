"""Whom a text names: ids by which the record is searched for them, however long ago it was and whatever they were called."""

from typing import Any
from uuid import UUID

from django.db.models import TextField
from django.db.models.functions import Cast, Lower

from apps.applications import selectors as applications
from apps.core import names
from apps.core.planning import planned_for_its_values
from apps.core.unions import answers, numbered, question, together
from apps.directory import selectors as directory
from apps.events.walks import is_exact
from apps.realms.models import Realm

_PEOPLE, _APPLICATIONS, _GROUPS = 4, 2, 2


def ids_named(realm: Realm, text: str) -> tuple[str, ...]:
    """People by name, username or address, applications and groups by name; the first few of each, for every one is a walk
    of its own through the record. An id or an address is looked for as it is. One question."""
    text = text.strip()
    if len(text) < 2 or is_exact(text):
        return ()
    by_name = directory.search_identities(realm, text).order_by("search_key")
    questions = (
        directory.identities_in(realm).filter(username_key=names.comparison_key(text)).values_list("pk"),
        by_name.values_list("pk")[:_PEOPLE],
        _by_text(applications.applications_in(realm).filter(display_name__icontains=text))[:_APPLICATIONS],
        _by_text(directory.groups_named(realm, text).order_by(Lower("display_name"), "pk"))[:_GROUPS],
    )
    with planned_for_its_values():
        found = answers(together(numbered(map(question, questions))))
    return tuple(dict.fromkeys(_id(pk) for _, pk in sorted(found, key=lambda row: row[0])))


def _by_text(rows: Any) -> Any:
    return rows.annotate(named=Cast("pk", TextField())).values_list("named")


def _id(pk: str) -> str:
    """As it is written everywhere: SQLite keeps a UUID without its hyphens."""
    return str(UUID(pk)) if len(pk) == 32 else pk
