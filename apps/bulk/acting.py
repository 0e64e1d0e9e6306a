"""A slice of people to whom something is done, by the verb that does it to one: whoever cannot be is told of and spares the
rest."""

import logging
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from django.db import OperationalError, transaction

from apps.authenticators import selectors as authenticators
from apps.bulk.models import BulkJob, BulkKind
from apps.bulk.tally import Tally
from apps.core.context import Context
from apps.core.errors import Refusal, Unavailable
from apps.credentials.models import DeliveryMethod
from apps.credentials.services import jobs as binding_jobs
from apps.directory import selectors as directory
from apps.directory.models import Identity, IdentityStatus
from apps.directory.services import groups, identities

logger = logging.getLogger(__name__)

Verb = Callable[[Identity], object]


def act_on_slice(ctx: Context, job: BulkJob, ids: Sequence[str]) -> Tally:
    """Raises NotFound when the group or the authenticator of the job is gone."""
    tally = Tally()
    verb = _verb(ctx, job)
    found = directory.identities_in(job.realm).select_related("realm__tenant").filter(pk__in=ids)
    people = {person.pk: person for person in found}
    for pk in ids:
        if pk not in people:
            tally.fail(job, "not_found", "nobody here has this id any more", subject=pk)
    there = [people[pk] for pk in ids if pk in people]
    if job.kind == BulkKind.DELETE and _deleted_together(ctx, job, there):
        tally.changed += len(there)
        return tally
    for person in there:
        _act(job, person, verb, tally)
    return tally


def _deleted_together(ctx: Context, job: BulkJob, people: Sequence[Identity]) -> bool:
    """All in one go, which is quicker; False when one of them has to stay."""
    ids = [person.pk for person in people]
    return bool(ids) and _problem(lambda: identities.delete_identities(ctx, job.realm, ids)) is None


def _act(job: BulkJob, person: Identity, verb: Verb, tally: Tally) -> None:
    pk, name = person.pk, person.username  # a row that is deleted knows its key no more
    wanted = {BulkKind.SUSPEND: IdentityStatus.SUSPENDED, BulkKind.UNSUSPEND: IdentityStatus.ACTIVE}
    if wanted.get(BulkKind(job.kind)) == person.status:
        tally.skipped += 1
        return
    problem = _problem(lambda: verb(person))
    if problem is None:
        tally.changed += 1
    else:
        tally.fail(job, problem[0], problem[1], subject=pk, cells=[name])


def _problem(act: Callable[[], object]) -> tuple[str, str] | None:
    """(code, words). What nobody foresaw fails one and spares the others; a database that is away fails nobody."""
    try:
        with transaction.atomic():
            refusal = _refusal_of(act)
    except (OperationalError, Unavailable):
        raise
    except Exception:
        logger.exception("an act of a bulk job")
        return "internal_server_error", "internal server error"
    return (refusal.code, refusal.message) if refusal else None


def _refusal_of(act: Callable[[], object]) -> Refusal | None:
    """Caught inside the transaction: the event of a refusal stays."""
    try:
        act()
    except Unavailable:
        raise
    except Refusal as refusal:
        return refusal
    return None


def _verb(ctx: Context, job: BulkJob) -> Verb:
    """Raises NotFound."""
    given: dict[str, Any] = job.options
    if job.kind == BulkKind.ADD_TO_GROUP:
        group = directory.get_group(job.realm, given["group_id"])
        return lambda person: groups.add_members(ctx, group, [person.pk])
    if job.kind == BulkKind.SEND_LINKS:
        config = authenticators.get_authenticator_config(job.realm, given["config_id"])
        life = timedelta(seconds=given["life_seconds"])
        return lambda person: binding_jobs.create_job(
            ctx, person, delivery_method=DeliveryMethod.EMAIL, authenticator_config=config, expires_after=life
        )
    verbs: dict[str, Callable[[Context, Identity], object]] = {
        BulkKind.SUSPEND: identities.suspend_identity,
        BulkKind.UNSUSPEND: identities.unsuspend_identity,
        BulkKind.DELETE: identities.delete_identity,
    }
    return lambda person: verbs[job.kind](ctx, person)
