"""Verbs on bulk jobs of every kind: making one, stopping one, and what goes with a realm or with time."""

import uuid
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q

from apps.bulk import running
from apps.bulk.models import AT_WORK, OVER, BulkJob, BulkKey, BulkKind, BulkSlice, BulkState
from apps.core.context import Context
from apps.core.errors import Conflict, RateLimited
from apps.core.rows import hold
from apps.events.attempt import attempt
from apps.events.types import EventType
from apps.realms.models import Realm

AT_ONCE = 5
DRAFTS_LIVE = timedelta(days=1)
REPORTS_LIVE = timedelta(days=30)
_RETRY_AFTER_SECONDS = 30


class QueueFull(RateLimited):
    """As many bulk jobs of this realm are at work as may."""

    code = "too_many_requests"


class JobMovedOn(Conflict):
    """The job is no longer where the caller saw it."""

    code = "conflict"


def insert_job(
    ctx: Context,
    realm: Realm,
    kind: BulkKind,
    state: BulkState,
    *,
    options: Mapping[str, Any],
    asked_as: str = "",
    total: int = 0,
) -> BulkJob:
    """The row alone, inside somebody's attempt: in the name and by the rights of who asks."""
    return BulkJob.objects.create(
        realm=realm,
        tenant_id=realm.tenant_id,
        kind=kind,
        state=state,
        asked_as=asked_as or str(uuid.uuid4()),
        actor_id=ctx.actor.id,
        actor_display_name=ctx.actor.display_name,
        scopes=sorted(ctx.held_scopes or ()),
        correlation_id=ctx.correlation_id,
        options=dict(options),
        total=total,
        next_attempt_at=ctx.now,
        created_at=ctx.now,
        updated_at=ctx.now,
    )


def refuse_full(realm: Realm) -> None:
    """Takes the realm's row first, so of many who ask at once each sees the ones before. Raises QueueFull."""
    hold(realm)
    if BulkJob.objects.filter(realm=realm, state__in=AT_WORK).count() >= AT_ONCE:
        raise QueueFull(
            _RETRY_AFTER_SECONDS, "too much is being done in this realm already; wait for some of it to end"
        )


def stop_job(ctx: Context, job: BulkJob) -> None:
    """What is done stays done; a draft is thrown away. Raises JobMovedOn for one that is over."""
    with attempt(ctx, EventType.IDENTITY_CHANGE, job.realm, action="BULK_STOP") as event:
        event.target(job, "")
        event.data["kind"] = job.kind
        going_on = BulkJob.objects.filter(pk=job.pk).exclude(state__in=OVER)
        news = {"state": BulkState.STOPPED, "stopped_because": "asked", "finished_at": ctx.now, "updated_at": ctx.now}
        if going_on.update(**news) != 1:
            raise JobMovedOn("it is over already")
        BulkSlice.objects.filter(job=job).delete()
        BulkKey.objects.filter(job=job).delete()


def hint_on_commit(job: BulkJob) -> None:
    transaction.on_commit(lambda: running.hint(job.pk), robust=True)


def remove_jobs(realm: Realm) -> None:
    """With the realm they are of; whoever is at a slice of one is waited for. Registered with realms."""
    BulkJob.objects.filter(realm=realm).delete()


def forget(ctx: Context) -> int:
    """Files that nobody imported within a day go, and reports after thirty: both hold what files said of people."""
    drafts = Q(state__in=(BulkState.DRAFT, BulkState.CHECKED), updated_at__lt=ctx.now - DRAFTS_LIVE)
    reports = Q(state__in=OVER, updated_at__lt=ctx.now - REPORTS_LIVE)
    return BulkJob.objects.filter(drafts | reports).delete()[0]
