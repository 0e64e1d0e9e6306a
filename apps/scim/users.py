"""Between an identity and a SCIM User (docs/scim.md has the table). Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from scim2_models import Meta, Resource

from apps.core import names
from apps.directory import traits
from apps.directory.traits import Traits
from apps.scim import provisioned
from apps.scim.plain import NOTHING
from apps.scim.resources import (
    PROVIDER,
    Address,
    EmailAddress,
    EnterpriseUser,
    GroupOfUser,
    Manager,
    PhoneNumber,
    Photo,
    User,
)

ACTIVE, SUSPENDED = "active", "suspended"
MODEL: Any = PROVIDER.model_for(PROVIDER.resource_types[0])
_NAMES = ("formatted_name", "given_name", "family_name", "middle_name", "honorific_prefix", "honorific_suffix")
_PLAIN = ("nick_name", "profile_url", "title", "user_type", "preferred_language", "locale", "timezone")
_ADDRESS = ("street_address", "locality", "region", "postal_code", "country")
_ENTERPRISE = ("employee_number", "cost_center", "organization", "division", "department")
_PHONES = {"work": "primary_phone", "mobile": "mobile_phone", "home": "secondary_phone"}


@dataclass(frozen=True, slots=True)
class Given:
    """What a User said, as the directory's verbs take it. `status` is None where it said nothing of `active`."""

    display_name: str
    traits: Traits
    status: str | None

    @property
    def manager_id(self) -> str:
        return self.traits.further.get("manager_id") or ""

    @property
    def names(self) -> set[tuple[str, str]]:
        """What nobody else in the realm may be called, each with its kind."""
        external_id = self.traits.columns.get("external_id")
        own = {("username", names.comparison_key(self.traits.columns["username"]))}
        return own | {("external_id", external_id)} if external_id else own


def version_of(updated_at: datetime) -> str:
    return f'W/"{int(updated_at.timestamp())}{updated_at.microsecond:06d}"'


def meta_of(row: Any, resource_type: str) -> Meta:
    return Meta(
        resource_type=resource_type,
        created=row.created_at,
        last_modified=row.updated_at,
        version=version_of(row.updated_at),
    )


def ref_to(endpoint: str, resource_id: str) -> Any:
    """Relative: the engine knows where we are."""
    return f"{endpoint}/{resource_id}"


def references_of(resource: Any) -> list[Any]:
    """What in a User or a Group names something else by a `$ref`."""
    extension = getattr(resource, EnterpriseUser.__name__, None)
    found = [*(getattr(resource, "groups", None) or ()), *(getattr(resource, "members", None) or ())]
    if extension is not None and extension.manager is not None:
        found.append(extension.manager)
    return found


def user_of(identity: Any, groups: Iterable[Any] = ()) -> Resource[Any]:
    """`groups` are those the identity is in."""
    kept = identity.traits
    user = MODEL(
        id=identity.pk,
        external_id=identity.external_id or None,
        meta=meta_of(identity, "User"),
        user_name=identity.username,
        display_name=None if provisioned.is_taken_back(identity, "display_name") else identity.display_name,
        name=_name(identity),
        active=None if provisioned.is_taken_back(identity, "status") else identity.status == ACTIVE,
        emails=list(_emails(identity)) or None,
        phone_numbers=[PhoneNumber(value=kept[n], type=t) for t, n in _PHONES.items() if kept.get(n)] or None,
        photos=[Photo(value=kept["photo_url"], type="photo")] if kept.get("photo_url") else None,
        addresses=_addresses(kept),
        groups=[GroupOfUser(value=g.pk, ref=ref_to("Groups", g.pk), display=g.display_name) for g in groups] or None,
        **{name: kept.get(name) for name in _PLAIN},
    )
    enterprise = {name: kept[name] for name in _ENTERPRISE if kept.get(name)}
    if kept.get("manager_id"):
        enterprise["manager"] = Manager(value=kept["manager_id"], ref=ref_to("Users", kept["manager_id"]))
    if enterprise:
        user[EnterpriseUser] = EnterpriseUser(**enterprise)
    return user


def _name(identity: Any) -> Any:
    parts = {"given_name": identity.given_name, "family_name": identity.family_name}
    parts |= {name: identity.traits.get(name) for name in _NAMES if name not in parts}
    said = {name.removesuffix("_name") if name == "formatted_name" else name: v for name, v in parts.items() if v}
    return User.Name(**said) if said else None


def _emails(identity: Any) -> Iterator[EmailAddress]:
    said = identity.provisioned
    if identity.primary_email_address:
        is_primary = said.get("email_primary") != "false"
        yield EmailAddress(
            value=identity.primary_email_address, type=said.get("email_type", "work"), primary=is_primary
        )
    if other := identity.traits.get("secondary_email_address"):
        yield EmailAddress(value=other, type=said.get("secondary_email_type", "home"))


def _addresses(kept: dict[str, Any]) -> list[Address] | None:
    parts = {name: kept[name] for name in _ADDRESS if kept.get(name)}
    return [Address(type="work", **parts)] if parts else None


def read(user: Any, taken_back: Mapping[str, str] | None = None) -> Given:
    """The whole state: what is absent is cleared, but for `active` (RFC 7644 §3.5.1). Raises Invalid."""
    name, enterprise = user.name, user[EnterpriseUser] or NOTHING
    emails = _first_primary(user.emails)
    address, photo = (user.addresses or [NOTHING])[0], (user.photos or [NOTHING])[0]
    phones = _phones(user.phone_numbers or [])
    given: dict[str, Any] = {
        "type": traits.TYPE,
        "username": user.user_name,
        "external_id": user.external_id,
        "primary_email_address": emails[0].value if emails else None,
        "secondary_email_address": emails[1].value if len(emails) > 1 else None,
        "photo_url": photo.value,
        "manager_id": enterprise.manager.value if enterprise.manager else None,
        **{kept: getattr(name, kept.replace("formatted_name", "formatted"), None) for kept in _NAMES},
        **{kept: getattr(user, kept) for kept in _PLAIN},
        **{kept: getattr(address, kept) for kept in _ADDRESS},
        **{kept: getattr(enterprise, kept) for kept in _ENTERPRISE},
        **{kept: phones.get(shown) for shown, kept in _PHONES.items()},
    }
    status = None if user.active is None else ACTIVE if user.active else SUSPENDED
    parsed = traits.parse(given, root="user", creating=True)
    parsed = replace(parsed, provisioned=provisioned.read(emails, taken_back))
    return Given(user.display_name or _fallback(given["formatted_name"] or user.user_name), parsed, status)


def _fallback(text: str) -> str:
    """A name for somebody who was given none, without what a name may not hold: user names of guests have a # in them."""
    return names.REFUSED_IN_NAMES.sub(" ", text).strip()[: names.DISPLAY_NAME_LENGTH].strip() or "User"


def _first_primary(emails: list[EmailAddress] | None) -> list[EmailAddress]:
    """The addresses, each once: the primary one first, else the one for work, else as they came."""
    ordered = sorted(emails or [], key=lambda each: (not each.primary, (each.type or "").lower() != "work"))
    first: dict[str, EmailAddress] = {}
    for each in ordered:
        if each.value:
            first.setdefault(each.value, each)
    return list(first.values())


def _phones(numbers: list[PhoneNumber]) -> dict[str, str]:
    """By type, the first of each; one without a type that is kept goes to work, where that is free."""
    found: dict[str, str] = {}
    for number in numbers:
        if number.value:
            shown = (number.type or "work").lower()
            found.setdefault(shown if shown in _PHONES else "work", number.value)
    return found
