"""What browsers and SDKs hand over after a WebAuthn ceremony: read, and not yet believed (WebAuthn L3 §5.8.1, §7.1, §7.2).

Values in, values out. What a signature is needed for is in webauthn.py.
"""

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from apps.credentials.proofs import ProofMalformed, ProofRejected, Question

_WEBAUTHN_ID = re.compile(r"[A-Za-z0-9_-]{1,1364}=*")


@dataclass(frozen=True, slots=True)
class Assertion:
    """A parsed, unbelieved assertion. `claims` are those in its challenge, None where the challenge is the bare nonce."""

    webauthn_id: str
    client_data: bytes
    authenticator_data: bytes
    signature: bytes
    user_handle: str
    claims: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Registration:
    """A parsed, unbelieved registration."""

    client_data: bytes
    attestation_object: bytes
    transports: tuple[str, ...] = ()


def parse_registration(raw: str) -> Registration:
    """Of a WEBAUTHN bind proof: JSON in a string (contract/wire.md §3.2). Raises ProofMalformed."""
    body = _object(_json(raw))
    transports = body.get("transports", [])
    if not isinstance(transports, list) or not all(map(_is_word, transports)):
        raise ProofMalformed("transports")
    client_data = _bytes(body, "client_data_json_base64")
    challenge_of(client_data)
    return Registration(client_data, _bytes(body, "attestation_object"), tuple(transports[:8]))


def parse_assertion(raw: object) -> Assertion:
    """Of PublicKeyCredential.toJSON(). Raises ProofMalformed."""
    body = _object(raw)
    response = _object(body.get("response"))
    webauthn_id = body.get("id")
    if not isinstance(webauthn_id, str) or not _WEBAUTHN_ID.fullmatch(webauthn_id):
        raise ProofMalformed("id")
    user_handle = response.get("userHandle") or ""
    if not isinstance(user_handle, str) or len(user_handle) > 100:
        raise ProofMalformed("userHandle")
    return Assertion(
        webauthn_id=webauthn_id.rstrip("="),
        client_data=_bytes(response, "clientDataJSON"),
        authenticator_data=_bytes(response, "authenticatorData"),
        signature=_bytes(response, "signature"),
        user_handle=user_handle.rstrip("="),
    )


def parse_claims_assertion(raw: object) -> Assertion:
    """Of the reference's SDK: JSON in a string, whose challenge is JSON in its turn and names the passkey and the
    transaction (contract/wire.md §3.4). Raises ProofMalformed."""
    if not isinstance(raw, str):
        raise ProofMalformed("WebAuthn")
    body = _object(_json(raw))
    client_data = _bytes(body, "client_data")
    try:
        claims = claims_in(challenge_of(client_data), "claims")
        raw_id = decode(claims.get("pub_key_cred_id"), "pub_key_cred_id")
    except ProofRejected as problem:
        raise ProofMalformed(str(problem)) from None
    return Assertion(
        webauthn_id=base64.urlsafe_b64encode(raw_id).rstrip(b"=").decode(),
        client_data=client_data,
        authenticator_data=_bytes(body, "authenticator_data"),
        signature=_bytes(body, "signature"),
        user_handle="",
        claims=claims,
    )


def challenge_of(client_data: bytes) -> bytes:
    """What the client says it signed; compare it before you believe anything. Raises ProofMalformed."""
    return decode(_client_data(client_data).get("challenge"), "challenge")


def checked_origin(client_data: bytes, ceremony: str, question: Question) -> str:
    """The page's, one of those that were asked, for this ceremony and in no frame of another's. Raises ProofRejected."""
    data = _client_data(client_data)
    if data.get("type") != ceremony:
        raise ProofRejected("another ceremony")
    if data.get("crossOrigin", False) is not False or "topOrigin" in data:
        raise ProofRejected("cross-origin ceremony")
    origin = data.get("origin")
    if not isinstance(origin, str) or origin not in question.origins:
        raise ProofRejected("foreign origin")
    return origin


def _is_word(value: object) -> bool:
    """Fit to be stored: `raw` is JSON inside JSON, so its strings were seen by no strict parser."""
    return isinstance(value, str) and len(value) < 20 and value.isascii() and value.isprintable()


def _client_data(raw: bytes) -> Mapping[str, Any]:
    return _object(_json(raw))


def claims_in(challenge: bytes, member: str = "") -> Mapping[str, Any]:
    """JSON that is the challenge itself, or a member of it."""
    try:
        said = _object(_json(challenge))
        return _object(said.get(member)) if member else said
    except ProofMalformed:
        raise ProofRejected("challenge is not this job's" if not member else "challenge holds no claims") from None


def _json(raw: str | bytes) -> Any:
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        raise ProofMalformed("not JSON") from None


def _object(value: object) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise ProofMalformed("not an object")
    return value


def _bytes(body: Mapping[str, Any], name: str) -> bytes:
    return decode(body.get(name), name)


def decode(value: object, name: str) -> bytes:
    """base64 or base64url, padded or not: SDKs differ, and what is decoded is verified anyway."""
    if not isinstance(value, str) or not value or len(value) > 65_536 or not value.isascii():
        raise ProofMalformed(name)
    text = value.replace("+", "-").replace("/", "_").rstrip("=")
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise ProofMalformed(name) from None
