"""Tokens as the contract writes them (contract/wire.md §1.9). Pure."""

from typing import Any

from apps.applications.models import AccessToken


def token_json(token: AccessToken) -> dict[str, Any]:
    """An item of the list: enough to tell it by, not enough to use it."""
    return {
        "id": token.jti,
        "display_name": token.display_name,
        "scopes": token.scope.split(),
        "token_suffix": token.token_suffix,
        "token_format": token.token_format,
        "expires": int(token.expires.timestamp()),
        "issued_at": int(token.issued_at.timestamp()),
        "token_type": "access",
    }
