"""Tokens as the contract writes them (contract/wire.md §1.9), and signing keys (extensions.md §4). Pure."""

from collections.abc import Mapping
from typing import Any

from apps.applications.models import AccessToken, RefreshToken, TokenFormat
from apps.core.errors import checked_fields
from apps.core.times import rfc3339
from apps.tokens.models import SigningKey
from apps.tokens.services.named_tokens import NamedToken

# What we answer and nobody sets: ignored in a request (contract/wire.md §1.1 "update").
_READ_ONLY = frozenset({"id", "token_suffix", "token_format", "expires", "issued_at", "token_type", "token"})


def token_json(token: AccessToken | RefreshToken) -> dict[str, Any]:
    """An item of the list: enough to tell it by, not enough to use it. `last_used_at` once it was used."""
    is_access = isinstance(token, AccessToken)
    return {
        "id": token.jti,
        "display_name": token.display_name,
        "scopes": token.scope.split(),
        "token_suffix": token.token_suffix,
        "token_format": token.token_format if is_access else TokenFormat.REFERENTIAL,
        "expires": int(token.expires.timestamp()),
        "issued_at": int(token.issued_at.timestamp()),
        "token_type": "access" if is_access else "refresh",
        **({"last_used_at": int(token.last_used_at.timestamp())} if token.last_used_at else {}),
    }


def made_token_json(made: NamedToken) -> dict[str, Any]:
    """The same for one just made, with `token` itself: in this answer and in no other."""
    return {
        "id": made.jti,
        "display_name": made.display_name,
        "scopes": list(made.scopes),
        "token_suffix": made.token[-6:],
        "token_format": made.token_format,
        "expires": int(made.expires_at.timestamp()),
        "issued_at": int(made.issued_at.timestamp()),
        "token_type": "access",
        "token": made.token,
    }


def parse_token(given: Mapping[str, Any], *, root: str = "token") -> dict[str, Any]:
    """What `create_token` takes; what the values may be, it judges. Raises Invalid for a field that nobody knows."""
    checks = dict.fromkeys(("display_name", "scopes", "expires_after"), _as_given)
    said = checked_fields(given, checks, root=root, ignored=_READ_ONLY)
    return {name: said.get(name) for name in checks}


def _as_given(value: Any, *, field: str) -> Any:
    return value


def signing_key_json(key: SigningKey) -> dict[str, Any]:
    """The public half alone. `id` is the `kid` of what it signs; the last two when it is retired."""
    over = {"retire_time": key.retired_at, "published_until_time": key.published_until}
    return {
        "id": key.kid,
        "realm_id": key.realm_id,
        "tenant_id": key.tenant_id,
        "algorithm": key.algorithm,
        "state": key.state.upper(),
        "public_jwk": key.public_jwk,
        "create_time": rfc3339(key.created_at),
        "update_time": rfc3339(key.updated_at),
        **{name: rfc3339(moment) for name, moment in over.items() if moment},
    }
