"""Reading a realm's directory. The realm comes first: nothing is found without it."""

from django.db.models import Count, Q, QuerySet

from apps.core import names
from apps.core.errors import NotFound
from apps.directory.models import Group, Identity
from apps.realms.models import Realm


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
    """Search as you type, over what begins with the text: each branch walks an index."""
    key = names.comparison_key(text.strip())
    rows = identities_in(realm)
    if not key:
        return rows
    return rows.filter(
        Q(username_key__startswith=key)
        | Q(email_key__startswith=key)
        | Q(display_name__istartswith=text.strip())
        | Q(pk=key)
    )


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
