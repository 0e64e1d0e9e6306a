"""A software passkey: it proves itself by certificate or JWT as browsers' SDKs do, or lies as it is told.

Formats: contract/extensions.md §5 and §10 (X509), contract/wire.md §3.2 and §3.4 (JWT).
"""

import base64
import hashlib
import json
import secrets
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from joserfc.jwk import ECKey

from tests.authenticator import base64url

_USAGES = (
    "digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "key_cert_sign",
    "crl_sign", "encipher_only", "decipher_only",
)  # fmt: skip


def digest(audience: str, transaction: str, nonce: str) -> str:
    return base64url(hashlib.sha256(b"\x00".join(each.encode() for each in (audience, transaction, nonce))).digest())


def key_usage(*wanted: str) -> x509.KeyUsage:
    return x509.KeyUsage(**{name: name in wanted for name in _USAGES})


class SoftwareKey:
    """One P-256 key pair. `kid` is its RFC 7638 thumbprint."""

    def __init__(self, key: Any = None) -> None:
        self.key = key or ec.generate_private_key(ec.SECP256R1())
        self.jwk = ECKey.import_key(self.key.public_key()).as_dict(private=False)
        self.kid = ECKey.import_key(self.key.public_key()).thumbprint()

    def certificate(self, whose: str, audience: str, transaction: str, nonce: str, **lies: Any) -> str:
        """Base64 of DER. `lies` replace a part: subject, issuer, serial, not_before, life, hash, names, names_critical,
        usage, usage_critical, purposes, purposes_critical, extra, signed_by, spki."""
        begins = lies.get("not_before", datetime.now(UTC) - timedelta(seconds=30))
        builder = (
            x509.CertificateBuilder()
            .subject_name(_name(lies.get("subject", whose)))
            .issuer_name(_name(lies.get("issuer", lies.get("subject", whose))))
            .public_key(lies.get("spki", self.key.public_key()))
            .serial_number(lies.get("serial", secrets.randbits(128) | 1 << 127))
            .not_valid_before(begins)
            .not_valid_after(begins + lies.get("life", timedelta(minutes=2)))
        )
        uri = x509.UniformResourceIdentifier(f"urn:identity-cloud:proof:{digest(audience, transaction, nonce)}")
        usage = lies.get("usage", key_usage("digital_signature"))
        purposes = lies.get("purposes", [ExtendedKeyUsageOID.CLIENT_AUTH])
        names = lies.get("names", [uri])
        if usage:
            builder = builder.add_extension(usage, critical=lies.get("usage_critical", True))
        if purposes:
            builder = builder.add_extension(x509.ExtendedKeyUsage(purposes), lies.get("purposes_critical", False))
        if names:
            builder = builder.add_extension(x509.SubjectAlternativeName(names), lies.get("names_critical", False))
        for extension, critical in lies.get("extra", ()):
            builder = builder.add_extension(extension, critical)
        made = builder.sign(lies.get("signed_by", self.key), lies.get("hash", hashes.SHA256()))
        return base64.b64encode(made.public_bytes(serialization.Encoding.DER)).decode()

    def sign(self, header: dict[str, Any], claims: Any) -> str:
        """The signature is right whatever stands in the header; members that are None are left out."""
        shown = {name: value for name, value in header.items() if value is not None}
        said = {n: v for n, v in claims.items() if v is not None} if isinstance(claims, dict) else claims
        signed = f"{base64url(json.dumps(shown).encode())}.{base64url(json.dumps(said).encode())}"
        r, s = decode_dss_signature(self.key.sign(signed.encode(), ec.ECDSA(hashes.SHA256())))
        return f"{signed}.{base64url(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"

    def bind_token(self, subject: str, token: str, *, header: dict[str, Any] | None = None, **changes: Any) -> str:
        claims = {"sub": subject, "token": token, **changes}
        return self.sign({"alg": "ES256", "jwk": self.jwk, **(header or {})}, claims)

    def login_token(
        self, subject: str, audience: str, transaction: str, nonce: str, *, header: dict[str, Any] | None = None,
        **changes: Any,
    ) -> str:  # fmt: skip
        claims = {**login_claims(subject, audience, transaction, nonce), **changes}
        return self.sign({"alg": "ES256", "kid": self.kid, **(header or {})}, claims)


def login_claims(subject: str, audience: str, transaction: str, nonce: str) -> dict[str, Any]:
    """As the reference's SDK says them (contract/wire.md §3.4)."""
    now = int(time.time())
    return {
        "iss": "0f4a5b16-7b1c-4c86-9b6e-6f3f6a1e2a11:3.0.6", "sub": subject, "aud": [audience], "exp": now + 4200,
        "nbf": now - 4200, "iat": now, "jti": secrets.token_urlsafe(16), "bi_tid": transaction, "bi_non": nonce,
        "bi_prf": "W10=", "bi_pol_ver": "v3", "flow_type": "embedded",
    }  # fmt: skip


def _name(subject: Any) -> x509.Name:
    """Of "CN=…, OU=…, O=…", or a name that is one already."""
    if not isinstance(subject, str):
        return subject
    kinds = {
        "CN": NameOID.COMMON_NAME, "OU": NameOID.ORGANIZATIONAL_UNIT_NAME, "O": NameOID.ORGANIZATION_NAME,
        "C": NameOID.COUNTRY_NAME,
    }  # fmt: skip
    parts = (part.split("=", 1) for part in subject.split(", ") if part)
    return x509.Name([x509.NameAttribute(kinds[kind], value) for kind, value in parts])
