"""A JWS by a software key (contract/wire.md §3.2, §3.4), as the reference's SDK makes it: ES256 and nothing else.

What it is verified with is ours: at bind the key it embeds, which becomes the passkey's, at login the registered one. What
else a header says is not believed; what would change how it is to be read is refused (RFC 8725 §3).
"""

import base64
import binascii
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from joserfc.jwk import ECKey

from apps.credentials.proofs import SKEW, Kind, KnownKey, NewKey, ProofMalformed, ProofRejected, Proven, Question

ALGORITHM = "ES256"
_LENGTH = 16_384
_PART = re.compile(r"[A-Za-z0-9_-]*")
_COORDINATE = re.compile(r"[A-Za-z0-9_-]{43}")
_KID = re.compile(r"[A-Za-z0-9_-]{1,128}")
_NEVER = ("crit", "b64", "jku", "x5u", "x5c", "x5t", "zip", "enc")
_PRIVATE = frozenset({"d", "k", "p", "q", "dp", "dq", "qi"})


@dataclass(frozen=True, slots=True)
class Token:
    """A parsed, unbelieved JWS."""

    header: Mapping[str, Any]
    claims: Mapping[str, Any]
    signed: bytes
    signature: bytes

    @property
    def jwk_thumbprint(self) -> str:
        """The key that it says it is by (RFC 7638), "" when it names none."""
        kid = self.header.get("kid")
        return kid if isinstance(kid, str) and _KID.fullmatch(kid) else ""

    @property
    def is_unsigned(self) -> bool:
        return self.header.get("alg") == "none" and not self.signature


def parse(raw: object) -> Token:
    """Of the compact form. Raises ProofMalformed."""
    if not isinstance(raw, str) or not 0 < len(raw) <= _LENGTH or raw.count(".") != 2:
        raise ProofMalformed("not a JWS in compact form")
    parts = raw.split(".")
    if not all(map(_PART.fullmatch, parts)):
        raise ProofMalformed("not base64url")
    header, claims, signature = map(_decoded, parts)
    return Token(_object(header), _object(claims), f"{parts[0]}.{parts[1]}".encode(), signature)


def verify_new(token: Token, question: Question) -> NewKey:
    """At bind: signed by the key in its header, over who and which link. Raises ProofRejected."""
    key = _embedded_key(token.header)
    _check_signature(token, key)
    check_bind_claims(token.claims, question)
    jwk = ECKey.import_key(key)
    return NewKey(Kind.JWT, _spki(key), jwk.as_dict(private=False), jwk.thumbprint())


def verify(token: Token, known: KnownKey, question: Question) -> Proven:
    """At login: signed by the registered key, over the open transaction. Raises ProofRejected."""
    if "jwk" in token.header:
        raise ProofRejected("brings a key of its own")
    registered = serialization.load_der_public_key(known.public_key)
    if not isinstance(registered, ec.EllipticCurvePublicKey):
        raise ProofRejected("another key than the registered one")
    _check_signature(token, registered)
    check_login_claims(token.claims, question)
    return Proven()


def check_bind_claims(claims: Mapping[str, Any], question: Question) -> None:
    """{"sub","token"}: they name this job and nobody else's. Raises ProofRejected."""
    if claims.get("sub") != str(question.subject):
        raise ProofRejected("challenge names somebody else")
    if not _same(claims.get("token"), question.nonce):
        raise ProofRejected("challenge is not this job's")


def check_login_claims(claims: Mapping[str, Any], question: Question) -> None:
    """What a software key signs, and a WebAuthn challenge of the same SDK holds. Raises ProofRejected."""
    if claims.get("sub") != str(question.subject):
        raise ProofRejected("sub is somebody else")
    check_open_claims(claims, question)


def check_open_claims(claims: Mapping[str, Any], question: Question) -> None:
    """All of it but who: this place, this transaction, this moment. Raises ProofRejected."""
    audience = claims.get("aud")
    if question.audience not in (audience if isinstance(audience, list) else [audience]):
        raise ProofRejected("aud is another place")
    if not _same(claims.get("bi_tid"), question.transaction):
        raise ProofRejected("bi_tid is another transaction")
    if not _same(claims.get("bi_non"), question.nonce):
        raise ProofRejected("bi_non is not the nonce that was asked")
    if claims.get("flow_type", "embedded") != "embedded":
        raise ProofRejected("flow_type is another flow's")
    _check_times(claims, question.now)


def _check_times(claims: Mapping[str, Any], now: datetime) -> None:
    """The SDK allows its device's clock to be an hour off, and so do we: the nonce is what makes it once."""
    moment, skew = now.timestamp(), SKEW.total_seconds()
    for name in ("exp", "iat", "nbf"):
        told = claims.get(name, claims.get("iat") if name == "nbf" else None)
        if not isinstance(told, int | float) or isinstance(told, bool) or not 0 <= told < 2**40:
            raise ProofRejected(f"{name} is no time")
    if claims["exp"] < moment - skew:
        raise ProofRejected("expired")
    if claims.get("nbf", claims["iat"]) > moment + skew:
        raise ProofRejected("not valid yet")


def _check_signature(token: Token, key: ec.EllipticCurvePublicKey) -> None:
    if token.header.get("alg") != ALGORITHM:
        raise ProofRejected("alg is not ES256")
    if any(name in token.header for name in _NEVER):
        raise ProofRejected("a header that nobody asked for")
    if len(token.signature) != 64:
        raise ProofRejected("signature is not r and s of 32 bytes each")
    r, s = (int.from_bytes(half, "big") for half in (token.signature[:32], token.signature[32:]))
    try:
        key.verify(encode_dss_signature(r, s), token.signed, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        raise ProofRejected("signature is not the key's") from None


def _embedded_key(header: Mapping[str, Any]) -> ec.EllipticCurvePublicKey:
    jwk = header.get("jwk")
    if not isinstance(jwk, Mapping) or jwk.get("kty") != "EC" or jwk.get("crv") != "P-256":
        raise ProofRejected("jwk is not a P-256 key")
    if _PRIVATE & jwk.keys():
        raise ProofRejected("jwk holds a private key")
    x, y = (jwk.get(name) for name in ("x", "y"))
    if not all(isinstance(each, str) and _COORDINATE.fullmatch(each) for each in (x, y)):
        raise ProofRejected("jwk is not a P-256 key")
    x_number, y_number = (int.from_bytes(base64.urlsafe_b64decode(f"{each}="), "big") for each in (x, y))
    try:
        return ec.EllipticCurvePublicNumbers(x_number, y_number, ec.SECP256R1()).public_key()
    except ValueError:
        raise ProofRejected("jwk is a point that is on no curve") from None


def _spki(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def _same(told: object, wanted: str) -> bool:
    return isinstance(told, str) and hmac.compare_digest(told.encode("utf-8", "surrogatepass"), wanted.encode())


def _decoded(part: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except (binascii.Error, ValueError):
        raise ProofMalformed("not base64url") from None


def _object(raw: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(raw, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        raise ProofMalformed("not JSON") from None
    if not isinstance(found, Mapping):
        raise ProofMalformed("not an object")
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name is given twice")
    return found
