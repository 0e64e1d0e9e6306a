"""Identities and groups as the contract writes and reads them (contract/wire.md §1.3, §1.4). Pure.

Every API of ours answers with these objects and takes them apart in the same way, so their shape stands here, below all.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from apps.core import names
from apps.core.errors import Checks, Invalid, Violation, all_or_invalid, checked_fields
from apps.core.times import rfc3339
from apps.directory import traits
from apps.directory.models import Group, Identity, IdentityStatus
from apps.directory.traits import Traits

# What we answer and nobody sets: ignored in a request (contract/wire.md §1.1 "update").
_READ_ONLY = frozenset({"id", "realm_id", "tenant_id", "create_time", "update_time"})
_IDENTITY_FIELDS = _READ_ONLY | {"enrollment_status", "display_name", "traits", "status"}

_GROUP: Checks = {
    "display_name": names.display_name,
    "description": names.description,
}


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
class NewIdentity:
    """`display_name` "" leaves it to the username to name the person."""

    display_name: str
    traits: Traits
    status: str


@dataclass(frozen=True, slots=True)
class IdentityChanges:
    """What a request said of an identity; None for what it did not."""

    display_name: str | None
    traits: Traits | None
    status: str | None


def parse_identity(given: Mapping[str, Any], *, root: str = "identity") -> NewIdentity:
    """Raises Invalid with every violation."""
    display_name, parsed, status, *_ = all_or_invalid(
        lambda: _display_name(given, root),
        lambda: traits.parse(given.get("traits"), root=f"{root}.traits", creating=True),
        lambda: _status(given, root),
        lambda: _refuse_unknown(given, root),
        lambda: _refuse_signs(given, root),
    )
    return NewIdentity(display_name or "", parsed, status or IdentityStatus.ACTIVE)


def parse_identity_changes(given: Mapping[str, Any], held: str, *, root: str = "identity") -> IdentityChanges:
    """`held` is the username that the identity has. Raises Invalid with every violation."""
    display_name, parsed, status, *_ = all_or_invalid(
        lambda: _display_name(given, root),
        lambda: traits.parse(given["traits"], root=f"{root}.traits", creating=False) if "traits" in given else None,
        lambda: _status(given, root),
        lambda: _refuse_unknown(given, root),
        lambda: _refuse_signs(given, root, held),
    )
    return IdentityChanges(display_name, parsed, status)


def parse_group(given: Mapping[str, Any], *, root: str = "group") -> dict[str, Any]:
    """What `create_group` takes. Raises Invalid with every violation."""
    return checked_fields(given, _GROUP, root=root, required=("display_name",), ignored=_READ_ONLY)


def parse_group_changes(given: Mapping[str, Any], *, root: str = "group") -> dict[str, Any]:
    """What `update_group` takes. Raises Invalid with every violation."""
    return checked_fields(given, _GROUP, root=root, ignored=_READ_ONLY)


def _display_name(given: Mapping[str, Any], root: str) -> str | None:
    if "display_name" not in given:
        return None
    return names.display_name(given["display_name"], field=f"{root}.display_name")


def _status(given: Mapping[str, Any], root: str) -> str | None:
    status = given.get("status")
    if "status" in given and status not in IdentityStatus.values:
        raise Invalid(Violation(f"{root}.status", "must be active or suspended"))
    return status


def _refuse_signs(given: Mapping[str, Any], root: str, held: str = "") -> None:
    """In a username that a program gives, as in names. SCIM, sign-up and files bring those of other directories as they are
    (`#EXT#` of Entra ID's guests), and who has one may be written back with it."""
    found = given.get("traits")
    username = found.get("username") if isinstance(found, Mapping) else None
    if isinstance(username, str) and username != held:
        names.refuse_signs(username, field=f"{root}.traits.username")


def _refuse_unknown(given: Mapping[str, Any], root: str) -> None:
    unknown = [Violation(f"{root}.{name}", "unknown field") for name in given if name not in _IDENTITY_FIELDS]
    if unknown:
        raise Invalid(unknown)
