"""Between a group and a SCIM Group. Pure."""

from collections.abc import Iterable
from typing import Any

from scim2_models import Resource

from apps.scim.resources import PROVIDER, GroupDescription, Member
from apps.scim.users import meta_of, ref_to

MODEL: Any = PROVIDER.model_for(PROVIDER.resource_types[1])


class UnreadGroup(MODEL):
    """One of very many members, who were not read for an answer that nobody asked to be whole."""


def group_of(group: Any, members: Iterable[Any] | None = (), *, kind: Any = MODEL) -> Resource[Any]:
    """`members` are the identities in it; None where nobody asked for them."""
    shown = None
    if members is not None:
        shown = [Member(value=m.pk, ref=ref_to("Users", m.pk), type="User") for m in members] or None
    made = kind(
        id=group.pk,
        external_id=group.external_id or None,
        meta=meta_of(group, "Group"),
        display_name=group.display_name,
        members=shown,
    )
    if group.description:
        made[GroupDescription] = GroupDescription(description=group.description)
    return made


def description_in(group: Any) -> str | None:
    """None where nothing was said of it."""
    found = group[GroupDescription]
    return None if found is None else found.description or ""


def member_ids(group: Any) -> list[str]:
    """Whom a Group names, each once."""
    return list(dict.fromkeys(member.value for member in group.members or [] if member.value))
