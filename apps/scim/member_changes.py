"""A PATCH that only says who joins a group and who leaves it, read without the members that the group has. Pure.

The protocol engine works a PATCH out on the whole resource. For a group of a hundred thousand that is seconds, and joining
or leaving does not depend on who else is in.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from scim2_models import PatchOp

from apps.scim.resources import Group

_GROUP = f"{Group.__schema__}:".lower()
_ONE_MEMBER = re.compile(r'members\[\s*value\s+eq\s+"([^"\\]*)"\s*\]', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class MemberChanges:
    """Ids of who is to be in and who is to be out, after all operations; nobody is in both."""

    add: tuple[str, ...]
    remove: tuple[str, ...]


def member_changes(patch_op: "PatchOp[Any]") -> MemberChanges | None:
    """None when it says anything else, or says it in a way that needs the group's members to be understood."""
    last: dict[str, bool] = {}
    for operation in patch_op.operations or ():
        said = _said(str(operation.op).lower(), str(operation.path or ""), operation.value)
        if said is None:
            return None
        joins, ids = said
        last |= dict.fromkeys(ids, joins)
    return MemberChanges(
        tuple(pk for pk, joins in last.items() if joins), tuple(pk for pk, joins in last.items() if not joins)
    )


def _said(op: str, path: str, value: Any) -> tuple[bool, list[str]] | None:
    """(joins, ids) of one operation. A remove that names nobody is the removal of all, which is not for here."""
    path = path[len(_GROUP) :] if path.lower().startswith(_GROUP) else path
    if op == "add" and not path and isinstance(value, dict) and [key.lower() for key in value] == ["members"]:
        path, value = "members", next(iter(value.values()))
    if op == "remove" and value is None and (named := _ONE_MEMBER.fullmatch(path)):
        return False, [named[1]]
    if op not in ("add", "remove") or path.lower() != "members":
        return None
    ids = _ids(value if isinstance(value, list) else [value])
    return (op == "add", ids) if ids else None


def _ids(members: Iterable[Any]) -> list[str] | None:
    found = []
    for member in members:
        named = {key.lower(): inner for key, inner in member.items()} if isinstance(member, dict) else {}
        if not isinstance(named.get("value"), str):
            return None
        found.append(named["value"])
    return found
