"""Picking by id what a verb adds somewhere or takes away: all of it or nothing, and all of one realm."""

import re
from collections.abc import Sequence
from typing import Any, TypeVar

from apps.core.errors import Invalid, NotFound, Violation
from apps.directory.models import Group, Identity

PICKED_AT_ONCE = 1000
_ID = re.compile(r"[0-9a-f]{16}")

Member = TypeVar("Member", Identity, Group)


def pick(kind: type[Member], realm_id: str, ids: Sequence[str], *, field: str) -> list[Member]:
    """The rows, in order of their ids. They stand still until the transaction ends: nobody deletes what is being added.

    Raises Invalid at `field` for what is no list of ids, NotFound for the first that the realm does not have.
    """
    wanted = set(_checked(ids, field))
    plausible = [pk for pk in wanted if _ID.fullmatch(pk)]
    rows = kind._default_manager.select_for_update(no_key=True).filter(realm_id=realm_id, pk__in=plausible)
    found = list(rows.order_by("pk"))
    if missing := wanted - {row.pk for row in found}:
        raise NotFound(kind.__name__, min(missing))
    return found


def _checked(ids: Any, field: str) -> Sequence[str]:
    if not isinstance(ids, list | tuple):
        raise Invalid(Violation(field, "missing" if ids is None else "not a list"))
    if len(ids) > PICKED_AT_ONCE:
        raise Invalid(Violation(field, f"array exceeds {PICKED_AT_ONCE} elements"))
    if wrong := [Violation(f"{field}.{i}", "not a string") for i, pk in enumerate(ids) if not isinstance(pk, str)]:
        raise Invalid(wrong)
    return ids
