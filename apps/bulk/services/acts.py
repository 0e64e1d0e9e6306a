"""Verbs on acts: something is done to people who were selected one by one, or to all that a search finds."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from apps.bulk import kinds, running
from apps.bulk.models import BulkChange, BulkJob, BulkKind, BulkSlice, BulkState
from apps.bulk.services import jobs
from apps.core.context import Context
from apps.core.errors import Conflict, Invalid, Violation
from apps.core.rows import hold
from apps.directory import selectors as directory
from apps.events.attempt import attempt
from apps.events.types import EventType
from apps.realms.models import Realm

MOST_PEOPLE = 100_000


@dataclass(frozen=True, slots=True)
class Search:
    """Those of the realm whom the text finds, with this status or any; nobody who comes later than `until`, an id."""

    text: str
    status: str
    until: str


def start_act(
    ctx: Context,
    realm: Realm,
    kind: BulkKind,
    *,
    people: Sequence[str] | Search,
    asked_as: str = "",
    **options: Any,
) -> BulkJob:
    """Puts it into the queue; asked for again under the same `asked_as` it is the same job. `people` are ids, each counted
    once, or a search, of which the first MOST_PEOPLE are taken. Raises Invalid, QueueFull."""
    with attempt(ctx, EventType.IDENTITY_CHANGE, realm, action="BULK_START") as event:
        hold(realm)
        if asked_as and (same := BulkJob.objects.filter(realm=realm, asked_as=asked_as).first()):
            event.target(same, "")
            event.data["is_repeated"] = True
            return same
        jobs.refuse_full(realm)
        total = _count(realm, people)
        if not total:
            raise Invalid(Violation("people", "nobody"))
        if isinstance(people, Search):
            options["search"] = {"text": people.text, "status": people.status, "until": people.until}
        job = jobs.insert_job(ctx, realm, kind, BulkState.RUNNING, options=options, asked_as=asked_as, total=total)
        if not isinstance(people, Search):
            _keep(job, list(dict.fromkeys(people)))
        event.target(job, "")
        event.data |= {"kind": kind, "count": job.total}
        jobs.hint_on_commit(job)
    return job


class NothingToUndo(Conflict):
    """It is not over, it changed nobody, or what it did cannot be taken back."""

    code = "conflict"


def undo_act(ctx: Context, job: BulkJob) -> BulkJob:
    """Does the opposite to exactly those whom the job changed, as a job of its own; asked for again it is the same job. Who
    was changed back meanwhile is left. Raises NothingToUndo, QueueFull."""
    with attempt(ctx, EventType.IDENTITY_CHANGE, job.realm, action="BULK_START") as event:
        hold(job.realm)
        asked_as = f"undo-{job.pk}"
        if same := undoing(job):
            event.target(same, "")
            event.data["is_repeated"] = True
            return same
        event.target(job, "")
        if not can_be_undone(job):
            raise NothingToUndo("there is nothing to undo")
        jobs.refuse_full(job.realm)
        undo = jobs.insert_job(
            ctx,
            job.realm,
            kinds.INVERSE[BulkKind(job.kind)],
            BulkState.RUNNING,
            options=_undoing_options(job),
            asked_as=asked_as,
            total=job.changed,
        )
        _keep(undo, [pk for ids in _changes(job) for pk in ids])
        event.target(undo, "")
        event.data |= {"kind": undo.kind, "count": undo.total, "undoes": job.pk}
        jobs.hint_on_commit(undo)
    return undo


def undoing(job: BulkJob) -> BulkJob | None:
    """The job that undoes this one, if it was asked for."""
    return BulkJob.objects.filter(realm_id=job.realm_id, asked_as=f"undo-{job.pk}").first()


def can_be_undone(job: BulkJob) -> bool:
    return job.is_over and job.kind in kinds.INVERSE and BulkChange.objects.filter(job=job).exists()


def _changes(job: BulkJob) -> Iterable[list[str]]:
    return BulkChange.objects.filter(job=job).order_by("number").values_list("ids", flat=True)


def _undoing_options(job: BulkJob) -> dict[str, Any]:
    """`joined_until`: memberships, and suspensions, that came later are not the job's."""
    group = {name: job.options[name] for name in ("group_id",) if name in job.options}
    ended = (job.finished_at or job.updated_at).isoformat()
    return {**group, "joined_until": ended, "undoes": job.pk, "undoes_kind": job.kind}


def _count(realm: Realm, people: Sequence[str] | Search) -> int:
    if not isinstance(people, Search):
        return len(dict.fromkeys(people))
    return min(MOST_PEOPLE, directory.count_up_to(found_by(realm, people), MOST_PEOPLE))


def found_by(realm: Realm, search: Search) -> Any:
    rows = directory.search_identities(realm, search.text).filter(pk__lte=search.until)
    return rows.filter(status=search.status) if search.status else rows


def _keep(job: BulkJob, ids: Sequence[str]) -> None:
    whose: Mapping[str, Any] = {"tenant_id": job.tenant_id, "realm_id": job.realm_id, "job": job}
    parts = [ids[start : start + running.SLICE] for start in range(0, len(ids), running.SLICE)]
    BulkSlice.objects.bulk_create(BulkSlice(number=number, rows=part, **whose) for number, part in enumerate(parts))
