"""One-time codes for SDKs inside apps (contract/wire.md §3.5): messages that nobody signs, so the nonce that they must name,
the transaction it is of and the limits on codes do the work."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from apps.applications.models import Application
from apps.authentication import embedded_flows, flows
from apps.authentication.models import LoginFlow
from apps.authentication.services import one_time_codes
from apps.authentication.services.answers import Authenticated
from apps.authentication.services.one_time_codes import CodeOver, CodeRefused
from apps.core.context import Context
from apps.credentials import invoke
from apps.credentials.proofs import ProofRejected, Question, jwt


@dataclass(frozen=True, slots=True)
class CodeWanted:
    """`email_otp_initiate`."""

    token: jwt.Token


@dataclass(frozen=True, slots=True)
class CodeGiven:
    """`otp_redeem`; `code` as the person typed it."""

    token: jwt.Token
    code: object


@dataclass(frozen=True, slots=True)
class Challenged:
    """A code was sent, or another try is left: the challenge for the next message."""

    transaction_id: str
    nonce: str


def message_in(token: jwt.Token) -> CodeWanted | CodeGiven | None:
    """What an unsigned token asks for; None for one that may not go unsigned."""
    control = token.claims.get("authentication_control")
    if not token.is_unsigned or not isinstance(control, Mapping):
        return None
    match control.get("control"):
        case "email_otp_initiate":
            return CodeWanted(token)
        case "otp_redeem":
            return CodeGiven(token, control.get("otp"))
    return None


def issue(ctx: Context, application: Application, wanted: CodeWanted) -> Challenged:
    """Sends a code to the address that the message names, the same answer whoever has it. Raises ProofRefused, Invalid (no
    address), CodesClosed, RateLimited."""
    flow = _flow(ctx, application, wanted.token)
    address = _address_in(ctx, application, wanted.token)
    one_time_codes.issue(ctx, flow, address)
    return Challenged(str(flow.pk), flow.nonce)


def redeem(
    ctx: Context, application: Application, given: CodeGiven, *, signals: Mapping[str, Any]
) -> Authenticated | Challenged:
    """Raises RateLimited, ProofRefused, CodeOver when no try is left, PolicyDenied, VerificationRequired, NothingGranted,
    RequirementUnmet."""
    flow = _flow(ctx, application, given.token)
    try:
        return one_time_codes.redeem(ctx, flow, given.code, signals=signals)
    except CodeOver:
        raise
    except CodeRefused:
        return Challenged(str(flow.pk), flow.nonce)


def _flow(ctx: Context, application: Application, token: jwt.Token) -> LoginFlow:
    """The open flow whose nonce the message names, and which nobody names again: of two at once one goes on."""
    flow = embedded_flows.named(ctx, application, token.claims.get("bi_tid"))
    try:
        jwt.check_open_claims(token.claims, _question(ctx, flow))
    except ProofRejected as problem:
        raise embedded_flows.refused(ctx, application, str(problem)) from None
    if not flows.take_nonce(ctx, flow):
        raise embedded_flows.refused(ctx, application, "the nonce was answered already")
    return flow


def _question(ctx: Context, flow: LoginFlow) -> Question:
    """Who it is about is what the code is to show."""
    return Question(
        audience=flows.audience_of(flow.application),
        transaction=str(flow.pk),
        nonce=flow.nonce,
        subject=invoke.NOBODY,
        now=ctx.now,
    )


def _address_in(ctx: Context, application: Application, token: jwt.Token) -> str:
    """Of "MAIL=<address>, OU=<realm>, O=<tenant>"."""
    subject = token.claims.get("sub")
    place = f", OU={application.realm_id}, O={application.tenant_id}"
    if not isinstance(subject, str) or not subject.startswith("MAIL=") or not subject.endswith(place):
        raise embedded_flows.refused(ctx, application, "sub names no address of this realm")
    return subject.removeprefix("MAIL=").removesuffix(place)
