"""Verbs on acts: something is done to people who were selected one by one, or to all that a search finds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from apps.bulk import running
from apps.bulk.models import BulkJob, BulkKind, BulkSlice, BulkState
from apps.bulk.services import jobs
from apps.core.context import Context
from apps.core.errors import Invalid, Violation
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
