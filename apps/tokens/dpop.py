"""DPoP proofs (RFC 9449): that whoever sends a request holds a key. Pure: no Django, no clock, no database.

That a jti is new is for the caller (used_once). Nonces are stateless: an HMAC over the window of time they were given in.
"""

import base64
import hashlib
import hmac
from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from apps.tokens.signatures import ALGORITHMS, SignatureRejected, key_from, read, require_signature, seconds_in, text_in

OLDEST_SECONDS = 60
SKEW_SECONDS = 10
NONCE_WINDOW_SECONDS = 120
_DEFAULT_PORTS = {"http": 80, "https": 443}


class ProofRejected(Exception):
    """RFC 9449 §5 and §7.1. `error` is invalid_dpop_proof; the message says why and may be shown."""

    error = "invalid_dpop_proof"


class NonceWanted(ProofRejected):
    """RFC 9449 §8, §9: the same again, with the nonce that the answer brings."""

    error = "use_dpop_nonce"


@dataclass(frozen=True, slots=True)
class Proof:
    """A proof that holds, but for its single use. `jkt` is its key's RFC 7638 thumbprint."""

    jkt: str
    jti: str
    expires_at: float


def read_proof(
    header: str,
    *,
    method: str,
    url: str,
    now: float,
    nonce_key: bytes,
    algorithms: Collection[str] = ALGORITHMS,
    access_token: str = "",
    nonce_required: bool = False,
) -> Proof:
    """`header` is the request's DPoP header, `url` the endpoint's own, `access_token` the one that came with it. Raises
    ProofRejected, NonceWanted."""
    try:
        token = read(header, kinds=("dpop+jwt",), algorithms=algorithms)
        key = key_from(token.header.get("jwk"), token.algorithm)
        require_signature(token, key)
        claims = token.claims
        issued_at = seconds_in(claims, "iat") or 0.0
        jti = text_in(claims, "jti")
        if claims.get("htm") != method:
            raise SignatureRejected("its htm is another")
        if not is_same_url(claims.get("htu"), url):
            raise SignatureRejected("its htu is another")
    except SignatureRejected as problem:
        raise ProofRejected(f"DPoP: {problem}") from None
    if not now - OLDEST_SECONDS <= issued_at <= now + SKEW_SECONDS:
        raise ProofRejected("DPoP: its iat is too far from now")
    if access_token and not _is_hash_of(claims.get("ath"), access_token):
        raise ProofRejected("DPoP: its ath is of another access token")
    _check_nonce(claims.get("nonce"), nonce_required, nonce_key, now)
    return Proof(key.thumbprint(), jti, issued_at + OLDEST_SECONDS + SKEW_SECONDS)


def nonce_at(key: bytes, now: float) -> str:
    """The nonce to give out now; it is taken until the window after this one has passed."""
    return _nonce(key, int(now // NONCE_WINDOW_SECONDS))


def is_same_url(given: object, own: str) -> bool:
    """RFC 9449 §4.3: compared after syntax-based normalisation (RFC 3986 §6.2.2, §6.2.3), without query and fragment."""
    if not isinstance(given, str) or len(given) > 2048:
        return False
    try:
        return _normalised(given) == _normalised(own)
    except ValueError:
        return False


def _normalised(url: str) -> tuple[str, str, int | None, str]:
    parts = urlsplit(url)
    if "@" in parts.netloc:
        raise ValueError("a user name")
    port = parts.port or _DEFAULT_PORTS.get(parts.scheme)
    return parts.scheme, parts.hostname or "", port, unquote(parts.path) or "/"


def _is_hash_of(given: object, access_token: str) -> bool:
    digest = base64.urlsafe_b64encode(hashlib.sha256(access_token.encode()).digest()).rstrip(b"=").decode()
    return isinstance(given, str) and given.isascii() and hmac.compare_digest(given, digest)


def _check_nonce(given: object, required: bool, key: bytes, now: float) -> None:
    """One that was given must be good, asked for or not."""
    if given is None and not required:
        return
    window = int(now // NONCE_WINDOW_SECONDS)
    known = (_nonce(key, window), _nonce(key, window - 1))
    if not (isinstance(given, str) and given in known):
        raise NonceWanted("DPoP: a nonce of ours is needed")


def _nonce(key: bytes, window: int) -> str:
    mac = hmac.new(key, f"dpop-nonce:{window}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(mac[:18]).decode()
