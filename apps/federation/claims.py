"""What a provider's claims say of a person, in our terms. Pure.

An address counts when `email_verified` is literally true, and is nothing at all otherwise: neither a username nor something
to write to. What does not fit a field here is left out.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from apps.core import names
from apps.core.errors import Invalid
from apps.directory import traits

_BARE = "email"


@dataclass(frozen=True, slots=True)
class Stranger:
    """Who somebody is there. `address` is verified, or ""."""

    subject: str
    address: str = ""
    username: str = ""
    display_name: str = ""
    traits: Mapping[str, str] = field(default_factory=dict)


def read(subject: str, claims: Mapping[str, Any], attribute_map: Mapping[str, str]) -> Stranger:
    address = _address(claims)
    known = {**claims, _BARE: address}
    mapped = {name: _text(known.get(claim)) for name, claim in attribute_map.items()}
    username = _fitting_username(mapped.pop("username", "")) or _fitting_username(address)
    return Stranger(subject, address, username, _name(mapped.pop("display_name", "")), _traits(mapped))


def wants_more(claims: Mapping[str, Any], attribute_map: Mapping[str, str]) -> bool:
    """Whether something is to be filled in that the ID token does not say."""
    return any(claim not in claims for claim in {*attribute_map.values(), _BARE})


def _address(claims: Mapping[str, Any]) -> str:
    if claims.get("email_verified") is not True:
        return ""
    try:
        return names.email_address(claims.get(_BARE), field=_BARE)
    except Invalid:
        return ""


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _fitting_username(value: str) -> str:
    try:
        return names.username(value, field="username")
    except Invalid:
        return ""


def _name(value: str) -> str:
    bare = " ".join(names.REFUSED_IN_NAMES.sub(" ", value).split())[: names.DISPLAY_NAME_LENGTH].strip()
    try:
        return names.display_name(bare, field="display_name", required=False)
    except Invalid:
        return ""


def _traits(mapped: Mapping[str, str]) -> dict[str, str]:
    fitting = {}
    for name, value in mapped.items():
        try:
            traits.parse({"type": traits.TYPE, name: value}, creating=False)
        except Invalid:
            continue
        if value.strip():
            fitting[name] = value
    return fitting
