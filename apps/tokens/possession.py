"""Proof that whoever sends a request holds a key (RFC 9449): at our own endpoints, with our own nonces, each proof once."""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass

from django.conf import settings

from apps.core.context import Context
from apps.core.errors import Unauthenticated
from apps.tokens import dpop
from apps.tokens.dpop import NonceWanted, Proof, ProofRejected
from apps.tokens.signatures import ALGORITHMS
from apps.tokens.used_once import Once

SCHEME = "DPoP"  # of Authorization headers: the token is bound to a key


class PossessionRefused(Unauthenticated):
    """No proof, or not a good one. `code` is invalid_dpop_proof or use_dpop_nonce (RFC 9449 §5, §8, §9), `nonce` what the
    answer's DPoP-Nonce header should say."""

    def __init__(self, message: str, *, nonce: str, code: str = ProofRejected.error) -> None:
        super().__init__(message)
        self.code, self.nonce = code, nonce


@dataclass(frozen=True, slots=True)
class Shown:
    """A DPoP header, and where it was sent: `url` is the endpoint's own, built from settings."""

    header: str
    method: str
    url: str


def check(
    ctx: Context,
    shown: Shown,
    *,
    algorithms: Collection[str] = ALGORITHMS,
    access_token: str = "",
    nonce_required: bool = False,
) -> Proof:
    """Reads and verifies, but for single use: see `once`. Raises PossessionRefused."""
    try:
        return dpop.read_proof(
            shown.header,
            method=shown.method,
            url=shown.url,
            now=ctx.now.timestamp(),
            nonce_key=_nonce_key(),
            algorithms=algorithms,
            access_token=access_token,
            nonce_required=nonce_required,
        )
    except ProofRejected as problem:
        code = NonceWanted.error if isinstance(problem, NonceWanted) else ProofRejected.error
        raise PossessionRefused(str(problem), nonce=nonce(ctx), code=code) from None


def once(proof: Proof) -> Once:
    return Once("dpop", proof.jkt, proof.jti, proof.expires_at)


def spend(ctx: Context, proof: Proof) -> None:
    """Raises PossessionRefused for a proof that was used before."""
    if not once(proof).spend():
        raise PossessionRefused("DPoP: the proof was used before", nonce=nonce(ctx))


def nonce(ctx: Context) -> str:
    """For the DPoP-Nonce header of an answer."""
    return dpop.nonce_at(_nonce_key(), ctx.now.timestamp())


def _nonce_key() -> bytes:
    return hashlib.sha256(b"dpop-nonce:" + settings.SECRET_KEY.encode()).digest()
