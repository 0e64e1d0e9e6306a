"""Signing in with an SDK inside an app (contract/wire.md §3.4, extensions.md §5, §10): no page of ours, no cookie, no session.

What is posted says itself which flow it answers. Whoever posts hears one sentence whatever was wrong; the event knows.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import F

from apps.applications.models import Application
from apps.authentication import flows
from apps.authentication.flows import FlowOver, FlowUnknown
from apps.authentication.models import LoginFlow
from apps.authentication.services import proofs
from apps.authentication.services.answers import Authenticated
from apps.core.context import Context
from apps.core.errors import Invalid, Violation
from apps.credentials import kinds, webauthn
from apps.credentials.kinds import LoginProof
from apps.credentials.proofs import ProofMalformed, x509
from apps.credentials.services.passkeys import ProofRefused
from apps.events.attempt import record
from apps.events.types import EventType
from apps.policy import services as policy


@dataclass(frozen=True, slots=True)
class AskedAgain:
    """The proof is right, and the policy wants to see that the device checked who its owner is."""

    transaction_id: str
    nonce: str


def answer(
    ctx: Context, application: Application, claims: str, *, signals: Mapping[str, Any], flow_id: str = ""
) -> Authenticated | AskedAgain:
    """`claims` is the form field; `flow_id` may name the flow of a certificate, which is found without it.

    Raises Invalid (malformed), ProofRefused for a flow that is not there or over, and what proofs.answer does.
    """
    try:
        proof = kinds.parse_claims(claims)
    except ProofMalformed as problem:
        raise Invalid(Violation("claims", str(problem))) from None
    flow = _flow(ctx, application, proof, flow_id)
    try:
        return proofs.answer(ctx, flow, proof, signals=signals)
    except policy.VerificationRequired:
        if not _may_ask_again(flow):
            raise
        return AskedAgain(str(flow.pk), flow.nonce)


def _flow(ctx: Context, application: Application, proof: LoginProof, flow_id: str) -> LoginFlow:
    try:
        if isinstance(proof, x509.Certificate) and not flow_id:
            return flows.find_by_proof(ctx, application, proof.proof_digest)
        return flows.get_flow(ctx, application, flow_id or _transaction_in(proof), "")
    except (FlowUnknown, FlowOver) as refusal:
        reason = "the sign-in is over" if isinstance(refusal, FlowOver) else "no open sign-in is answered by it"
        told = {"phase": "COMPLETE", "reason": reason}
        record(ctx, EventType.AUTHENTICATION_TRANSACTION, application.realm, outcome=refusal.event_outcome, **told)
        raise ProofRefused(reason) from None


def _transaction_in(proof: LoginProof) -> str:
    """Unbelieved: it is looked up, and then held against the flow's own."""
    if isinstance(proof, x509.Certificate):
        return ""
    claims = proof.claims if not isinstance(proof, webauthn.Assertion) else proof.claims or {}
    told = claims.get("bi_tid")
    return told if isinstance(told, str) else ""


def _may_ask_again(flow: LoginFlow) -> bool:
    if not proofs.may_be_asked_again(flow):
        return False
    rows = LoginFlow.objects.filter(pk=flow.pk, asked_again__lt=proofs.ASKED_AGAIN_AT_MOST, consumed_at=None)
    return rows.update(asked_again=F("asked_again") + 1) == 1
