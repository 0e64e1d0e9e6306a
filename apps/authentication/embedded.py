"""Signing in with an SDK inside an app (contract/wire.md §3.4, extensions.md §5, §10): no page of ours, no cookie, and no
session.

What is posted says itself which flow it answers. Whoever posts hears one sentence whatever was wrong; the event knows.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import F

from apps.applications.models import Application
from apps.authentication import embedded_codes, embedded_flows
from apps.authentication.embedded_codes import CodeGiven, CodeWanted
from apps.authentication.models import LoginFlow
from apps.authentication.services import proofs
from apps.authentication.services.answers import Authenticated
from apps.authentication.services.proofs import ChallengeExpired
from apps.core.context import Context
from apps.core.errors import Invalid, Violation
from apps.credentials import ceremonies, kinds
from apps.credentials.kinds import LoginProof
from apps.credentials.proofs import ProofMalformed, jwt, x509
from apps.policy import services as policy


@dataclass(frozen=True, slots=True)
class AskedAgain:
    """The proof is right and came too late, or the policy wants to see that the device checked who its owner is."""

    transaction_id: str
    nonce: str


def read(claims: str) -> LoginProof | CodeWanted | CodeGiven:
    """What the form field `claims` holds: a proof, or a message about a one-time code. Raises Invalid (malformed)."""
    try:
        proof = kinds.parse_claims(claims)
    except ProofMalformed as problem:
        raise Invalid(Violation("claims", str(problem))) from None
    return (embedded_codes.message_in(proof) if isinstance(proof, jwt.Token) else None) or proof


def answer(
    ctx: Context, application: Application, proof: LoginProof, *, signals: Mapping[str, Any], flow_id: str = ""
) -> Authenticated | AskedAgain:
    """`flow_id` may name the flow of a certificate, which is found without it. Raises ProofRefused for a flow that is not
    there or over, and what proofs.authenticate_with does."""
    flow = _flow(ctx, application, proof, flow_id)
    try:
        return proofs.authenticate_with(ctx, flow, proof, signals=signals)
    except (policy.VerificationRequired, ChallengeExpired):
        if not _may_ask_again(flow):
            raise
        return AskedAgain(str(flow.pk), flow.nonce)


def _flow(ctx: Context, application: Application, proof: LoginProof, flow_id: str) -> LoginFlow:
    if isinstance(proof, x509.Certificate):
        if flow_id:
            return embedded_flows.named(ctx, application, flow_id)
        return embedded_flows.answered_by(ctx, application, proof.proof_digest)
    claims = (proof.claims or {}) if isinstance(proof, ceremonies.Assertion) else proof.claims
    return embedded_flows.named(ctx, application, claims.get("bi_tid"))


def _may_ask_again(flow: LoginFlow) -> bool:
    if not proofs.may_be_asked_again(flow):
        return False
    rows = LoginFlow.objects.filter(pk=flow.pk, asked_again__lt=proofs.ASKED_AGAIN_AT_MOST, consumed_at=None)
    return rows.update(asked_again=F("asked_again") + 1) == 1
