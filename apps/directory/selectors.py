"""Reading a realm's directory. The realm comes first: nothing is found without it."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, QuerySet

from apps.core import names
from apps.core.errors import NotFound
from apps.directory.models import Group, Identity
from apps.realms.models import Realm

_WORDS = 5


def identities_in(realm: Realm) -> "QuerySet[Identity]":
    return Identity.objects.filter(realm=realm)


def get_identity(realm: Realm, identity_id: str) -> Identity:
    identity = Identity.objects.select_related("realm__tenant").filter(realm=realm, pk=identity_id).first()
    if identity is None:
        raise NotFound("Identity", identity_id)
    return identity


def identity_by_username(realm: Realm, username: str) -> Identity | None:
    return identities_in(realm).filter(username_key=names.comparison_key(username)).first()


def search_identities(realm: Realm, text: str) -> "QuerySet[Identity]":
    """Every word of the text stands somewhere in the name, username, address or id, whatever its case."""
    rows = identities_in(realm)
    for word in names.comparison_key(text).split()[:_WORDS]:
        rows = rows.filter(search_key__contains=word)
    return rows


@dataclass(frozen=True, slots=True)
class IdentityPage:
    """`after` is the cursor of the next page down, `before` of the page above; "" where there is none."""

    identities: list[Identity]
    before: str
    after: str


def page_of_identities(
    realm: Realm,
    rows: "QuerySet[Identity]",
    *,
    by_name: bool = False,
    before: str = "",
    after: str = "",
    size: int = 20,
) -> IdentityPage:
    """`rows` newest first, or by name, walked by keyset. A cursor is the id of one of the realm's identities; any other
    shows the first page."""
    key, descending = ("search_key", False) if by_name else ("id", True)
    cursor = identities_in(realm).filter(pk=before or after)
    edge = cursor.values_list(key, flat=True).first() if before or after else None
    upwards = bool(before) and edge is not None
    if edge is not None:
        rows = rows.filter(**{f"{key}__{'lt' if upwards != descending else 'gt'}": edge})
    found = list(rows.order_by(f"{'-' if upwards != descending else ''}{key}")[: size + 1])
    more, found = len(found) > size, found[:size]
    if upwards:
        found.reverse()
    above, below = (more, bool(found)) if upwards else (edge is not None and bool(found), more)
    return IdentityPage(found, found[0].pk if above else "", found[-1].pk if below else "")


def count_up_to(rows: "QuerySet[Any]", limit: int) -> int:
    """Counts no further than limit + 1: a realm may hold millions."""
    return rows.order_by()[: limit + 1].count()


def identity_counts(tenant_id: str) -> dict[str, int]:
    """How many identities each realm of the tenant holds, by realm id; realms without any are left out."""
    rows = Identity.objects.filter(tenant_id=tenant_id).order_by().values_list("realm_id")
    return dict(rows.annotate(count=Count("pk")))


def groups_in(realm: Realm) -> "QuerySet[Group]":
    return Group.objects.filter(realm=realm)


def groups_with_counts(realm: Realm) -> "QuerySet[Group]":
    return groups_in(realm).annotate(member_count=Count("memberships")).order_by("display_name")


def get_group(realm: Realm, group_id: str) -> Group:
    group = Group.objects.select_related("realm").filter(realm=realm, pk=group_id).first()
    if group is None:
        raise NotFound("Group", group_id)
    return group


def groups_of(identity: Identity) -> "QuerySet[Group]":
    return Group.objects.filter(realm_id=identity.realm_id, memberships__identity=identity).order_by("display_name")


def group_ids_of(identity: Identity) -> list[str]:
    return list(identity.memberships.values_list("group_id", flat=True))


def members_of(group: Group) -> "QuerySet[Identity]":
    return Identity.objects.filter(realm_id=group.realm_id, memberships__group=group)


def tenants_of_address(address: str) -> "QuerySet[Identity]":
    """Administrators, in every tenant, with this address: for "Log in elsewhere" alone (contract/extensions.md §2)."""
    return (
        Identity.objects.select_related("realm__tenant")
        .filter(email_key=names.comparison_key(address), realm__classification="ADMIN", status="active")
        .order_by("id")
    )
