"""The request that a sign-in is opened with (contract/wire.md §3.3): believed only when the issuer's key signed it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from identity_cloud_authenticator.encoding import from_base64url, object_in
from identity_cloud_authenticator.errors import RequestRefused

LEEWAY_SECONDS = 300  # of this machine's clock; that a request is used once is the server's to see to
JWKS = "/.well-known/jwks.json"


@dataclass(frozen=True, slots=True)
class Request:
    """`url` is where the proof is posted, and its audience."""

    url: str
    tenant: str
    realm: str
    transaction: str
    nonce: str
    correlation_id: str
    application: str


@dataclass(frozen=True, slots=True)
class Signed:
    """A request JWT, parsed and not believed yet."""

    header: dict[str, Any]
    claims: dict[str, Any]
    signed: bytes
    signature: bytes


def parse(jwt: str) -> Signed:
    """Raises RequestRefused."""
    try:
        head, body, signature = jwt.split(".")
        header, claims = object_in(from_base64url(head)), object_in(from_base64url(body))
        found = Signed(header, claims, f"{head}.{body}".encode(), from_base64url(signature))
    except ValueError as problem:
        raise RequestRefused(f"the request is no JWT: {problem}") from None
    if not all(isinstance(header.get(name), str) for name in ("alg", "kid", "jku")) or "crit" in header:
        raise RequestRefused("the request's header is not one of ours")
    return found


def verify(request: Signed, jwks: dict[str, Any], now: datetime) -> dict[str, Any]:
    """Its claims. Raises RequestRefused."""
    keys = jwks.get("keys")
    found = next((key for key in keys if _is(key, request.header)), None) if isinstance(keys, list) else None
    if found is None:
        raise RequestRefused("the issuer has no such key")
    try:
        _check_signature(request, found)
    except (InvalidSignature, ValueError, KeyError, TypeError):
        raise RequestRefused("the request's signature is wrong") from None
    claims, moment = request.claims, now.timestamp()
    expires, begins = claims.get("exp"), claims.get("nbf", 0)
    if not isinstance(expires, int | float) or expires < moment - LEEWAY_SECONDS:
        raise RequestRefused("the request has expired")
    if not isinstance(begins, int | float) or begins > moment + LEEWAY_SECONDS:
        raise RequestRefused("the request is not valid yet")
    return claims


def read(claims: dict[str, Any]) -> Request:
    """Of the full form; that its URL is the issuer's is for the caller to check. Raises RequestRefused."""
    try:
        authn, prove = claims["authn"], claims["authn"]["action"]["prove"]
        path = f"/v1/tenants/{authn['tid']}/realms/{authn['rid']}/applications/{authn['aid']}"
        told = Request(
            url=f"{authn['base_url']}{path}/bi-authenticate",
            tenant=authn["tid"],
            realm=authn["rid"],
            transaction=prove["transaction_id"],
            nonce=prove["nonce"],
            correlation_id=str(claims.get("cid", "")),
            application=str(authn.get("application", {}).get("display_name", "")),
        )
    except (KeyError, TypeError, AttributeError):
        raise RequestRefused("the request asks for nothing that is known here") from None
    if claims.get("verb") != "authenticate" or not all((told.transaction, told.nonce)):
        raise RequestRefused("the request asks for nothing that is known here")
    return told


def _is(key: Any, header: dict[str, Any]) -> bool:
    wanted = isinstance(key, dict) and key.get("kid") == header["kid"]
    return wanted and key.get("use", "sig") == "sig" and key.get("alg", header["alg"]) == header["alg"]


def _check_signature(request: Signed, key: dict[str, Any]) -> None:
    signature, signed = request.signature, request.signed
    match request.header["alg"]:
        case "ES256":
            if len(signature) != 64:
                raise InvalidSignature
            r, s = (int.from_bytes(half, "big") for half in (signature[:32], signature[32:]))
            x, y = (_number(key, name) for name in ("x", "y"))
            public = ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
            public.verify(encode_dss_signature(r, s), signed, ec.ECDSA(hashes.SHA256()))
        case "RS256":
            _rsa(key).verify(signature, signed, padding.PKCS1v15(), hashes.SHA256())
        case "PS256":
            salted = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.DIGEST_LENGTH)
            _rsa(key).verify(signature, signed, salted, hashes.SHA256())
        case "EdDSA":
            ed25519.Ed25519PublicKey.from_public_bytes(from_base64url(key["x"])).verify(signature, signed)
        case _:
            raise InvalidSignature


def _rsa(key: dict[str, Any]) -> rsa.RSAPublicKey:
    return rsa.RSAPublicNumbers(_number(key, "e"), _number(key, "n")).public_key()


def _number(key: dict[str, Any], name: str) -> int:
    return int.from_bytes(from_base64url(key[name]), "big")
