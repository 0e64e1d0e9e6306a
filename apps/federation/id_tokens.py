"""Whether an ID token of a provider is for us, for this sign-in, and for now (OpenID Connect Core §3.1.3.7). Pure: the
signature was checked before, with a key that the provider publishes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from apps.core import secrets
from apps.tokens.signatures import SignatureRejected, seconds_in, text_in

SKEW_SECONDS = 60
OLDEST_SECONDS = 600  # since it was made: it comes by a direct answer to our own question
SUBJECT_LENGTH = 255


@dataclass(frozen=True, slots=True)
class Expected:
    """`proven_since`: the person must have proven themselves there after this time; None asks nothing."""

    issuer: str
    client_id: str
    nonce_digest: str
    now: float
    proven_since: float | None = None


def require_meant(claims: Mapping[str, Any], expected: Expected) -> str:
    """The subject. Raises SignatureRejected with the exact reason."""
    if claims.get("iss") != expected.issuer:
        raise SignatureRejected("its iss is another")
    _require_audience(claims, expected.client_id)
    _require_times(claims, expected)
    nonce = claims.get("nonce")
    if not isinstance(nonce, str) or not secrets.matches(nonce, expected.nonce_digest):
        raise SignatureRejected("its nonce is another")
    subject = text_in(claims, "sub", longest=SUBJECT_LENGTH)
    if not subject.isascii() or not subject.isprintable():
        raise SignatureRejected("its sub is not printable ASCII")
    return subject


def _require_audience(claims: Mapping[str, Any], client_id: str) -> None:
    audience = claims.get("aud")
    several = audience if isinstance(audience, list) else [audience]
    if client_id not in several:
        raise SignatureRejected("its aud is another")
    party = claims.get("azp")
    if party is not None and party != client_id:
        raise SignatureRejected("its azp is another")
    if len(several) > 1 and party is None:
        raise SignatureRejected("it is for several, and names none of them in azp")


def _require_times(claims: Mapping[str, Any], expected: Expected) -> None:
    ends, begins = seconds_in(claims, "exp"), seconds_in(claims, "iat")
    not_before = seconds_in(claims, "nbf", required=False)
    if ends is None or begins is None or ends <= expected.now - SKEW_SECONDS:
        raise SignatureRejected("it has expired")
    if begins < expected.now - OLDEST_SECONDS:
        raise SignatureRejected("it was made too long ago")
    if max(begins, not_before or 0) > expected.now + SKEW_SECONDS:
        raise SignatureRejected("it is not valid yet")
    if expected.proven_since is not None:
        proven = seconds_in(claims, "auth_time")
        if proven is None or proven < expected.proven_since - SKEW_SECONDS:
            raise SignatureRejected("the person was not asked anew there")
