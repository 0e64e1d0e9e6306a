"""Reading back JWTs that a realm's key signed."""

import json
from typing import Any

from apps.applications.models import Application
from apps.core.context import Context
from apps.tokens import jose, keys
from apps.tokens.issuer import issuer_of


def find_key(kid: str) -> jose.SigningKey | None:
    """Ours by `kid`, or None: for jose.verify."""
    found = keys.public_key(kid)
    return found[1] if found else None


def read_id_token(ctx: Context, token_answer: str) -> dict[str, Any]:
    """Claims of the ID token in a token endpoint's JSON answer; signature, kind and time checked, iss, aud and nonce not.

    Raises jose.TokenRejected.
    """
    return jose.verify(json.loads(token_answer)["id_token"], find_key, typ="JWT", now=ctx.now.timestamp())


def read_id_token_hint(ctx: Context, application: Application, hint: str) -> dict[str, Any]:
    """Claims of an ID token that this application got from us, however long ago (OpenID Connect Core §3.1.2.1,
    RP-Initiated Logout §2). Signature by a key of its realm, kind, iss and aud are checked; exp may be past.

    Raises jose.TokenRejected, also for our other signed texts of the same `typ`, which never say when somebody signed in.
    """

    def of_realm(kid: str) -> jose.SigningKey | None:
        found = keys.public_key(kid)
        return found[1] if found and found[0] == application.realm_id else None

    claims = jose.verify(hint, of_realm, typ="JWT", now=ctx.now.timestamp(), may_be_over=True)
    if claims.get("iss") != issuer_of(application) or claims.get("aud") != application.client_id:
        raise jose.TokenRejected("issued for somebody else")
    if not isinstance(claims.get("sub"), str) or not isinstance(claims.get("auth_time"), int):
        raise jose.TokenRejected("not an ID token")
    return claims
