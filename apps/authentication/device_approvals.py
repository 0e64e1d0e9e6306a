"""Yes to a device that wants to be added: a passkey's proof over this very addition, and the realm's policy."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings

from apps.authentication import challenges
from apps.authentication import device_additions as additions
from apps.authentication.models import AdditionState, DeviceAddition
from apps.authentication.services import decisions, proofs
from apps.authentication.services.proofs import ChallengeExpired
from apps.core.context import Context
from apps.core.errors import Invalid, Violation
from apps.core.rows import hold
from apps.credentials import invoke, kinds
from apps.credentials.kinds import LoginProof
from apps.credentials.models import Credential
from apps.credentials.proofs import ProofMalformed, ProofRejected, Proven, Question
from apps.credentials.services.passkeys import IdentitySuspended, KindNotAccepted, ProofRefused
from apps.events.attempt import attempt
from apps.events.types import EventType


def approve(
    ctx: Context, addition: DeviceAddition, given: object, *, audience: str, signals: Mapping[str, Any] | None = None
) -> None:
    """`given` is a page's proof (see kinds.parse_login) over the addition's nonce, posted to `audience`, by a passkey of the
    very person. One answer a nonce, right or wrong: after a refusal `addition.nonce` is the next.

    Raises Invalid (malformed), ProofRefused (and kinds of it), KindNotAccepted, IdentitySuspended, PolicyDenied,
    VerificationRequired, AdditionOver, SignedOut.
    """
    try:
        proof = kinds.parse_login(given)
    except ProofMalformed as problem:
        raise Invalid(Violation("proof", f"not a proof of a passkey: {problem}")) from None
    ctx = ctx.in_flow(addition.correlation_id)
    asked = addition.nonce
    try:
        with attempt(ctx, EventType.DEVICE_ADD, addition.realm, action="APPROVE") as event:
            event.keep(lambda: _renew_nonce(ctx, addition))
            hold(addition.identity)  # person first, then session, as whoever ends one of them takes them
            additions.by_person(event, addition.session)
            credential, proven = _prove(ctx, addition, proof, audience)
            event.target(credential)
            decisions.require_add_device(
                event, ctx, addition.realm, addition.identity, credential,
                role="source", config=addition.authenticator_config, verified=proven.user_verified, signals=signals,
            )  # fmt: skip
            proofs.mark_used(ctx, credential, proven)
            spent = {"asked": asked, "nonce": challenges.new(ctx)}
            additions.move(ctx, addition, (AdditionState.CLAIMED,), AdditionState.APPROVED, **spent)
            event.outcome = "ALLOW"
            event.data["personal"] = {"signals": dict(signals or {})}
            if addition.arrival is not None:
                event.data["personal"]["new_device"] = additions.describe(addition.arrival)
    finally:
        addition.refresh_from_db(fields=["nonce", "state"])


def _prove(ctx: Context, addition: DeviceAddition, proof: LoginProof, audience: str) -> tuple[Credential, Proven]:
    if not kinds.is_accepted(addition.authenticator_config, kinds.kind_of(proof)):
        raise KindNotAccepted("passkeys of this kind are not accepted here")
    credential = proofs.credential_of(addition.realm, proof)
    if credential.identity_id != addition.identity_id:
        raise ProofRefused("a passkey of somebody else")
    if not credential.identity.is_active:
        raise IdentitySuspended("this identity is suspended")
    question = Question(
        audience=audience,
        transaction=str(addition.pk),
        nonce=addition.nonce,
        subject=invoke.subject_of(credential.identity),
        now=ctx.now,
        origins=[settings.IDENTITY_CLOUD_AUTH_URL],
    )
    try:
        proven = kinds.verify(proof, proofs.known_key(credential), question)
    except (ProofRejected, ProofMalformed) as problem:
        raise ProofRefused(str(problem)) from None
    if challenges.is_over(ctx, addition.nonce):
        raise ChallengeExpired("the challenge is too old")
    return credential, proven


def ask(ctx: Context, addition: DeviceAddition) -> str:
    """The challenge to show to whoever asks now, as flows.ask for a sign-in."""
    if challenges.is_worn(ctx, addition.nonce):
        _renew_nonce(ctx, addition)
        addition.refresh_from_db(fields=["nonce"])
    return addition.nonce


def _renew_nonce(ctx: Context, addition: DeviceAddition) -> None:
    same = DeviceAddition.objects.filter(pk=addition.pk, nonce=addition.nonce)
    same.update(nonce=challenges.new(ctx), updated_at=ctx.now)
