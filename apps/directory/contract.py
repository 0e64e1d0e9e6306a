"""Identities and groups as the contract writes and reads them (contract/wire.md §1.3, §1.4). Pure.

Every API of ours answers with these objects and takes them apart in the same way, so their shape stands here, below all.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from apps.core import names
from apps.core.errors import Invalid, Violation, all_or_invalid
from apps.core.times import rfc3339
from apps.directory import traits
from apps.directory.models import Group, Identity, IdentityStatus
from apps.directory.traits import Traits

# What we answer and nobody sets: ignored in a request (contract/wire.md §1.1 "update").
_READ_ONLY = frozenset({"id", "realm_id", "tenant_id", "create_time", "update_time", "enrollment_status"})


def identity_json(identity: Identity) -> dict[str, Any]:
    """The bare Identity. A trait that has no value is left out."""
    columns = {name: getattr(identity, name) for name in traits.COLUMNS}
    given = {name: value for name, value in {**columns, **identity.traits}.items() if value}
    return {
        "id": identity.pk,
        "realm_id": identity.realm_id,
        "tenant_id": identity.tenant_id,
        "display_name": identity.display_name,
        "status": identity.status,
        "create_time": rfc3339(identity.created_at),
        "update_time": rfc3339(identity.updated_at),
        "traits": {"type": traits.TYPE, **given},
    }


def group_json(group: Group) -> dict[str, Any]:
    return {
        "id": group.pk,
        "realm_id": group.realm_id,
        "tenant_id": group.tenant_id,
        "display_name": group.display_name,
        "description": group.description,
        "create_time": rfc3339(group.created_at),
        "update_time": rfc3339(group.updated_at),
    }


@dataclass(frozen=True, slots=True)
class GivenIdentity:
    """What a request said of an identity; None for what it did not."""

    display_name: str | None
    traits: Traits | None
    status: str | None


def parse_identity(given: Mapping[str, Any], *, creating: bool, root: str = "identity") -> GivenIdentity:
    """Raises Invalid with every violation. At creation traits are required, and the username names who has no other."""
    display_name, parsed, status, _ = all_or_invalid(
        lambda: _display_name(given, root),
        lambda: _traits(given, root, creating),
        lambda: _status(given, root),
        lambda: _refuse_unknown(given, root),
    )
    return GivenIdentity(display_name, parsed, status)


def _display_name(given: Mapping[str, Any], root: str) -> str | None:
    if "display_name" not in given:
        return None
    return names.display_name(given["display_name"], field=f"{root}.display_name")


def _traits(given: Mapping[str, Any], root: str, creating: bool) -> Traits | None:
    if "traits" not in given and not creating:
        return None
    return traits.parse(given.get("traits"), root=f"{root}.traits", creating=creating)


def _status(given: Mapping[str, Any], root: str) -> str | None:
    status = given.get("status")
    if "status" in given and status not in IdentityStatus.values:
        raise Invalid(Violation(f"{root}.status", "must be active or suspended"))
    return status


def _refuse_unknown(given: Mapping[str, Any], root: str) -> None:
    known = _READ_ONLY | {"display_name", "traits", "status"}
    unknown = [Violation(f"{root}.{name}", "unknown field") for name in given if name not in known]
    if unknown:
        raise Invalid(unknown)
