"""Reading a realm's directory. The realm comes first: nothing is found without it."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, IntegerField, Q, QuerySet, Subquery
from django.utils import translation

from apps.core import names
from apps.core.errors import NotFound
from apps.core.rows import NEWEST, Key, Page, Sorts, walk
from apps.directory import words
from apps.directory.models import Group, GroupMembership, Identity
from apps.events.models import Event
from apps.events.types import EventType
from apps.realms.models import Realm

_FEW = 500
# `last_authenticated_at` is not among them: an index over it would make every sign-in write to each index of its row.
_USERNAME = Key("username_key", is_unique=True)
_BY_NAME = Key("search_key", is_unique=True)  # begins with the name, holds the id
IDENTITY_SORTS = Sorts("-created", name=_BY_NAME, username=_USERNAME, created=NEWEST)
MEMBER_SORTS = Sorts("name", name=_BY_NAME, username=_USERNAME)
GROUP_SORTS = Sorts("name", name=Key("display_name", folded=True), created=NEWEST)


def identities_in(realm: Realm) -> "QuerySet[Identity]":
    return Identity.objects.filter(realm=realm)


def get_identity(realm: Realm, identity_id: str) -> Identity:
    identity = Identity.objects.select_related("realm__tenant").filter(realm=realm, pk=identity_id).first()
    if identity is None:
        raise NotFound("Identity", identity_id)
    return identity


def language_of(identity: Identity | None) -> str:
    """The first there is a translation for of what their traits name (BCP 47, or with weights); "" for none."""
    traits = identity.traits if identity else {}
    for named in (traits.get("preferred_language"), traits.get("locale")):
        tag = re.split("[,;]", named or "")[0].strip().replace("_", "-").lower()
        try:
            return translation.get_supported_language_variant(tag)
        except LookupError:
            continue
    return ""


def identity_by_username(realm: Realm, username: str) -> Identity | None:
    return identities_in(realm).filter(username_key=names.comparison_key(username)).first()


def people_called(realm: Realm, username_keys: Iterable[str]) -> dict[str, Identity]:
    """Compared form of a username → who has it; nobody for one that is free."""
    rows = identities_in(realm).select_related("realm__tenant").filter(username_key__in=list(username_keys))
    return {identity.username_key: identity for identity in rows}


def names_taken(realm: Realm, called: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    """Which of these, ("username", key) and ("external_id", …), somebody of the realm has."""
    columns = {"username": "username_key", "external_id": "external_id"}
    wanted: dict[str, list[str]] = {}
    for kind, name in called:
        wanted.setdefault(kind, []).append(name)
    found: set[tuple[str, str]] = set()
    for kind, named in wanted.items():
        column = columns[kind]
        rows = identities_in(realm).filter(**{f"{column}__in": named}).values_list(column, flat=True)
        found.update((kind, name) for name in rows)
    return found


def identity_ids_among(realm: Realm, identity_ids: Iterable[str]) -> set[str]:
    """Which of these are the realm's people."""
    wanted = list(identity_ids)
    return set(identities_in(realm).filter(pk__in=wanted).values_list("pk", flat=True)) if wanted else set()


def identities_by_address(realm: Realm, address: str) -> list[Identity]:
    """Who has this address, or is called by it: usually one person. A few at most."""
    key = names.comparison_key(address)
    return list(identities_in(realm).filter(Q(email_key=key) | Q(username_key=key)).order_by("pk")[:20])


def search_identities(realm: Realm, text: str) -> "QuerySet[Identity]":
    """Every word of the text stands somewhere in the name, username, address or id, whatever its case; one of one or two
    letters at the beginning of a word."""
    return identities_in(realm).filter(words.fitting(text))


def page_of_identities(
    realm: Realm,
    rows: "QuerySet[Identity]",
    *,
    sort: str = "",
    before: str = "",
    after: str = "",
    size: int = 20,
) -> Page:
    """A cursor is the id of one of the realm's identities."""
    return walk(identities_in(realm), rows, IDENTITY_SORTS.key(sort), before, after, size)


def count_up_to(rows: "QuerySet[Any]", limit: int) -> int:
    """Counts no further than limit + 1: a realm may hold millions."""
    return rows.order_by()[: limit + 1].count()


def counted_up_to(rows: "QuerySet[Any]", limit: int) -> Any:
    """The same as an expression, to be asked beside others."""
    return _Count(rows.order_by().values("pk")[: limit + 1])


class _Count(Subquery):
    template = "(SELECT COUNT(*) FROM (%(subquery)s) AS counted)"
    output_field = IntegerField()


def beginnings(realm: Realm) -> dict[str, Any]:
    """Whether somebody is in the realm, and whether somebody signed in, as expressions. Of a million who have just been
    brought here, and none of whom signed in, the newest are asked; for the others their events answer."""
    people = identities_in(realm)
    newest = people.filter(pk__in=people.order_by("-pk").values("pk")[:_FEW], last_authenticated_at__isnull=False)
    told = Event.objects.filter(realm_id=realm.pk, type=EventType.AUTHENTICATION_TRANSACTION, outcome="ALLOW")
    return {"somebody": Exists(people), "signed_in": Exists(newest) | Exists(told)}


def groups_in(realm: Realm) -> "QuerySet[Group]":
    return Group.objects.filter(realm=realm)


def page_of_groups(
    realm: Realm, *, text: str = "", sort: str = "", before: str = "", after: str = "", size: int = 50
) -> Page:
    """`text` stands somewhere in it. A cursor is the id of one of the realm's groups."""
    return walk(groups_in(realm), groups_named(realm, text), GROUP_SORTS.key(sort), before, after, size)


def groups_named(realm: Realm, text: str) -> "QuerySet[Group]":
    """Those with the text somewhere in the name; all for none."""
    text = text.strip()
    return groups_in(realm).filter(display_name__icontains=text) if text else groups_in(realm)


def group_sizes(realm: Realm, group_ids: Iterable[str]) -> dict[str, int]:
    """Group id → members; an empty group is not in it."""
    rows = GroupMembership.objects.filter(realm=realm, group_id__in=list(group_ids))
    return dict(rows.values_list("group_id").annotate(Count("id")))


def get_group(realm: Realm, group_id: str) -> Group:
    group = Group.objects.select_related("realm").filter(realm=realm, pk=group_id).first()
    if group is None:
        raise NotFound("Group", group_id)
    return group


def groups_of(identity: Identity) -> "QuerySet[Group]":
    return Group.objects.filter(realm_id=identity.realm_id, memberships__identity=identity).order_by("display_name")


def members_of(group: Group) -> "QuerySet[Identity]":
    return Identity.objects.filter(realm_id=group.realm_id, memberships__group=group)


def page_of_members(
    group: Group, *, text: str = "", sort: str = "", before: str = "", after: str = "", size: int = 20
) -> Page:
    """Those whom the text fits as in `search_identities`."""
    few = list(group.memberships.values_list("identity_id", flat=True)[: _FEW + 1])
    # A few members of a large realm are looked up one by one; SQLite would walk the realm in search of them.
    rows = members_of(group) if len(few) > _FEW else Identity.objects.filter(pk__in=few)
    return walk(
        identities_in(group.realm), rows.filter(words.fitting(text)), MEMBER_SORTS.key(sort), before, after, size
    )


def member_count(group: Group, limit: int) -> int:
    """Counts no further than limit + 1."""
    return count_up_to(group.memberships.all(), limit)


def member_ids_among(group: Group, identity_ids: Iterable[str]) -> set[str]:
    """Which of these are in the group."""
    return set(group.memberships.filter(identity_id__in=list(identity_ids)).values_list("identity_id", flat=True))


def joined_at(group: Group, identity_id: str) -> datetime | None:
    """When they were put into the group; None for who is not in it."""
    return group.memberships.filter(identity_id=identity_id).values_list("created_at", flat=True).first()


def ids_of_people_in(group_id: str | None) -> Any:
    """For a condition on a realm's identities: who is in this group, or in any for None."""
    rows = GroupMembership.objects.filter(group_id=group_id) if group_id is not None else GroupMembership.objects.all()
    return rows.values("identity_id")


def ids_of_groups_with(identity_id: str | None) -> Any:
    """For a condition on a realm's groups: those with this member, or with any for None."""
    rows = GroupMembership.objects.all()
    return (rows.filter(identity_id=identity_id) if identity_id is not None else rows).values("group_id")


def memberships_of(
    realm: Realm, *, identity_ids: Iterable[str] = (), group_ids: Iterable[str] = ()
) -> "QuerySet[GroupMembership]":
    """Of a page of people, or of a page of groups, with both sides read."""
    rows = GroupMembership.objects.filter(realm=realm).select_related("group", "identity").order_by("id")
    wanted_groups = list(group_ids)
    return rows.filter(group_id__in=wanted_groups) if wanted_groups else rows.filter(identity_id__in=list(identity_ids))


def memberships_among(people: Iterable[Identity], groups: Iterable[Group]) -> set[tuple[str, str]]:
    """(identity id, group id) of those of these people who are in one of these groups."""
    ids, group_ids = [each.pk for each in people], [each.pk for each in groups]
    if not ids or not group_ids:
        return set()
    rows = GroupMembership.objects.filter(identity_id__in=ids, group_id__in=group_ids)
    return set(rows.values_list("identity_id", "group_id"))


def members_among(group: Group, identity_ids: Sequence[str]) -> set[str]:
    """Those of these ids, however many, that are in the group: a look-up each, however large the group is."""
    found: set[str] = set()
    for start in range(0, len(identity_ids), _FEW):
        named = list(identity_ids[start : start + _FEW])
        found.update(group.memberships.filter(identity_id__in=named).values_list("identity_id", flat=True))
    return found


def page_by_index(
    rows: "QuerySet[Any]", order: Any, *, descending: bool, start: int, count: int, total: int | None = None
) -> tuple[int, list[Any]]:
    """How many there are, if that is not known, and those from the `start`-th on, counted from nought; by id where `order`
    says no more."""
    total = rows.order_by().count() if total is None else total
    if not count or start >= total:
        return total, []
    by = [] if order is None else [order.desc() if descending else order.asc()]
    return total, list(rows.order_by(*by, "pk")[start : start + count])


def tenants_of_address(address: str) -> "QuerySet[Identity]":
    """Administrators, in every tenant, with this address: for "Log in elsewhere" alone (contract/extensions.md §2)."""
    return (
        Identity.objects.select_related("realm__tenant")
        .filter(email_key=names.comparison_key(address), realm__classification="ADMIN", status="active")
        .order_by("id")
    )
