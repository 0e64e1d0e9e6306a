"""JWTs that somebody else signed: client assertions, DPoP proofs, request objects. Pure: no Django, no clock, no database.

The reader decides what it believes (RFC 8725 §3): the algorithm is of its own short list, `typ` of its own kinds, and the
key one that it looked up or, for DPoP alone, the public one in the header. Nothing is fetched because a token says so:
`jku`, `x5u`, `x5c` are passed over, `crit` and `b64` refused. Every part is strict: canonical base64url, JSON without
doubles, numbers that are numbers.
"""

import json
import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from joserfc.errors import JoseError
from joserfc.jws import JWSRegistry

from apps.core.secrets import from_base64url
from apps.tokens.jose import TOKEN_LENGTH_LIMIT, Key, load_public

ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA")
FAPI2_ALGORITHMS = ("PS256", "ES256", "EdDSA")  # FAPI 2.0 Security Profile §5.4
PRIVATE_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
_KEY_TYPES = {"RS256": ("RSA", None), "PS256": ("RSA", None), "ES256": ("EC", "P-256"), "EdDSA": ("OKP", "Ed25519")}
_RSA_BITS = range(2048, 8193)
_EXPONENT_BITS = 64


class SignatureRejected(Exception):
    """Why it is not believed. Says nothing secret: it may go to the client and into the event."""


@dataclass(frozen=True, slots=True)
class Unverified:
    """A JWT taken apart. Nobody has looked at the signature yet."""

    header: Mapping[str, Any]
    claims: Mapping[str, Any]
    signing_input: bytes
    signature: bytes

    @property
    def algorithm(self) -> str:
        return str(self.header["alg"])

    @property
    def kid(self) -> str:
        """ "" when it names no key."""
        return str(self.header.get("kid", ""))


def read(token: str, *, kinds: Collection[str], algorithms: Collection[str]) -> Unverified:
    """`kinds` are the values of `typ` that will do, in lower case; "" for none at all. Raises SignatureRejected."""
    if len(token) > TOKEN_LENGTH_LIMIT or token.count(".") != 2 or not token.isascii():
        raise SignatureRejected("not a signed JWT")
    first, second, third = token.split(".")
    try:
        header, claims, signature = _object(first), _object(second), from_base64url(third)
    except (ValueError, RecursionError):
        raise SignatureRejected("not a signed JWT") from None
    if header.get("alg") not in algorithms:
        raise SignatureRejected("its alg is not allowed")
    if "crit" in header or "b64" in header:
        raise SignatureRejected("it has header parameters that are not understood")
    typ, kid = header.get("typ", ""), header.get("kid", "")
    if not isinstance(typ, str) or typ.lower().removeprefix("application/") not in kinds:
        raise SignatureRejected("its typ is another")
    if not isinstance(kid, str):
        raise SignatureRejected("its kid is not a string")
    return Unverified(header, claims, f"{first}.{second}".encode(), signature)


def require_signature(token: Unverified, key: Key) -> None:
    """Raises SignatureRejected unless this key made it."""
    method = JWSRegistry(algorithms=[token.algorithm]).get_alg(token.algorithm)
    try:
        authentic = method.verify(token.signing_input, token.signature, key)
    except (JoseError, ValueError, TypeError):
        authentic = False
    if not authentic:
        raise SignatureRejected("its signature is wrong")


def key_from(jwk: object, algorithm: str) -> Key:
    """A public key good for verifying this algorithm. Raises SignatureRejected for any other, and for a private one."""
    if not isinstance(jwk, Mapping) or PRIVATE_MEMBERS & jwk.keys():
        raise SignatureRejected("its key is not a public JWK")
    key_type, curve = _KEY_TYPES[algorithm]
    if jwk.get("kty") != key_type or (curve and jwk.get("crv") != curve):
        raise SignatureRejected(f"its key is not one for {algorithm}")
    if jwk.get("alg", algorithm) != algorithm or jwk.get("use", "sig") != "sig":
        raise SignatureRejected("its key is for another use")
    if not isinstance(jwk.get("key_ops", []), list) or "verify" not in jwk.get("key_ops", ["verify"]):
        raise SignatureRejected("its key is for another use")
    if key_type == "RSA" and not _is_sound_rsa(jwk):
        raise SignatureRejected("its RSA key is too small, or of no usual shape")
    try:
        return load_public(algorithm, jwk)
    except (JoseError, ValueError, TypeError, KeyError, AttributeError):
        raise SignatureRejected("its key cannot be read") from None


def seconds_in(claims: Mapping[str, Any], name: str, *, required: bool = True) -> float | None:
    """A NumericDate (RFC 7519 §2); None when it is not there and need not be. Raises SignatureRejected."""
    value = claims.get(name)
    if value is None and not required:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 2**53:
        raise SignatureRejected(f"its {name} is missing or no time")
    return float(value)


def text_in(claims: Mapping[str, Any], name: str, *, longest: int = 256) -> str:
    """Raises SignatureRejected."""
    value = claims.get(name)
    if not isinstance(value, str) or not value or len(value) > longest:
        raise SignatureRejected(f"its {name} is missing or no text of {longest} characters at most")
    return value


def _object(part: str) -> dict[str, Any]:
    """Raises ValueError, RecursionError."""
    found = json.loads(from_base64url(part), object_pairs_hook=_once, parse_constant=_refuse, parse_float=_finite)
    if not isinstance(found, dict):
        raise ValueError("not an object")
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name twice")
    return found


def _refuse(constant: str) -> Any:
    raise ValueError(constant)


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError("too large")
    return number


def _is_sound_rsa(jwk: Mapping[str, Any]) -> bool:
    """A key of the client's own choice must not make verifying dear."""
    try:
        modulus, exponent = (int.from_bytes(from_base64url(jwk.get(name, ""))) for name in ("n", "e"))
    except ValueError:
        return False
    return modulus.bit_length() in _RSA_BITS and exponent.bit_length() <= _EXPONENT_BITS
