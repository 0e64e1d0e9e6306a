"""A passkey in software: it registers and signs as a browser and its authenticator do together, or lies as it is told.

Formats: WebAuthn L3 §5.8.1 (client data), §6.1 (authenticator data), §6.5 (attestation); COSE keys: RFC 9053.
"""

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

ES256, EDDSA, ES384, RS256 = -7, -8, -35, -257
USER_PRESENT, USER_VERIFIED, BACKUP_ELIGIBLE, BACKED_UP, ATTESTED, EXTENSIONS = 1, 4, 8, 16, 64, 128
NO_AAGUID = bytes(16)


def base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@dataclass(frozen=True)
class Registration:
    client_data: bytes
    attestation_object: bytes

    @property
    def raw(self) -> str:
        """The `raw` of a WEBAUTHN bind proof (contract/wire.md §3.2)."""
        body = {"client_data_json_base64": self.client_data, "attestation_object": self.attestation_object}
        return json.dumps({name: base64url(value) for name, value in body.items()})


@dataclass
class SoftPasskey:
    """One key pair. Its fields are what it truthfully is; the options of `create` and `get` are the lies."""

    algorithm: int = ES256
    aaguid: bytes = NO_AAGUID
    backup_eligible: bool = False
    counter: int = 0
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(16))
    user_handle: bytes = b""
    key: Any = None
    webauthn_id: str = field(init=False)

    def __post_init__(self) -> None:
        self.key = self.key or _generate(self.algorithm)
        self.webauthn_id = base64url(self.credential_id)

    def create(
        self, challenge: bytes, *, origin: str, user_handle: bytes = b"", attestation: Any = "none",
        attestation_key: Any = None, chain: Any = (), trailing: bytes = b"", **lies: Any,
    ) -> Registration:  # fmt: skip
        """`attestation` none or packed (self attestation, or by `attestation_key`, whose certificates `chain` holds in DER),
        or what makes (format, statement) of the passkey, the authenticator data and the client data.
        `lies`: see `_client_data`, `_flags`."""
        self.user_handle = user_handle or self.user_handle
        client_data = _client_data("webauthn.create", challenge, origin, lies)
        cose = cbor2.dumps(_cose(self.key, self.algorithm)) + trailing
        attested = self.aaguid + len(self.credential_id).to_bytes(2, "big") + self.credential_id + cose
        data = self._authenticator_data(origin, ATTESTED, lies) + attested
        statement: dict[str, Any] = {}
        if callable(attestation):
            attestation, statement = attestation(self, data, client_data)
        if attestation == "packed":
            signature = _sign(attestation_key or self.key, self.algorithm, data + hashlib.sha256(client_data).digest())
            statement = {"alg": self.algorithm, "sig": signature, **({"x5c": list(chain)} if chain else {})}
        return Registration(client_data, cbor2.dumps({"fmt": attestation, "attStmt": statement, "authData": data}))

    def get(self, challenge: bytes, *, origin: str, user_handle: bytes | None = None, **lies: Any) -> dict[str, Any]:
        """What PublicKeyCredential.toJSON() gives. `signed_by` signs with another key, `tamper` with a chosen part."""
        client_data = _client_data("webauthn.get", challenge, origin, lies)
        data = self._authenticator_data(origin, 0, lies)
        signer = lies.get("signed_by", self.key)
        signature = _sign(signer, self.algorithm, data + hashlib.sha256(client_data).digest())
        handle = self.user_handle if user_handle is None else user_handle
        parts = {"authenticatorData": data, "clientDataJSON": client_data, "signature": signature, "userHandle": handle}
        if lies.get("tamper"):
            parts[lies["tamper"]] = _flip_last_bit(parts[lies["tamper"]])
        if lies.get("truncate"):
            parts[lies["truncate"]] = parts[lies["truncate"]][:-1]
        response = {name: base64url(value) for name, value in parts.items() if value}
        shown = base64url(lies.get("credential_id", self.credential_id))
        return {"id": shown, "rawId": shown, "type": "public-key", "response": response}

    def _authenticator_data(self, origin: str, flags: int, lies: dict[str, Any]) -> bytes:
        rp_id = lies.get("rp_id") or urlsplit(origin).hostname or ""
        flags |= USER_PRESENT if lies.get("user_present", True) else 0
        flags |= USER_VERIFIED if lies.get("user_verified", True) else 0
        eligible = lies.get("backup_eligible", self.backup_eligible)
        flags |= (BACKUP_ELIGIBLE if eligible else 0) | (BACKED_UP if lies.get("backed_up", eligible) else 0)
        if self.counter and "counter" not in lies:
            self.counter += 1
        counter = lies.get("counter", self.counter)
        extensions = lies.get("extensions", b"")
        flags |= EXTENSIONS if extensions and not flags & ATTESTED else 0
        return hashlib.sha256(rp_id.encode()).digest() + bytes([flags]) + counter.to_bytes(4, "big") + extensions


def _client_data(kind: str, challenge: bytes, origin: str, lies: dict[str, Any]) -> bytes:
    told = {
        "type": lies.get("type", kind),
        "challenge": base64url(challenge),
        "origin": lies.get("origin_told", origin),
    }
    told |= {"crossOrigin": lies.get("cross_origin", False)}
    if "top_origin" in lies:
        told["topOrigin"] = lies["top_origin"]
    return json.dumps(told, separators=(",", ":")).encode()


def _generate(algorithm: int) -> Any:
    match algorithm:
        case -8:
            return ed25519.Ed25519PrivateKey.generate()
        case -257:
            return rsa.generate_private_key(65537, 2048)
        case -35:
            return ec.generate_private_key(ec.SECP384R1())
    return ec.generate_private_key(ec.SECP256R1())


def _cose(key: Any, algorithm: int) -> dict[int, Any]:
    public = key.public_key()
    if isinstance(public, rsa.RSAPublicKey):
        numbers = public.public_numbers()
        return {
            1: 3,
            3: algorithm,
            -1: numbers.n.to_bytes((numbers.n.bit_length() + 7) // 8, "big"),
            -2: b"\x01\x00\x01",
        }
    if isinstance(public, ed25519.Ed25519PublicKey):
        return {1: 1, 3: algorithm, -1: 6, -2: public.public_bytes_raw()}
    size = public.curve.key_size // 8
    x, y = public.public_numbers().x, public.public_numbers().y
    return {1: 2, 3: algorithm, -1: 1 if size == 32 else 2, -2: x.to_bytes(size, "big"), -3: y.to_bytes(size, "big")}


def _sign(key: Any, algorithm: int, message: bytes) -> bytes:
    match algorithm:
        case -8:
            return key.sign(message)
        case -257:
            return key.sign(message, padding.PKCS1v15(), hashes.SHA256())
        case -35:
            return key.sign(message, ec.ECDSA(hashes.SHA384()))
    return key.sign(message, ec.ECDSA(hashes.SHA256()))


def _flip_last_bit(raw: bytes) -> bytes:
    return raw[:-1] + bytes([raw[-1] ^ 1])
