"""Finding the flow that a message from an SDK answers. What is not found is refused like a proof that does not hold."""

from apps.applications.models import Application
from apps.authentication import flows
from apps.authentication.flows import FlowOver, FlowUnknown
from apps.authentication.models import LoginFlow
from apps.core.context import Context
from apps.credentials.services.passkeys import ProofRefused
from apps.events.attempt import record
from apps.events.types import EventType


def named(ctx: Context, application: Application, transaction_id: object) -> LoginFlow:
    """Raises ProofRefused."""
    try:
        return flows.get_flow(ctx, application, transaction_id if isinstance(transaction_id, str) else "", "")
    except (FlowUnknown, FlowOver) as refusal:
        raise _not_open(ctx, application, refusal) from None


def answered_by(ctx: Context, application: Application, proof_digest: str) -> LoginFlow:
    """By what is among a certificate's names. Raises ProofRefused."""
    try:
        return flows.find_by_proof(ctx, application, proof_digest)
    except (FlowUnknown, FlowOver) as refusal:
        raise _not_open(ctx, application, refusal) from None


def refused(ctx: Context, application: Application, reason: str) -> ProofRefused:
    """To be raised; the event is written already."""
    told = {"phase": "COMPLETE", "code": ProofRefused.code.upper(), "reason": reason}
    record(ctx, EventType.AUTHENTICATION_TRANSACTION, application.realm, outcome="DENY", **told)
    return ProofRefused(reason)


def _not_open(ctx: Context, application: Application, refusal: FlowUnknown | FlowOver) -> ProofRefused:
    over = isinstance(refusal, FlowOver)
    return refused(ctx, application, "the sign-in is over" if over else "no open sign-in is answered by it")
