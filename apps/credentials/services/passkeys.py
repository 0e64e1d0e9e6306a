"""Verbs on passkeys: bind, rename, revoke. Proof first, then the policy, then the row, in one transaction."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models.functions import Now

from apps.applications.services.roles import refuse_mightier_people
from apps.core import names, secrets
from apps.core.context import Actor, ActorType, Context
from apps.core.errors import Conflict, Denied, Invalid, Violation
from apps.core.rows import hold
from apps.credentials import facts, history, invoke, kinds
from apps.credentials.models import (
    OPEN_STATES,
    BindingReason,
    Credential,
    CredentialBindingJob,
    CredentialState,
    JobState,
)
from apps.credentials.new_passkeys import row_of
from apps.credentials.new_passkeys import user_handle as user_handle
from apps.credentials.proofs import Kind, NewKey, ProofMalformed, ProofRejected, Question
from apps.credentials.services.jobs import JobClosed
from apps.events.attempt import Draft, attempt
from apps.events.types import EventType
from apps.policy import services as policy
from apps.policy.engine import Transaction, TransactionType


class ProofRefused(Denied):
    """The proof does not hold. The client is told only that; the event knows why."""

    code = "proof_refused"


class PasskeyKnown(Conflict):
    code = "conflict"


class NotDeviceBound(Denied):
    """The authenticator config takes only passkeys that stay on one device, and this one may be synced."""

    code = "not_device_bound"


class KindNotAccepted(Denied):
    """The authenticator config does not list passkeys of this kind."""

    code = "kind_not_accepted"


class IdentitySuspended(Denied):
    code = "identity_suspended"


@dataclass(frozen=True, slots=True)
class BindProof:
    """`type` WEBAUTHN, X509 or JWT, and `raw` as the contract writes each (contract/wire.md §3.2, extensions.md §5).
    `signals` is what the browser told."""

    type: str
    raw: str
    signals: dict[str, Any] = field(default_factory=dict)


def bind_passkey(ctx: Context, job: CredentialBindingJob, token: str, proof: BindProof) -> Credential:
    """Completes the job with a new passkey; of two at once exactly one wins.

    Raises Invalid (malformed proof), ProofRefused, KindNotAccepted, NotDeviceBound, PolicyDenied, IdentitySuspended,
    JobClosed, PasskeyKnown.
    """
    given = _parse(proof)
    identity = job.identity
    ctx = ctx.in_flow(job.correlation_id).acting_as(Actor(ActorType.IDENTITY, identity.pk, identity.display_name))
    with attempt(ctx, EventType.CREDENTIAL_CHANGE, job.realm, action="CREATE") as event:
        event.target(identity)
        event.data["job_id"] = job.pk
        hold(identity)
        if not identity.is_active:
            raise IdentitySuspended("this identity is suspended")
        new = _verified(ctx, job, token, given)
        _require_device_bound(job, new)
        credential = row_of(ctx, job, new)
        _ask_policy(event, ctx, job, credential, proof.signals)
        _claim(ctx, job, credential)
        _insert(credential)
        event.target(credential)
        event.data |= {
            "binding": credential.binding,
            "method": credential.method,
            "provider_name": credential.provider_name,
            "attestation_trusted": credential.attestation_trusted,
        }
        event.data["personal"] = {"signals": proof.signals}
        done = event.follow(EventType.CREDENTIAL_BINDING_JOB_CHANGE, outcome="SUCCESS", action=JobState.COMPLETE)
        done.target(job, identity.display_name)
        for follow in _when_bound:
            follow(event, job, credential)
    job.state, job.credential = JobState.COMPLETE, credential
    return credential


def rename_credential(ctx: Context, credential: Credential, *, display_name: str) -> Credential:
    with attempt(ctx, EventType.CREDENTIAL_CHANGE, credential.realm, action="UPDATE") as event:
        event.target(credential)
        name = names.display_name(display_name, field="credential.display_name")
        event.changed("display_name", credential.display_name, name)
        Credential.objects.filter(pk=credential.pk).update(display_name=name, updated_at=ctx.now)
        credential.display_name, credential.updated_at = name, ctx.now
    return credential


def revoke_credential(ctx: Context, credential: Credential) -> Credential:
    """It proves nothing from now on, and what it opened is closed. Fine when it is revoked already. Raises
    BeyondOwnScopes."""
    with attempt(ctx, EventType.CREDENTIAL_CHANGE, credential.realm, action="REVOKE") as event:
        event.target(credential)
        event.target(credential.identity)
        refuse_mightier_people(ctx, credential.realm, [credential.identity_id])
        hold(credential.identity)
        event.changed("state", credential.state, CredentialState.REVOKED)
        Credential.objects.filter(pk=credential.pk, state=CredentialState.ACTIVE).update(
            state=CredentialState.REVOKED, revoked_at=ctx.now, updated_at=ctx.now
        )
        for end in _when_revoked:
            end(ctx, credential, event)
        credential.state, credential.updated_at = CredentialState.REVOKED, ctx.now
    return credential


_when_revoked: list[Callable[[Context, Credential, Draft], object]] = []


def when_revoked(act: Callable[[Context, Credential, Draft], object]) -> None:
    """Registers what must stop with a passkey (its sessions): the app that owns it knows how."""
    _when_revoked.append(act)


_known_of_jobs: list[Callable[[CredentialBindingJob], dict[str, Any]]] = []
_when_bound: list[Callable[[Draft, CredentialBindingJob, Credential], object]] = []


def knows_of_jobs(know: Callable[[CredentialBindingJob], dict[str, Any]]) -> None:
    """Registers what else the policy is told of a binding, by the app that knows where its job came from."""
    _known_of_jobs.append(know)


def when_bound(follow: Callable[[Draft, CredentialBindingJob, Credential], object]) -> None:
    """Registers what goes on with a passkey that was made. It runs in that attempt."""
    _when_bound.append(follow)


def _parse(proof: BindProof) -> kinds.BindProof:
    """Shape alone: a malformed proof is 400 and no attempt."""
    if proof.type not in Kind.__members__:
        raise Invalid(Violation("type", f"must be one of {', '.join(Kind.__members__)}"))
    try:
        return kinds.parse_bind(proof.type, proof.raw)
    except ProofMalformed as problem:
        raise Invalid(Violation("raw", f"not a {proof.type} proof: {problem}")) from None


def _verified(ctx: Context, job: CredentialBindingJob, token: str, given: kinds.BindProof) -> NewKey:
    if not kinds.is_accepted(job.config, kinds.kind_of(given)):
        raise KindNotAccepted("passkeys of this kind are not accepted here")
    if not secrets.matches(token, job.token_digest):
        raise ProofRefused("token is not this job's")
    question = Question(
        audience=invoke.bind_url(job),
        transaction=job.pk,
        nonce=token,
        subject=invoke.subject_of(job.identity),
        now=ctx.now,
        origins=_origins(job),
        attestation_roots=settings.ATTESTATION_ROOTS,
    )
    try:
        return kinds.verify_new(given, question)
    except (ProofRejected, ProofMalformed) as problem:
        raise ProofRefused(str(problem)) from None


def _require_device_bound(job: CredentialBindingJob, new: NewKey) -> None:
    """Where whoever runs this said whom to believe, nobody else is believed; elsewhere the flags are all there is."""
    if job.config.device_bound != "required" or new.kind != Kind.WEBAUTHN:
        return
    if new.backup_eligible:
        raise NotDeviceBound("only a passkey that stays on one device is accepted here, and this one may be synced")
    if settings.ATTESTATION_ROOTS and not new.attestation_trusted:
        raise NotDeviceBound("only a passkey in an authenticator that is known to keep it is accepted here")


def _origins(job: CredentialBindingJob) -> list[str]:
    config = job.config
    return [settings.IDENTITY_CLOUD_AUTH_URL] if config.is_hosted else config.trusted_origins


def _ask_policy(
    event: Draft, ctx: Context, job: CredentialBindingJob, credential: Credential, signals: dict[str, Any]
) -> None:
    known = facts.of_request(ctx, job.authenticator_config) | facts.of_signals(signals)
    past = history.past_of(ctx, job.identity, known)
    known |= facts.of_identity(ctx, job.identity, past) | past.facts
    known |= facts.of_credential(credential, user_verified=credential.user_verified_at_bind)
    known["binding.reason"] = _reason(job, active_passkeys=known["identity.credential_count"])
    for know in _known_of_jobs:
        known |= know(job)
    named = {"identity_id": job.identity_id, "credential_id": credential.pk}
    asked = Transaction(TransactionType.CREDENTIAL_BINDING, known, named)
    policy.require(event, job.realm, asked, past.policy)
    event.write(*past.unseen)


def _reason(job: CredentialBindingJob, *, active_passkeys: int) -> str:
    """contract/extensions.md §10 "And"."""
    return job.reason if active_passkeys else BindingReason.FIRST  # however the job came


def _claim(ctx: Context, job: CredentialBindingJob, credential: Credential) -> None:
    """Only the winner inserts the passkey, which the job names already. The database's clock decides expiry."""
    waiting = CredentialBindingJob.objects.filter(pk=job.pk, state__in=OPEN_STATES, expires_at__gt=Now())
    if waiting.update(state=JobState.COMPLETE, credential_id=credential.pk, updated_at=ctx.now) != 1:
        raise JobClosed("this link was used before")


def _insert(credential: Credential) -> None:
    try:
        with transaction.atomic():
            credential.save(force_insert=True)
    except IntegrityError:
        raise PasskeyKnown("this passkey is already registered") from None
