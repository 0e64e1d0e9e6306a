"""One software passkey: a P-256 key, whose it is, and the two kinds of proof it can make (contract/extensions.md §5)."""

import base64
import hashlib
import json
import secrets
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Literal

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from identity_cloud_authenticator.encoding import base64url, encoded

Kind = Literal["X509", "JWT"]
BEFORE, AFTER = (
    timedelta(seconds=120),
    timedelta(seconds=150),
)  # of the five minutes that a certificate may be valid for
PROOF = "urn:identity-cloud:proof:"
_USAGE = x509.KeyUsage(True, False, False, False, False, False, False, False, False)


@dataclass(frozen=True, slots=True)
class Question:
    """What a proof answers: the URL it is posted to, and the flow's transaction and nonce or the job's id and the token."""

    audience: str
    transaction: str
    nonce: str


@dataclass(frozen=True)
class Passkey:
    """`kid` is the RFC 7638 thumbprint of its key, `credential_id` the server's name for it ("" until it is bound)."""

    key: ec.EllipticCurvePrivateKey
    tenant: str
    realm: str
    identity: str
    kind: Kind = "X509"
    credential_id: str = ""
    username: str = ""

    @cached_property
    def kid(self) -> str:
        return base64url(hashlib.sha256(json.dumps(self.jwk, separators=(",", ":"), sort_keys=True).encode()).digest())

    @property
    def jwk(self) -> dict[str, str]:
        numbers = self.key.public_key().public_numbers()
        x, y = (base64url(each.to_bytes(32, "big")) for each in (numbers.x, numbers.y))
        return {"crv": "P-256", "kty": "EC", "x": x, "y": y}

    @property
    def subject(self) -> str:
        return f"CN={self.identity}, OU={self.realm}, O={self.tenant}"

    def certificate(self, question: Question, now: datetime) -> str:
        """Base64 of DER: fresh, self-issued, and of use for this one question."""
        name = self._name()
        made = (
            x509.CertificateBuilder(issuer_name=name, subject_name=name, public_key=self.key.public_key())
            .serial_number(secrets.randbits(128) | 1 << 120)
            .not_valid_before(now - BEFORE)
            .not_valid_after(now + AFTER)
            .add_extension(_USAGE, critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
            .add_extension(x509.SubjectAlternativeName([_uri(question)]), critical=False)
            .sign(self.key, hashes.SHA256())
        )
        return base64.b64encode(made.public_bytes(serialization.Encoding.DER)).decode()

    def bind_token(self, token: str) -> str:
        """A JWS with the key in its header (contract/wire.md §3.2)."""
        return self._signed({"alg": "ES256", "jwk": self.jwk}, {"sub": self.subject, "token": token})

    def login_token(self, question: Question, now: datetime) -> str:
        """A JWS that names the key (contract/wire.md §3.4)."""
        moment = int(now.timestamp())
        claims = {
            "iss": "identity-cloud-authenticator", "sub": self.subject, "aud": [question.audience], "iat": moment,
            "nbf": moment - 300, "exp": moment + 300, "jti": str(uuid.uuid4()), "bi_tid": question.transaction,
            "bi_non": question.nonce, "bi_prf": "W10=", "bi_pol_ver": "v3", "flow_type": "embedded",
        }  # fmt: skip
        return self._signed({"alg": "ES256", "kid": self.kid}, claims)

    def _signed(self, header: dict[str, Any], claims: dict[str, Any]) -> str:
        signed = f"{encoded(header)}.{encoded(claims)}"
        r, s = decode_dss_signature(self.key.sign(signed.encode(), ec.ECDSA(hashes.SHA256())))
        return f"{signed}.{base64url(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"

    def _name(self) -> x509.Name:
        parts = (
            (NameOID.COMMON_NAME, self.identity),
            (NameOID.ORGANIZATIONAL_UNIT_NAME, self.realm),
            (NameOID.ORGANIZATION_NAME, self.tenant),
        )
        return x509.Name([x509.NameAttribute(oid, value) for oid, value in parts])


def generate() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def _uri(question: Question) -> x509.UniformResourceIdentifier:
    answered = "\0".join((question.audience, question.transaction, question.nonce)).encode()
    return x509.UniformResourceIdentifier(PROOF + base64url(hashlib.sha256(answered).digest()))
