"""Verbs on imports: a file is taken in, its columns are named and it is tried out, then it is done."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import BinaryIO

from apps.bulk import files, mapping
from apps.bulk.models import BulkFailure, BulkJob, BulkKey, BulkKind, BulkSlice, BulkState
from apps.bulk.services import jobs
from apps.bulk.services.jobs import JobMovedOn
from apps.core.context import Context
from apps.core.errors import Invalid, Violation
from apps.events.attempt import attempt
from apps.events.types import EventType
from apps.realms.models import Realm

SLICE = 50  # people; the writers of everybody else wait so long at most
_WRITTEN_AT_ONCE = 40
_NAME_LENGTH = 120


def upload_people(ctx: Context, realm: Realm, file: BinaryIO, *, file_name: str = "") -> BulkJob:
    """Takes the file in as a draft, in place of an earlier one of the same administrator. Changes nobody. Raises
    UnreadableFile."""
    with attempt(ctx, EventType.IDENTITY_CHANGE, realm, action="IMPORT_UPLOAD") as event:
        table = files.read(file)
        drafts = BulkJob.objects.filter(realm=realm, actor_id=ctx.actor.id, kind=BulkKind.IMPORT)
        drafts.filter(state__in=(BulkState.DRAFT, BulkState.CHECKED)).delete()
        options = {
            "file_name": "".join(filter(str.isprintable, file_name))[:_NAME_LENGTH],
            "heading": table.heading,
            "mapping": mapping.guess(table.heading),
            "existing": mapping.SKIP,
        }
        job = jobs.insert_job(ctx, realm, BulkKind.IMPORT, BulkState.DRAFT, options=options)
        job.total = _keep(job, table.rows)
        if not job.total:
            raise files.UnreadableFile("empty_file", "there are no rows under the heading")
        job.save(update_fields=["total"])
        event.target(job, "")
        event.data["rows"] = job.total
    return job


def _keep(job: BulkJob, rows: Iterable[tuple[int, list[str]]]) -> int:
    """Returns how many."""
    waiting, whose, count = iter(rows), {"tenant_id": job.tenant_id, "realm_id": job.realm_id, "job": job}, 0

    def slices() -> Iterator[BulkSlice]:
        nonlocal count
        number = 0
        while part := list(islice(waiting, SLICE)):
            yield BulkSlice(number=number, rows=part, **whose)
            number, count = number + 1, count + len(part)

    made = slices()
    while some := list(islice(made, _WRITTEN_AT_ONCE)):
        BulkSlice.objects.bulk_create(some)
    return count


def check_import(ctx: Context, job: BulkJob, *, columns: Mapping[str, int], existing: str) -> None:
    """Names the columns and has the worker try the file out, which changes nobody. Raises Invalid, JobMovedOn, QueueFull."""
    with attempt(ctx, EventType.IDENTITY_CHANGE, job.realm, action="IMPORT_CHECK") as event:
        event.target(job, "")
        named = mapping.checked(columns, len(job.options["heading"]))
        if existing not in mapping.EXISTING:
            raise Invalid(Violation("existing", "must be skip or update"))
        _begin(ctx, job, (BulkState.DRAFT, BulkState.CHECKED), BulkState.CHECKING)
        job.options = {**job.options, "mapping": named, "existing": existing}
        BulkJob.objects.filter(pk=job.pk).update(options=job.options)
        jobs.hint_on_commit(job)


def start_import(ctx: Context, job: BulkJob) -> None:
    """Of a file that was tried out. Raises JobMovedOn for one that was begun already, QueueFull."""
    with attempt(ctx, EventType.IDENTITY_CHANGE, job.realm, action="BULK_START") as event:
        event.target(job, "")
        event.data |= {"kind": job.kind, "count": job.total}
        _begin(ctx, job, (BulkState.CHECKED,), BulkState.RUNNING)
        jobs.hint_on_commit(job)


def _begin(ctx: Context, job: BulkJob, before: tuple[BulkState, ...], state: BulkState) -> None:
    """From the first row, in the name and by the rights of who says so."""
    jobs.refuse_full(job.realm)
    news = {
        "state": state,
        "actor_id": ctx.actor.id,
        "actor_display_name": ctx.actor.display_name,
        "scopes": sorted(ctx.held_scopes or ()),
        "correlation_id": ctx.correlation_id,
        "next_attempt_at": ctx.now,
        "updated_at": ctx.now,
        "finished_at": None,
    }
    counts = dict.fromkeys(("position", "created", "changed", "skipped", "failed"), 0)
    if BulkJob.objects.filter(pk=job.pk, state__in=before).update(**news, **counts) != 1:
        raise JobMovedOn("this import was begun or stopped already")
    BulkFailure.objects.filter(job=job).delete()
    BulkKey.objects.filter(job=job).delete()
