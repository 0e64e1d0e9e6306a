"""Client assertions: what private_key_jwt must say (RFC 7523 §3, draft-ietf-oauth-rfc7523bis, FAPI 2.0 §5.3.2.1). Pure.

That the signature is the client's and that the jti is new is for the caller: see client_keys and used_once.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from apps.tokens.signatures import SignatureRejected, seconds_in, text_in

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
KINDS = ("", "jwt", "client-authentication+jwt")
LONGEST_SECONDS = 300
SKEW_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Assertion:
    """What must not come again until it would be refused anyway."""

    jti: str
    expires_at: float


def check(claims: Mapping[str, Any], *, client_id: str, audiences: Collection[str], now: float) -> Assertion:
    """`audiences` are the ways to name us, of which it must use one, as a string: a list may name others who could use the
    assertion with us. Raises SignatureRejected."""
    if claims.get("iss") != client_id or claims.get("sub") != client_id:
        raise SignatureRejected("its iss and sub must be the client_id")
    audience = claims.get("aud")
    if not isinstance(audience, str) or audience not in audiences:
        raise SignatureRejected("its aud must be the issuer, as one string")
    expires_at = check_times(claims, now=now, longest_seconds=LONGEST_SECONDS)
    return Assertion(text_in(claims, "jti"), expires_at)


def check_times(claims: Mapping[str, Any], *, now: float, longest_seconds: int) -> float:
    """`exp` is required and near, `iat` and `nbf` must not be in the future when they are there. Returns `exp`. Raises
    SignatureRejected."""
    expires_at = seconds_in(claims, "exp") or 0.0
    if expires_at <= now:
        raise SignatureRejected("it has expired")
    if expires_at > now + longest_seconds + SKEW_SECONDS:
        raise SignatureRejected(f"its exp is more than {longest_seconds} seconds ahead")
    for name in ("iat", "nbf"):
        moment = seconds_in(claims, name, required=False)
        if moment is not None and moment > now + SKEW_SECONDS:
            raise SignatureRejected(f"its {name} is in the future")
    return expires_at
