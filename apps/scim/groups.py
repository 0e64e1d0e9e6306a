"""Between a group and a SCIM Group. Pure."""

from collections.abc import Iterable
from typing import Any

from scim2_models import Resource

from apps.scim.resources import Group, Member
from apps.scim.users import meta_of, ref_to


class UnreadGroup(Group):
    """One of very many members, who were not read for an answer that nobody asked to be whole."""


def group_of(group: Any, members: Iterable[Any] | None = (), *, kind: type[Group] = Group) -> Resource[Any]:
    """`members` are the identities in it; None where nobody asked for them."""
    shown = None
    if members is not None:
        shown = [Member(value=m.pk, ref=ref_to("Users", m.pk), type="User") for m in members] or None
    return kind(
        id=group.pk,
        external_id=group.external_id or None,
        meta=meta_of(group, "Group"),
        display_name=group.display_name,
        members=shown,
    )


def member_ids(group: Any) -> list[str]:
    """Whom a Group names, each once."""
    return list(dict.fromkeys(member.value for member in group.members or [] if member.value))
