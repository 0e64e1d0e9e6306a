"""Picking by id what a verb adds somewhere or takes away: all of it or nothing, and all of one realm."""

import re
from collections.abc import Sequence
from typing import Any, TypeVar

from django.db.models import QuerySet

from apps.core.errors import Invalid, NotFound, Violation, told
from apps.directory.models import Group, Identity

PICKED_AT_ONCE = 1000
_ID = re.compile(r"[0-9a-f]{16}")

Member = TypeVar("Member", Identity, Group)


class NotAllThere(NotFound):
    """Told of all that are missing: what is to go leaves nobody to look one after the other up."""

    def __init__(self, resource_type: str, missing: Sequence[str]) -> None:
        super().__init__(resource_type, missing[0])
        self.facts = {**self.facts, "missing_ids": tuple(missing)}


def pick(kind: type[Member], realm_id: str, ids: Sequence[str], *, field: str) -> list[Member]:
    """The rows, in order of their ids. They stand still until the transaction ends: nobody deletes what is being added.

    Raises Invalid at `field` for what is no list of ids, NotFound for the first that the realm does not have.
    """
    found, missing = _look_up(kind._default_manager.select_for_update(no_key=True), realm_id, _checked(ids, field))
    if missing:
        raise NotFound(kind.__name__, missing[0])
    return found


def pick_to_delete(kind: type[Member], realm_id: str, ids: Sequence[str], *, field: str) -> list[Member]:
    """The same for what is about to go. Raises Invalid, for an empty list too, and NotAllThere."""
    if not _checked(ids, field):
        raise Invalid(Violation(field, "empty array"))
    found, missing = _look_up(kind._default_manager.select_for_update(no_key=True), realm_id, ids)
    if missing:
        raise NotAllThere(kind.__name__, missing)
    return found


def _look_up(rows: "QuerySet[Member]", realm_id: str, ids: Sequence[str]) -> tuple[list[Member], list[str]]:
    """What there is of it, and the ids of what there is not."""
    wanted = set(ids)
    plausible = [pk for pk in wanted if _ID.fullmatch(pk)]
    found = list(rows.filter(realm_id=realm_id, pk__in=plausible).order_by("pk"))
    return found, sorted(wanted - {row.pk for row in found})


def _checked(ids: Any, field: str) -> Sequence[str]:
    if not isinstance(ids, list | tuple):
        raise Invalid(Violation(field, "missing" if ids is None else "not a list"))
    if len(ids) > PICKED_AT_ONCE:
        raise Invalid(Violation(field, told("array exceeds %(count)s elements", count=PICKED_AT_ONCE)))
    if wrong := [Violation(f"{field}.{i}", "not a string") for i, pk in enumerate(ids) if not isinstance(pk, str)]:
        raise Invalid(wrong)
    return ids
