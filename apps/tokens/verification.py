"""Reading back JWTs that a realm's key signed."""

import json
from typing import Any

from apps.core.context import Context
from apps.tokens import jose, keys


def find_key(kid: str) -> jose.SigningKey | None:
    """Ours by `kid`, or None: for jose.verify."""
    found = keys.public_key(kid)
    return found[1] if found else None


def read_id_token(ctx: Context, token_answer: str) -> dict[str, Any]:
    """Claims of the ID token in a token endpoint's JSON answer; signature, kind and time checked, iss, aud and nonce not.

    Raises jose.TokenRejected.
    """
    return jose.verify(json.loads(token_answer)["id_token"], find_key, typ="JWT", now=ctx.now.timestamp())
