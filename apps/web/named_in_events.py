"""Whom a text names: ids by which the record is searched for them, however long ago it was and whatever they were called."""

from apps.applications import selectors as applications
from apps.directory import selectors as directory
from apps.events.walks import is_exact
from apps.realms.models import Realm

_PEOPLE, _APPLICATIONS, _GROUPS = 4, 2, 2


def ids_named(realm: Realm, text: str) -> tuple[str, ...]:
    """People by name, username or address, applications and groups by name; the first few of each, for every one is a walk
    of its own through the record. An id or an address is looked for as it is."""
    text = text.strip()
    if len(text) < 2 or is_exact(text):
        return ()
    exactly = directory.identity_by_username(realm, text)
    people = directory.page_of_identities(
        realm, directory.search_identities(realm, text), sort="name", size=_PEOPLE
    ).rows
    named = applications.applications_in(realm).filter(display_name__icontains=text).order_by("pk")[:_APPLICATIONS]
    groups = directory.page_of_groups(realm, text=text, size=_GROUPS).rows
    found = [*([exactly] if exactly else []), *people, *named, *groups]
    return tuple(dict.fromkeys(str(each.pk) for each in found))
