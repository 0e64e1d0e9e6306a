"""What a proof must answer, and what it proves. Each kind of proof has a module: WebAuthn's is credentials/webauthn.py.

Refuses nothing itself: a module says ProofMalformed for what is no proof of its kind (400), and ProofRejected for one that
proves nothing to us. Values in, values out: no framework, no database, no clock.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

SKEW = timedelta(seconds=60)  # contract/extensions.md §5


class ProofMalformed(Exception):
    """Not a proof of its kind at all: answer 400."""


class ProofRejected(Exception):
    """A proof that proves nothing to us. The reason is for the event, not for the client."""


class Kind(StrEnum):
    WEBAUTHN = "webauthn"
    X509 = "x509"
    JWT = "jwt"


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom a proof must name, in that order (contract/wire.md §3.2)."""

    identity: str
    realm: str
    tenant: str

    def __str__(self) -> str:
        return f"CN={self.identity}, OU={self.realm}, O={self.tenant}"


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked, and of whom. `audience` is the URL that the proof is posted to; at bind `transaction` is the job's id
    and `nonce` the link's token, at login they are the flow's. `origins` are the pages that a browser may have been at,
    `attestation_roots` (PEM) whom we believe what a key is in."""

    audience: str
    transaction: str
    nonce: str
    subject: Subject
    now: datetime
    origins: Sequence[str] = ()
    verification_required: bool = True
    attestation_roots: Sequence[bytes] = ()


@dataclass(frozen=True, slots=True)
class NewKey:
    """What a proof at bind showed: a key, and what is known of where its private half is.

    `public_key` is COSE for WebAuthn and SubjectPublicKeyInfo (DER) for the others; `webauthn_id` is base64url.
    """

    kind: Kind
    public_key: bytes
    jwk: dict[str, Any]
    jwk_thumbprint: str
    webauthn_id: str = ""
    sign_count: int = 0
    aaguid: str = ""
    attestation_format: str = ""
    attestation_trusted: bool = False
    backup_eligible: bool = False
    backed_up: bool = False
    user_verified: bool = False
    transports: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class KnownKey:
    """The stored half that a proof at login is held against. Empty `user_handle`: not known, not compared."""

    public_key: bytes
    webauthn_id: str = ""
    sign_count: int = 0
    backup_eligible: bool = False
    user_handle: str = ""


@dataclass(frozen=True, slots=True)
class Proven:
    """What a proof at login showed beyond that the key was there."""

    user_verified: bool = False
    sign_count: int = 0
    backed_up: bool = False
