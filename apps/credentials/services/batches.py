"""Verbs on batches of binding jobs: up to 1,000 people invited by one request, made by the worker.

A batch is taken up in slices. Whoever takes one up pushes its `next_attempt_at` into the future, so a worker that dies gives
it up by itself; and each identity's result is claimed by one conditional update in the very transaction that makes its job,
so two workers, or one that comes back, never make a second.
"""

import logging
from collections.abc import Sequence
from datetime import timedelta

from celery import current_app
from django.conf import settings
from django.db import OperationalError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from apps.applications.services.roles import refuse_mightier_people
from apps.authenticators.models import AuthenticatorConfig
from apps.core import secrets
from apps.core.context import Actor, ActorType, Context, system_context
from apps.core.errors import RateLimited, Refusal, Unavailable
from apps.core.rows import hold, require_same_realm
from apps.credentials.models import (
    OPEN_STATES,
    BatchCredentialBindingJob,
    BatchResult,
    BatchState,
    DeliveryMethod,
    ResultState,
)
from apps.credentials.selectors import link_purpose
from apps.credentials.services import jobs
from apps.directory import selectors as directory
from apps.events.attempt import attempt
from apps.events.types import EventType
from apps.realms.models import Realm

logger = logging.getLogger(__name__)

RUNNING_AT_ONCE = 10
SLICE = 25
LEASE = timedelta(minutes=2)
PAUSE = timedelta(seconds=10)
_RETRY_AFTER_SECONDS = 30


class QueueFull(RateLimited):
    """As many batches of this realm are running as may."""

    code = "too_many_requests"


def create_batch(
    ctx: Context,
    realm: Realm,
    *,
    identity_ids: Sequence[str],
    delivery_method: str,
    authenticator_config: AuthenticatorConfig,
    post_binding_redirect_uri: str = "",
    expires_after: timedelta = jobs.DEFAULT,
) -> BatchCredentialBindingJob:
    """Puts the batch into the queue; an id given twice counts once. Whether the realm has these identities shows in the
    results: an unknown one fails alone. Raises Invalid, QueueFull, BeyondOwnScopes for who may do more than the caller."""
    with attempt(ctx, EventType.CREDENTIAL_BINDING_JOB_CHANGE, realm, action="CREATE_BATCH") as event:
        require_same_realm(realm.pk, authenticator_config)
        jobs.check(delivery_method, post_binding_redirect_uri, expires_after)
        wanted = list(dict.fromkeys(identity_ids))
        refuse_mightier_people(ctx, realm, wanted)
        event.data |= {"count": len(wanted), "delivery_method": delivery_method}
        _refuse_full(realm)
        batch = _new(ctx, realm)
        batch.authenticator_config, batch.delivery_method = authenticator_config, delivery_method
        batch.post_binding_redirect_uri = post_binding_redirect_uri
        batch.expires_after_seconds = int(expires_after.total_seconds())
        batch.save(force_insert=True)
        event.target(batch, "")
        whose = {"tenant_id": realm.tenant_id, "realm": realm, "batch": batch}
        BatchResult.objects.bulk_create(BatchResult(wanted_id=each, **whose) for each in wanted)
        transaction.on_commit(lambda: _hint(batch.pk), robust=True)
    return batch


def _new(ctx: Context, realm: Realm) -> BatchCredentialBindingJob:
    """In the name of who asks, to be taken up at once."""
    return BatchCredentialBindingJob(
        realm=realm,
        tenant_id=realm.tenant_id,
        actor_type=ctx.actor.type,
        actor_id=ctx.actor.id,
        actor_display_name=ctx.actor.display_name,
        correlation_id=ctx.correlation_id,
        next_attempt_at=ctx.now,
        created_at=ctx.now,
        updated_at=ctx.now,
    )


def _refuse_full(realm: Realm) -> None:
    """Takes the realm's row first, so of many who ask at once each sees the ones before. Raises QueueFull."""
    hold(realm)
    running = BatchCredentialBindingJob.objects.filter(realm=realm, state=BatchState.RUNNING)
    if running.count() >= RUNNING_AT_ONCE:
        raise QueueFull(_RETRY_AFTER_SECONDS, "the queue is full")


def run(batch_id: str) -> bool:
    """Makes one slice of the batch's jobs, if nobody else is at it. True when more is left to do at once."""
    batch = _claim(batch_id)
    if batch is None:
        return False
    pending = BatchResult.objects.filter(batch=batch, state=ResultState.PENDING)
    settled = [_settle(batch, result) for result in pending.order_by("pk")[:SLICE]]
    if not pending.exists():
        _finish(batch)
        return False
    again_at = timezone.now() + (timedelta(0) if any(settled) else PAUSE)
    BatchCredentialBindingJob.objects.filter(pk=batch.pk).update(next_attempt_at=again_at)
    return any(settled)


def waiting_ids(limit: int = 10) -> list[str]:
    now = timezone.now()
    rows = BatchCredentialBindingJob.objects.filter(state=BatchState.RUNNING, next_attempt_at__lte=now)
    return list(rows.order_by("next_attempt_at").values_list("pk", flat=True)[:limit])


def _claim(batch_id: str) -> BatchCredentialBindingJob | None:
    now = timezone.now()
    running = BatchCredentialBindingJob.objects.filter(pk=batch_id, state=BatchState.RUNNING)
    if running.filter(next_attempt_at__lte=now).update(next_attempt_at=now + LEASE) != 1:
        return None
    return running.select_related("realm__tenant", "authenticator_config").get()


def _settle(batch: BatchCredentialBindingJob, result: BatchResult) -> bool:
    """False when it must wait. What nobody foresaw fails this one and spares the rest; a database that is away is no
    reason to fail any."""
    try:
        _invite(_context(batch), batch, result)
    except Unavailable:
        return False
    except OperationalError:
        raise
    except Exception:
        logger.exception("result %s of batch %s", result.pk, batch.pk)
        _pending(result).update(state=ResultState.FAILED, code="internal_server_error", message="internal server error")
    return True


def _invite(ctx: Context, batch: BatchCredentialBindingJob, result: BatchResult) -> None:
    """The claim on the result, the job, its event and what came of it, in one transaction."""
    with transaction.atomic():
        if _pending(result).update(state=ResultState.SUCCEEDED) != 1:
            return
        kept = BatchResult.objects.filter(pk=result.pk)
        try:
            made = _make(ctx, batch, result)
        except Unavailable:
            raise
        except Refusal as refusal:
            kept.update(state=ResultState.FAILED, code=refusal.code, message=refusal.message[:300])
            return
        link = made.link.encode() if batch.delivery_method == DeliveryMethod.RETURN else b""
        kept.update(job=made.job, sealed_link=secrets.seal(link, link_purpose(result)) if link else b"")


def _make(ctx: Context, batch: BatchCredentialBindingJob, result: BatchResult) -> jobs.JobWithLink:
    told = {"batch_id": batch.pk, "identity_id": result.wanted_id, "delivery_method": batch.delivery_method}
    with attempt(ctx, EventType.CREDENTIAL_BINDING_JOB_CHANGE, batch.realm, action="CREATE", data=told) as event:
        identity = directory.get_identity(batch.realm, result.wanted_id)
        event.target(identity)
        hold(identity)
        made = jobs.insert_job(
            ctx,
            identity,
            delivery_method=batch.delivery_method,
            authenticator_config=batch.config,
            post_binding_redirect_uri=batch.post_binding_redirect_uri,
            expires_after=timedelta(seconds=batch.expires_after_seconds),
        )
        event.target(made.job, identity.display_name)
        event.changed("state", None, made.job.state)
    return made


def _finish(batch: BatchCredentialBindingJob) -> None:
    results = BatchResult.objects.filter(batch=batch)
    made = results.filter(state=ResultState.SUCCEEDED).count()
    failed = results.filter(state=ResultState.FAILED).count()
    state = BatchState.FAILED if not made else BatchState.PARTIAL_SUCCESS if failed else BatchState.SUCCESS
    ctx = _context(batch)
    running = BatchCredentialBindingJob.objects.filter(pk=batch.pk, state=BatchState.RUNNING)
    with transaction.atomic():
        if running.update(state=state, finished_at=ctx.now, updated_at=ctx.now) != 1:
            return
        with attempt(ctx, EventType.CREDENTIAL_BINDING_JOB_CHANGE, batch.realm, action="COMPLETE_BATCH") as event:
            event.target(batch, "")
            event.data |= {"succeeded": made, "failed": failed}
            event.changed("state", BatchState.RUNNING, state)


def _context(batch: BatchCredentialBindingJob) -> Context:
    """In the name of who asked for it."""
    actor = Actor(ActorType(batch.actor_type), batch.actor_id, batch.actor_display_name)
    return system_context(batch.correlation_id).acting_as(actor)


def _pending(result: BatchResult) -> "QuerySet[BatchResult]":
    return BatchResult.objects.filter(pk=result.pk, state=ResultState.PENDING)


def forget_links(ctx: Context) -> int:
    """Empties links that open nothing any more. Maintenance only: who shows one looks at its job first."""
    open_jobs = Q(job__state__in=OPEN_STATES, job__expires_at__gt=ctx.now)
    return BatchResult.objects.exclude(sealed_link=b"").exclude(open_jobs).update(sealed_link=b"")


def release_config(config: AuthenticatorConfig) -> None:
    """Finished batches let go of it, by id they still name it. Registered with authenticators."""
    finished = BatchCredentialBindingJob.objects.filter(authenticator_config=config).exclude(state=BatchState.RUNNING)
    finished.update(authenticator_config=None, former_config_id=config.pk)


def remove_batches(realm: Realm) -> None:
    """With the realm they are of. Registered with realms."""
    BatchCredentialBindingJob.objects.filter(realm=realm).delete()


def _hint(batch_id: str) -> None:
    """Tells the broker, if there is one. It may be down: the sweep finds the row anyway."""
    if settings.CELERY_BROKER_URL:
        try:
            current_app.send_task("apps.credentials.tasks.run_batch", (batch_id,), retry=False)
        except Exception:  # kombu raises many kinds; none may reach the person who asked
            logger.warning("the broker is not answering; the batch waits for the sweep")
