"""Verbs on credential binding jobs: invite, open, deliver, revoke (contract/wire.md §1.6, §3.2)."""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext

from apps.applications.services.roles import refuse_mightier_people
from apps.authenticators import urls_allowed
from apps.authenticators.models import AuthenticatorConfig
from apps.core import secrets
from apps.core.context import Context
from apps.core.errors import Conflict, Invalid, Refusal, Unprocessable, Violation
from apps.core.rows import require_same_realm
from apps.credentials import invoke, selectors
from apps.credentials.models import OPEN_STATES, BindingReason, CredentialBindingJob, DeliveryMethod, JobState
from apps.credentials.selectors import state_of
from apps.directory import selectors as directory
from apps.directory.models import Identity
from apps.events.attempt import Draft, attempt, record
from apps.events.types import EventType
from apps.realms import mail
from apps.realms.models import OutgoingMail, Realm

SHORTEST = timedelta(minutes=5)
LONGEST = timedelta(days=30)
DEFAULT = timedelta(days=7)
ABOUT = "credential_binding_job"


class MissingAddress(Unprocessable):
    """A mail was asked for and there is nowhere to send it."""


class JobClosed(Conflict):
    code = "conflict"


@dataclass(frozen=True, slots=True)
class JobWithLink:
    """A job and its link, which exists in clear only here."""

    job: CredentialBindingJob
    link: str


def create_job(
    ctx: Context,
    identity: Identity,
    *,
    delivery_method: str,
    authenticator_config: AuthenticatorConfig,
    post_binding_redirect_uri: str = "",
    expires_after: timedelta = DEFAULT,
) -> JobWithLink:
    """Invites the person to bind a passkey. EMAIL queues the mail in this transaction. Raises Invalid, MissingAddress,
    BeyondOwnScopes for who may do more than the caller."""
    with attempt(ctx, EventType.CREDENTIAL_BINDING_JOB_CHANGE, identity.realm, action="CREATE") as event:
        event.target(identity)
        refuse_mightier_people(ctx, identity.realm, [identity.pk])
        made = insert_job(
            ctx,
            identity,
            delivery_method=delivery_method,
            authenticator_config=authenticator_config,
            post_binding_redirect_uri=post_binding_redirect_uri,
            expires_after=expires_after,
        )
        event.target(made.job, identity.display_name)
        event.data["delivery_method"] = made.job.delivery_method
        event.changed("state", None, made.job.state)
    return made


def insert_job(
    ctx: Context,
    identity: Identity,
    *,
    delivery_method: str,
    authenticator_config: AuthenticatorConfig,
    post_binding_redirect_uri: str = "",
    expires_after: timedelta = DEFAULT,
    mail_kind: str = "binding_link",
    reason: BindingReason = BindingReason.INVITED,
) -> JobWithLink:
    """The row and its mail, inside somebody's attempt. `reason` as the policy is told it, see BindingReason."""
    require_same_realm(identity.realm_id, authenticator_config)
    check(delivery_method, post_binding_redirect_uri, expires_after)
    if delivery_method == DeliveryMethod.EMAIL and not identity.primary_email_address:
        raise MissingAddress("Identity missing email address", resource_type="Identity", resource_id=identity.pk)
    token = secrets.new_token(48)
    job = CredentialBindingJob.objects.create(
        realm=identity.realm,
        tenant_id=identity.tenant_id,
        identity=identity,
        authenticator_config=authenticator_config,
        delivery_method=delivery_method,
        reason=reason,
        token_digest=secrets.digest(token),
        post_binding_redirect_uri=post_binding_redirect_uri,
        expires_at=ctx.now + expires_after,
        requested_by=ctx.actor.id,
        correlation_id=ctx.correlation_id,
        created_at=ctx.now,
        updated_at=ctx.now,
    )
    link = invoke.binding_link(job, token)
    if delivery_method == DeliveryMethod.EMAIL:
        _queue_mail(ctx, job, link, mail_kind)
    return JobWithLink(job, link)


def open_job(ctx: Context, job: CredentialBindingJob) -> None:
    """The link was followed. Consumes nothing: mail scanners follow links too. Only the first time is an event."""
    _advance(ctx, job, JobState.LINK_SENT, JobState.LINK_OPENED)


def deliver_job(ctx: Context, job: CredentialBindingJob) -> None:
    """The authenticator asked what it is to bind (`:getInfo`); it may come before the link was opened."""
    _advance(ctx, job, (JobState.LINK_SENT, JobState.LINK_OPENED), JobState.REQUEST_DELIVERED)


def revoke_job(ctx: Context, job: CredentialBindingJob) -> CredentialBindingJob:
    """Kills the link. Fine when it is dead already. Raises JobClosed when a passkey came of it,
    BeyondOwnScopes."""
    with attempt(ctx, EventType.CREDENTIAL_BINDING_JOB_CHANGE, job.realm, action="REVOKE") as event:
        event.target(job, job.identity.display_name)
        refuse_mightier_people(ctx, job.realm, [job.identity_id])
        event.changed("state", state_of(job), JobState.REVOKED)
        open_jobs = CredentialBindingJob.objects.filter(pk=job.pk, state__in=OPEN_STATES)
        if open_jobs.update(state=JobState.REVOKED, updated_at=ctx.now) != 1:
            job.refresh_from_db()
            if job.state == JobState.COMPLETE:
                raise JobClosed("the job is complete", resource_type="CredentialBindingJob", resource_id=job.pk)
        job.state, job.updated_at = JobState.REVOKED, ctx.now
    return job


def fail_job(row: OutgoingMail, event: Draft) -> None:
    """Its mail was given up. Registered with the outbox; runs in that transaction."""
    job = CredentialBindingJob.objects.filter(pk=row.about_id, state=JobState.LINK_SENT).first()
    if job is None:
        return
    CredentialBindingJob.objects.filter(pk=job.pk).update(state=JobState.FAILED_TO_SEND, updated_at=event.ctx.now)
    noted = event.note(EventType.CREDENTIAL_BINDING_JOB_CHANGE, outcome="FAILED_TO_SEND", action="FAIL")
    noted.target(job, "")


def release_config(config: AuthenticatorConfig) -> None:
    """Closed jobs let go of it, by id they still name it. Registered with authenticators."""
    still_open = Q(state__in=OPEN_STATES, expires_at__gt=Now())
    closed = CredentialBindingJob.objects.filter(authenticator_config=config).exclude(still_open)
    closed.update(authenticator_config=None, former_config_id=config.pk)


def _advance(ctx: Context, job: CredentialBindingJob, before: JobState | tuple[JobState, ...], after: JobState) -> None:
    states = (before,) if isinstance(before, JobState) else before
    if job.state not in states:
        return
    ctx = ctx.in_flow(job.correlation_id)
    with attempt(ctx, EventType.CREDENTIAL_BINDING_JOB_CHANGE, job.realm, action=after) as event:
        event.target(job, job.identity.display_name)
        event.changed("state", job.state, after)
        CredentialBindingJob.objects.filter(pk=job.pk, state__in=states).update(state=after, updated_at=ctx.now)
        job.state = after


def check(delivery_method: str, redirect: str, expires_after: timedelta) -> None:
    """Raises Invalid with every violation."""
    violations = []
    if delivery_method not in DeliveryMethod.values:
        violations.append(Violation("job.delivery_method", "must be RETURN or EMAIL"))
    if redirect and (why := urls_allowed.refuse_redirect(redirect, private_use=True)):
        violations.append(Violation("job.post_binding_redirect_uri", why))
    if not SHORTEST <= expires_after <= LONGEST:
        violations.append(Violation("job.expires_after", "must be 300 to 2592000 seconds"))
    if violations:
        raise Invalid(violations)


def _queue_mail(ctx: Context, job: CredentialBindingJob, link: str, kind: str) -> None:
    identity = job.identity
    mail.queue(
        ctx,
        job.realm,
        kind,
        recipient=identity.primary_email_address,
        about=(ABOUT, job.pk),
        expires_at=job.expires_at,
        language=directory.language_of(identity),
        facts=lambda: {
            "display_name": identity.display_name,
            "action_url": link,
            "action_label": gettext("Create your passkey"),
            "expiry": mail.in_words(job.expires_at - ctx.now),
        },
    )


def read_link(ctx: Context, realm: Realm, *, identity_id: str, job_id: str, token: str) -> CredentialBindingJob:
    """The open job a link leads to. A dead or tampered link leaves an event. Raises LinkUnknown, LinkExpired, LinkUsed,
    LinkRevoked."""
    try:
        return selectors.job_for_link(realm, identity_id, job_id, token)
    except Refusal as refusal:
        outcome = refusal.event_outcome
        record(ctx, EventType.CREDENTIAL_BINDING_JOB_CHANGE, realm, outcome=outcome, action="OPEN", job_id=job_id[:16])
        raise
