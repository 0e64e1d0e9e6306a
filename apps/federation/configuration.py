"""What an identity provider is told of: checks of each field, and the seal on its secret."""

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from apps.core import names, secrets
from apps.core.errors import Invalid, Violation
from apps.directory import traits
from apps.federation.models import IdentityProvider

TYPES = ("oidc",)
ISSUER_LENGTH = 512
CLIENT_ID_LENGTH = 255
SECRET_LENGTH = 2048
SCOPES_LIMIT = 20
CLAIM_LENGTH = 128
DEFAULT_SCOPES = ("openid", "email", "profile")
DEFAULT_MAP = {
    "username": "email",
    "display_name": "name",
    "given_name": "given_name",
    "family_name": "family_name",
}
# Addresses are taken from `email` alone, and only verified; an external id is SCIM's.
_NOT_MAPPED = frozenset({"primary_email_address", "secondary_email_address", "external_id", "manager_id"})
MAPPED = frozenset({"display_name", *traits.COLUMNS, *traits.FURTHER}) - _NOT_MAPPED
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_TOKEN = re.compile(r"[!#-\[\]-~]+")  # RFC 6749 §3.3
_VISIBLE = re.compile(r"[ -~]+")  # RFC 6749 appendix A
_CLAIM = re.compile(r"[!-~]+")


def display_name(value: Any, *, field: str) -> str:
    return names.display_name(value, field=field)


def provider_type(value: Any, *, field: str) -> str:
    if value not in TYPES:
        raise _wrong(field, f"must be one of {', '.join(TYPES)}")
    return str(value)


def issuer(value: Any, *, field: str) -> str:
    """Kept exactly as it is written: it is compared letter by letter (OpenID Connect Discovery §4.3)."""
    text = _text(value, field, ISSUER_LENGTH, _CLAIM)
    try:
        parts = urlsplit(text)
        own_machine = settings.OUTGOING_ALLOW_LOOPBACK and parts.hostname in _LOOPBACK
        _ = parts.port
    except ValueError:
        raise _wrong(field, "not a URL") from None
    if not parts.hostname or "@" in parts.netloc:
        raise _wrong(field, "not a URL")
    if parts.scheme != "https" and not (parts.scheme == "http" and own_machine):
        raise _wrong(field, "must be https")
    if "?" in text or "#" in text:
        raise _wrong(field, "an issuer has no query and no fragment")
    return text


def client_id(value: Any, *, field: str) -> str:
    return _text(value, field, CLIENT_ID_LENGTH, _VISIBLE)


def client_secret(value: Any, *, field: str) -> str:
    return _text(value, field, SECRET_LENGTH, _VISIBLE)


def scopes(value: Any, *, field: str) -> list[str]:
    if not isinstance(value, list | tuple):
        raise _wrong(field, "not a list")
    if len(value) > SCOPES_LIMIT:
        raise _wrong(field, f"array exceeds {SCOPES_LIMIT} elements")
    odd = [i for i, each in enumerate(value) if not isinstance(each, str) or not _TOKEN.fullmatch(each)]
    odd += [i for i, each in enumerate(value) if isinstance(each, str) and len(each) > CLAIM_LENGTH]
    if odd:
        raise Invalid([Violation(f"{field}.{i}", "not a scope") for i in dict.fromkeys(odd)])
    if "openid" not in value:
        raise _wrong(field, "must have openid among them")
    return list(dict.fromkeys(value))


def attribute_map(value: Any, *, field: str) -> dict[str, str]:
    if not isinstance(value, Mapping):
        raise _wrong(field, "not an object")
    wrong = [Violation(f"{field}.{name}", "unknown field") for name in value if name not in MAPPED]
    wrong += [
        Violation(f"{field}.{name}", "not the name of a claim")
        for name, claim in value.items()
        if name in MAPPED and not (isinstance(claim, str) and len(claim) <= CLAIM_LENGTH and _CLAIM.fullmatch(claim))
    ]
    if wrong:
        raise Invalid(wrong)
    return dict(value)


def flag(value: Any, *, field: str) -> bool:
    if not isinstance(value, bool):
        raise _wrong(field, "not a boolean")
    return value


CHECKS: Mapping[str, Callable[..., Any]] = {
    "display_name": display_name,
    "client_id": client_id,
    "client_secret": client_secret,
    "scopes": scopes,
    "attribute_map": attribute_map,
    "link_by_verified_email": flag,
    "create_identities": flag,
    "enabled": flag,
}
NEW_CHECKS = {"type": provider_type, "issuer": issuer, **CHECKS}


def seal(provider: IdentityProvider, secret: str) -> None:
    provider.sealed_client_secret = secrets.seal(secret.encode(), _purpose(provider))


def unseal(provider: IdentityProvider) -> str:
    """Raises ValueError when no configured key opens it."""
    return secrets.unseal(provider.sealed_client_secret, _purpose(provider)).decode()


def redirect_uri(provider: IdentityProvider) -> str:
    """One of its own for each provider: an answer that comes back here is of no other (RFC 9700 §4.4.2.2)."""
    place = f"tenants/{provider.tenant_id}/realms/{provider.realm_id}/identity-providers/{provider.pk}"
    return f"{settings.IDENTITY_CLOUD_AUTH_URL}/authenticator/v1/{place}/callback"


def _purpose(provider: IdentityProvider) -> str:
    return f"identity_provider.client_secret:{provider.pk}"


def _text(value: Any, field: str, longest: int, pattern: re.Pattern[str]) -> str:
    if not isinstance(value, str):
        raise _wrong(field, "missing" if value is None else "not a string")
    if not value:
        raise _wrong(field, "empty string")
    if len(value) > longest:
        raise _wrong(field, f"longer than {longest} characters")
    if not pattern.fullmatch(value):
        raise _wrong(field, "contains a character that is not allowed")
    return value


def _wrong(field: str, why: str) -> Invalid:
    return Invalid(Violation(field, why))
