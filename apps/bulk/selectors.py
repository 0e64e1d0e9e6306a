"""Reading a realm's bulk jobs. The realm comes first."""

from collections.abc import Callable, Iterator

from django.db.models import Q, QuerySet

from apps.bulk.models import BulkFailure, BulkJob, BulkSlice, BulkState
from apps.core.errors import NotFound
from apps.core.rows import NEWEST, Page, Sorts, walk
from apps.core.tables import csv_file
from apps.realms.models import Realm

PROGRESS = {
    "waiting": (BulkState.DRAFT, BulkState.CHECKING, BulkState.CHECKED),
    "running": (BulkState.RUNNING,),
    "done": (BulkState.DONE,),
    "stopped": (BulkState.STOPPED,),
}
JOB_SORTS = Sorts("-begun", begun=NEWEST)


def bulk_jobs_in(realm: Realm) -> "QuerySet[BulkJob]":
    return BulkJob.objects.filter(realm=realm)


def page_of_bulk_jobs(
    realm: Realm,
    *,
    text: str = "",
    progress: str = "",
    sort: str = "",
    before: str = "",
    after: str = "",
    size: int = 20,
) -> Page:
    """`text` stands somewhere in the name of who asked or of the file. A cursor is the id of one of the realm's jobs.
    `progress` is one of PROGRESS, or "" for any."""
    found = bulk_jobs_in(realm)
    if text:
        found = found.filter(Q(actor_display_name__icontains=text) | Q(options__file_name__icontains=text))
    if progress:
        found = found.filter(state__in=PROGRESS[progress])
    return walk(bulk_jobs_in(realm), found, JOB_SORTS.key(sort), before, after, size)


def get_bulk_job(realm: Realm, job_id: str) -> BulkJob:
    job = BulkJob.objects.select_related("realm__tenant").filter(realm=realm, pk=job_id).first()
    if job is None:
        raise NotFound("BulkJob", job_id)
    return job


def first_rows(job: BulkJob, count: int) -> list[tuple[int, list[str]]]:
    """Of a file: (line, cells). Nothing once it is done."""
    first = BulkSlice.objects.filter(job=job, number=0).values_list("rows", flat=True).first() or []
    return [(line, cells) for line, cells in first[:count]]


def failures_of(job: BulkJob) -> "QuerySet[BulkFailure]":
    return BulkFailure.objects.filter(job=job).order_by("id")


def failed_rows(job: BulkJob, say: Callable[[BulkFailure], str]) -> Iterator[bytes]:
    """Whom it was not done to as CSV, ready to be put right and imported again: the file's own columns first, then why."""
    heading = job.options.get("heading") or ["id", "username"]
    rows = (_failed(failure, heading, say(failure)) for failure in failures_of(job).iterator(chunk_size=500))
    return csv_file([*heading, "line", "field", "problem"], rows)


def _failed(failure: BulkFailure, heading: list[str], words: str) -> list[str]:
    cells = failure.cells if failure.line else [failure.subject, *failure.cells]
    own = [*cells[: len(heading)], *[""] * (len(heading) - len(cells))]
    return [*own, str(failure.line or ""), failure.field, words]
