"""What is said of a person: their subject identifier for one client, and claims (OpenID Connect Core §5, §8.1).

With `openid` alone come name, preferred_username and email (contract/wire.md §2), but not to a client that is to know
people by a pseudonym; the rest for a scope, or by name in the `claims` parameter. What nobody knows is left out: a claim is
never empty, and never a guess.
"""

import hmac
import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from apps.applications.models import Application
from apps.core import secrets
from apps.directory.models import Identity

ALWAYS = ("name", "preferred_username", "email", "email_verified")
OF_SCOPE: Mapping[str, tuple[str, ...]] = {
    "profile": (
        "name", "preferred_username", "given_name", "family_name", "middle_name", "nickname", "profile", "picture",
        "website", "birthdate", "zoneinfo", "locale", "updated_at",
    ),
    "email": ("email", "email_verified"),
    "address": ("address",),
    "phone": ("phone_number", "phone_number_verified"),
}  # fmt: skip
PERSONAL = tuple(dict.fromkeys((*ALWAYS, *(name for names in OF_SCOPE.values() for name in names))))
# Of a token and of the sign-in, not of the person; `claims` may ask for them by name too.
OF_SIGN_IN = ("sub", "iss", "aud", "azp", "exp", "iat", "jti", "auth_time", "nonce", "acr", "amr", "at_hash", "sid")

_TRAITS = {
    "middle_name": "middle_name", "nickname": "nick_name", "profile": "profile_url", "picture": "photo_url",
    "website": "website_url", "birthdate": "birth_date", "zoneinfo": "timezone", "locale": "locale",
}  # fmt: skip
# Traits are free text, some claims are not (OpenID Connect Core §5.1): what has another shape is not said.
_SHAPES = {
    "birthdate": re.compile(r"\d{4}(-\d{2}-\d{2})?"),
    "zoneinfo": re.compile(r"[A-Za-z]+(/[A-Za-z0-9_+-]+){1,2}"),
    "locale": re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*"),
    "profile": re.compile(r"https?://\S+"),
    "picture": re.compile(r"https?://\S+"),
    "website": re.compile(r"https?://\S+"),
}
_ADDRESS = ("street_address", "locality", "region", "postal_code", "country")


def subject_identifier(application: Application, identity: Identity) -> str:
    """Who it is, to this client: `subject_field` of them, or a pseudonym that no other sector can match."""
    if application.subject_type == "pairwise":
        return _pseudonym(application, identity)
    match application.subject_field:
        case "email":
            return identity.primary_email_address or identity.pk
        case "username":
            return identity.username
    return identity.pk


def sector_of(application: Application) -> str:
    """The host that a pairwise subject is for (OpenID Connect Core §8.1): one of the sector document, or of the redirect
    URIs, which then share it."""
    named = application.sector_identifier_uri or next(iter(application.redirect_uri_list), "")
    return urlsplit(named).hostname or application.client_id


def _pseudonym(application: Application, identity: Identity) -> str:
    """43 characters, the same for ever: made from the oldest key-encryption key, which rotation leaves at the end."""
    key = hmac.digest(settings.KEY_ENCRYPTION_KEYS[-1], b"pairwise subject identifiers", "sha256")
    about = "\x00".join((identity.tenant_id, identity.realm_id, sector_of(application), identity.pk))
    return secrets.base64url(hmac.digest(key, about.encode(), "sha256"))


@dataclass(frozen=True, slots=True)
class ByName:
    """Claims that a client asked for one by one, and for which of the two answers (OpenID Connect Core §5.5)."""

    userinfo: tuple[str, ...] = ()
    id_token: tuple[str, ...] = ()

    def as_json(self) -> str:
        """As the claims parameter writes it; "" for nothing. For Grant.claims."""
        members = {"userinfo": self.userinfo, "id_token": self.id_token}
        said = {member: dict.fromkeys(names) for member, names in members.items() if names}
        return json.dumps(said) if said else ""


def by_name(asked: str) -> ByName:
    """What `as_json` wrote down."""
    said = json.loads(asked) if asked else {}
    return ByName(tuple(said.get("userinfo", ())), tuple(said.get("id_token", ())))


def of_id_token(application: Application, identity: Identity, asked: Collection[str]) -> dict[str, Any]:
    """`asked`: by name. What scopes ask for is read at userinfo (§5.4)."""
    return _chosen(identity, {*_always(application), *asked})


def of_userinfo(
    application: Application, identity: Identity, scopes: Collection[str], asked: Collection[str]
) -> dict[str, Any]:
    """`asked`: by name (§5.3.2)."""
    of_scopes = {name for scope in scopes for name in OF_SCOPE.get(scope, ())}
    names = {*_always(application), *of_scopes, *asked}
    return {"sub": subject_identifier(application, identity), **_chosen(identity, names)}


def principal_of(application: Application, identity: Identity) -> str:
    """The contract's principal path, without telling a pseudonym's owner."""
    if application.subject_type != "pairwise":
        return identity.path
    return f"{identity.path.removesuffix(identity.pk)}{subject_identifier(application, identity)}"


def _always(application: Application) -> tuple[str, ...]:
    return () if application.subject_type == "pairwise" else ALWAYS


def _chosen(identity: Identity, names: Collection[str]) -> dict[str, Any]:
    known = _known(identity)
    return {name: known[name] for name in PERSONAL if name in names and name in known}


def _known(identity: Identity) -> dict[str, Any]:
    """Every claim that is true of the person. Verified is only what we have verified ourselves."""
    traits = identity.traits
    said: dict[str, Any] = {claim: traits.get(trait) for claim, trait in _TRAITS.items()}
    said |= {"name": identity.display_name, "preferred_username": identity.username}
    said |= {"given_name": identity.given_name, "family_name": identity.family_name}
    said |= {"email": identity.primary_email_address, "address": _address(traits)}
    said["phone_number"] = traits.get("mobile_phone") or traits.get("primary_phone")
    known = {name: value for name, value in said.items() if value and _is_shaped(name, value)}
    if "email" in known:
        known["email_verified"] = identity.email_verified_at is not None
    if "phone_number" in known:
        known["phone_number_verified"] = False
    known["updated_at"] = int(identity.updated_at.timestamp())
    return known


def _is_shaped(name: str, value: Any) -> bool:
    return name not in _SHAPES or _SHAPES[name].fullmatch(value) is not None


def _address(traits: Mapping[str, Any]) -> dict[str, str]:
    return {part: traits[part] for part in _ADDRESS if traits.get(part)}
