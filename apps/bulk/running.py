"""How a bulk job gets done: slice after slice, each with its place in the job in one transaction.

Whoever takes a job up pushes its `next_attempt_at` into the future, so a worker that dies gives it up by itself. And each
slice begins by moving the job's `position`, from where it was read, in the very transaction that does the slice: of two
workers, or one that comes back from the dead, one does it. Nothing that counts is done outside of that transaction.
"""

import logging
import time
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from celery import current_app
from django.conf import settings
from django.db import OperationalError, transaction
from django.db.models import F
from django.utils import timezone

from apps.applications import selectors as applications
from apps.bulk import kinds
from apps.bulk.acting import act_on_slice
from apps.bulk.importing import import_slice
from apps.bulk.models import AT_WORK, BulkChange, BulkFailure, BulkJob, BulkKey, BulkKind, BulkSlice, BulkState
from apps.bulk.tally import Tally
from apps.core.context import Actor, ActorType, Context, system_context
from apps.core.errors import NotFound, Unavailable
from apps.directory import selectors as directory
from apps.events.attempt import attempt
from apps.events.types import EventType

logger = logging.getLogger(__name__)

SLICE = 50
LEASE = timedelta(minutes=2)
PAUSE = timedelta(seconds=10)
_TURN_SECONDS = 2.0  # then somebody else's work is due


def run(job_id: str) -> bool:
    """Works on the job for a turn, if nobody else is at it. True when more is left to do at once."""
    job = _claim(job_id)
    if job is None:
        return False
    try:
        more = _turn(job)
    except (OperationalError, Unavailable):
        logger.warning("bulk job %s waits: the database is not answering", job_id)
        _again(job_id, timezone.now() + PAUSE)
        return False
    if more:
        _again(job_id, timezone.now())
    return more


def waiting_ids(limit: int = 10) -> list[str]:
    now = timezone.now()
    rows = BulkJob.objects.filter(state__in=AT_WORK, next_attempt_at__lte=now).order_by("next_attempt_at")
    return list(rows.values_list("pk", flat=True)[:limit])


def _claim(job_id: str) -> BulkJob | None:
    now = timezone.now()
    waiting = BulkJob.objects.filter(pk=job_id, state__in=AT_WORK)
    if waiting.filter(next_attempt_at__lte=now).update(next_attempt_at=now + LEASE) != 1:
        return None
    return _read(job_id)


def _read(job_id: str) -> BulkJob | None:
    return BulkJob.objects.select_related("realm__tenant").filter(pk=job_id, state__in=AT_WORK).first()


def _again(job_id: str, at: Any) -> None:
    BulkJob.objects.filter(pk=job_id, state__in=AT_WORK).update(next_attempt_at=at)


def _turn(job: BulkJob) -> bool:
    """What the administrator may do is asked for at the beginning of each: a role that is taken away stops the job."""
    held = frozenset(job.scopes) & applications.management_scopes(job.actor_id)
    ends = time.monotonic() + _TURN_SECONDS
    here: BulkJob | None = job
    while here is not None and time.monotonic() < ends:
        ctx = context_of(here).holding(held)
        if not kinds.needed(here) <= held:
            _finish(ctx, here, BulkState.STOPPED, "rights_lost")
            return False
        try:
            if not _slice(ctx, here):
                return False
        except NotFound:
            _finish(ctx, here, BulkState.STOPPED, "target_gone")
            return False
        here = _read(here.pk)
    return here is not None


def context_of(job: BulkJob) -> Context:
    """In the name of who asked for it."""
    return system_context(job.correlation_id).acting_as(Actor(ActorType.IDENTITY, job.actor_id, job.actor_display_name))


def _slice(ctx: Context, job: BulkJob) -> bool:
    """False when somebody else did this one, or it was the last."""
    with transaction.atomic():
        here = BulkJob.objects.filter(pk=job.pk, state=job.state, position=job.position)
        if here.update(position=F("position") + 1, updated_at=ctx.now) != 1:
            return False
        part = _part(job)
        if not part:
            _finish(ctx, job, BulkState.CHECKED if job.state == BulkState.CHECKING else BulkState.DONE)
            return False
        tally = (import_slice if job.kind == BulkKind.IMPORT else act_on_slice)(ctx, job, part)
        _note(job, tally, part)
    return True


def _part(job: BulkJob) -> Sequence[Any]:
    """What is done next: of a list that was written down, or of those whom the job's search finds now."""
    found = job.options.get("search")
    if found is None:
        slices = BulkSlice.objects.filter(job=job, number=job.position).values_list("rows", flat=True)
        return slices.first() or ()
    left = job.total - job.done - job.failed
    people = directory.search_identities(job.realm, found["text"]).filter(pk__gt=job.after, pk__lte=found["until"])
    if found["status"]:
        people = people.filter(status=found["status"])
    return list(people.order_by("pk").values_list("pk", flat=True)[: max(0, min(SLICE, left))])


def _note(job: BulkJob, tally: Tally, part: Sequence[Any]) -> None:
    BulkFailure.objects.bulk_create(tally.failures)
    if job.kind in kinds.INVERSE and tally.changed_ids:
        whose = {"tenant_id": job.tenant_id, "realm_id": job.realm_id, "job": job}
        BulkChange.objects.create(number=job.position, ids=tally.changed_ids, **whose)
    BulkJob.objects.filter(pk=job.pk).update(
        created=F("created") + tally.created,
        changed=F("changed") + tally.changed,
        skipped=F("skipped") + tally.skipped,
        failed=F("failed") + len(tally.failures),
        after=part[-1] if "search" in job.options else "",
    )


def _finish(ctx: Context, job: BulkJob, state: BulkState, because: str = "") -> None:
    """What was kept for the work alone goes; what failed stays for the report."""
    with transaction.atomic():
        at_work = BulkJob.objects.filter(pk=job.pk, state=job.state)
        news = {"state": state, "stopped_because": because, "finished_at": ctx.now, "updated_at": ctx.now}
        if at_work.update(**news) != 1:
            return
        BulkKey.objects.filter(job=job).delete()
        if state != BulkState.CHECKED:
            BulkSlice.objects.filter(job=job).delete()
        if job.state == BulkState.RUNNING:
            counted = BulkJob.objects.values("created", "changed", "skipped", "failed").get(pk=job.pk)
            with attempt(ctx, EventType.IDENTITY_CHANGE, job.realm, action="BULK_COMPLETE") as event:
                event.target(job, "")
                event.data |= {"kind": job.kind, "state": state, **counted}


def hint(job_id: str) -> None:
    """Tells the broker, if there is one. It may be down: the sweep finds the row anyway."""
    if settings.CELERY_BROKER_URL:
        try:
            current_app.send_task("apps.bulk.tasks.run_job", (job_id,), retry=False)
        except Exception:  # kombu raises many kinds; none may reach the person who asked
            logger.warning("the broker is not answering; bulk job %s waits for the sweep", job_id)
