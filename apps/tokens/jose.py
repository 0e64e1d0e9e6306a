"""Signing and verifying JWTs for realms' keys, over joserfc. Pure: no Django, no clock, no database.

What a verifier believes is decided by it, never by the token: the key is looked up by `kid` among ours, the algorithm
is the key's own, `typ` must be the one expected, unknown `crit` and embedded keys are refused (RFC 8725 §3).
"""

import base64
import json
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from joserfc import jwt
from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import ECKey, OKPKey, RSAKey

from apps.core.json_text import json_text

from joserfc import jws  # isort: skip

Key = ECKey | OKPKey | RSAKey

# joserfc warns that RFC 9864 renames EdDSA; relying parties still know it by this name.
warnings.filterwarnings("ignore", category=SecurityWarning, message="EdDSA is deprecated")

TOKEN_LENGTH_LIMIT = 16_384
LEEWAY_SECONDS = 10
_RSA_BITS = 3072


class TokenRejected(Exception):
    """Why a token is not believed. For the event; a client learns only that it was not."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key pair, or a public half, with the name and the one algorithm it is used with."""

    kid: str
    algorithm: str
    key: Key


def generate(algorithm: str) -> Key:
    match algorithm:
        case "ES256":
            return ECKey.generate_key("P-256", private=True)
        case "EdDSA":
            return OKPKey.generate_key("Ed25519", private=True)
        case "RS256" | "PS256":
            return RSAKey.generate_key(_RSA_BITS, private=True)
    raise ValueError(f"unknown signing algorithm {algorithm!r}")


def load_private(algorithm: str, pem: bytes) -> Key:
    return _class_of(algorithm).import_key(pem)


def load_public(algorithm: str, public_jwk: Mapping[str, Any]) -> Key:
    return _class_of(algorithm).import_key(
        {name: public_jwk[name] for name in ("kty", "crv", "x", "y", "n", "e") if name in public_jwk}
    )


def public_jwk(signing_key: SigningKey) -> dict[str, Any]:
    """The key as it stands in a JWKS (RFC 7517 §4); never a private member."""
    return {
        **signing_key.key.as_dict(private=False),
        "kid": signing_key.kid,
        "alg": signing_key.algorithm,
        "use": "sig",
    }


def sign(claims: Mapping[str, Any], signing_key: SigningKey, *, typ: str, **header: str) -> str:
    """RFC 7515 §5.1. joserfc asks much of a header that is ours anyway; so all but RSA, which takes a thousand times as long
    as the asking, is put together here and signed by the same library. Verifying is joserfc's alone."""
    if (signed := _SIGNED.get(signing_key.algorithm)) is None:
        protected = {"typ": typ, "alg": signing_key.algorithm, "kid": signing_key.kid, **header}
        return jwt.encode(protected, dict(claims), signing_key.key, algorithms=[signing_key.algorithm])
    body = json_text(claims).encode()
    text = _header(signing_key.algorithm, signing_key.kid, typ, *header.items()) + b"." + _base64url(body)
    return (text + b"." + _base64url(signed(signing_key.key.private_key, text))).decode()


@lru_cache(maxsize=4096)
def _header(algorithm: str, kid: str, typ: str, *further: tuple[str, str]) -> bytes:
    protected = {"typ": typ, "alg": algorithm, "kid": kid, **dict(further)}
    return _base64url(json.dumps(protected, separators=(",", ":")).encode())


def _es256(key: Any, text: bytes) -> bytes:
    """RFC 7518 §3.4: R and S, each of 32 bytes."""
    r, s = decode_dss_signature(key.sign(text, _ECDSA))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def _eddsa(key: Any, text: bytes) -> bytes:
    """RFC 8037 §3.1."""
    signature: bytes = key.sign(text)
    return signature


_ECDSA = ec.ECDSA(hashes.SHA256())
_SIGNED: Mapping[str, Callable[[Any, bytes], bytes]] = {"ES256": _es256, "EdDSA": _eddsa}


def _base64url(raw: bytes) -> bytes:
    return base64.urlsafe_b64encode(raw).rstrip(b"=")


def verify(
    token: str,
    find_key: Callable[[str], SigningKey | None],
    *,
    typ: str,
    now: float,
    leeway_seconds: int = LEEWAY_SECONDS,
    may_be_over: bool = False,
) -> dict[str, Any]:
    """The claims of a token that one of our keys signed. Checks signature, kind and time; not iss or aud. `may_be_over`: it
    only has to have been good once, as a hint does. Raises TokenRejected."""
    claims = signed_claims(token, find_key, typ=typ)
    check_times(claims, now, leeway_seconds, may_be_over=may_be_over)
    return claims


def signed_claims(token: str, find_key: Callable[[str], SigningKey | None], *, typ: str) -> dict[str, Any]:
    """Checks signature and kind, which stay as they are for as long as the key is believed. Raises TokenRejected."""
    if not isinstance(token, str) or len(token) > TOKEN_LENGTH_LIMIT or token.count(".") != 2 or not token.isascii():
        raise TokenRejected("not a token")
    try:
        signing_key = find_key(_kid(token, typ))
        if signing_key is None:
            raise TokenRejected("unknown key")
        return jwt.decode(token, signing_key.key, algorithms=[signing_key.algorithm]).claims
    except (JoseError, ValueError, TypeError, KeyError, UnicodeError) as problem:
        raise TokenRejected(f"{type(problem).__name__}") from None


def _kid(token: str, typ: str) -> str:
    """The key id from a header that is read but not yet believed."""
    header = jws.extract_compact(token.encode()).protected
    if header.get("typ") != typ or "crit" in header or "b64" in header:
        raise TokenRejected("wrong kind of token")
    kid = header.get("kid")
    if not isinstance(kid, str) or len(kid) > 128 or "\x00" in kid:
        raise TokenRejected("no key id")
    return kid


def check_times(
    claims: Mapping[str, Any], now: float, leeway: int = LEEWAY_SECONDS, *, may_be_over: bool = False
) -> None:
    """`exp` and `iat` are required; `nbf` is honoured. Raises TokenRejected."""
    for name in ("exp", "iat"):
        if not isinstance(claims.get(name), int) or isinstance(claims[name], bool):
            raise TokenRejected(f"{name} is missing")
    if claims["exp"] <= now and not may_be_over:
        raise TokenRejected("expired")
    not_before = claims.get("nbf", claims["iat"])
    if not isinstance(not_before, int) or max(not_before, claims["iat"]) > now + leeway:
        raise TokenRejected("not valid yet")


def _class_of(algorithm: str) -> type[ECKey] | type[OKPKey] | type[RSAKey]:
    classes: dict[str, type[ECKey] | type[OKPKey]] = {"ES256": ECKey, "EdDSA": OKPKey}
    return classes.get(algorithm, RSAKey)
