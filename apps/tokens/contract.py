"""Tokens as the contract writes them (contract/wire.md §1.9), and signing keys (extensions.md §4). Pure."""

from typing import Any

from apps.applications.models import AccessToken, RefreshToken, TokenFormat
from apps.core.times import rfc3339
from apps.tokens.models import SigningKey


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
