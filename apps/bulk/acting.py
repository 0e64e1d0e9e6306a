"""A slice of people to whom something is done, by the verb that does it to one: whoever cannot be is told of and spares the
rest."""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db import OperationalError, transaction

from apps.authenticators import selectors as authenticators
from apps.bulk.models import BulkJob, BulkKind
from apps.bulk.tally import Tally
from apps.core.context import Context
from apps.core.errors import Refusal, Unavailable
from apps.core.rows import hold
from apps.credentials.models import DeliveryMethod
from apps.credentials.services import jobs as binding_jobs
from apps.directory import selectors as directory
from apps.directory.models import Group, Identity, IdentityStatus
from apps.directory.services import groups, identities
from apps.events import searching
from apps.events.filtering import EventFilter
from apps.events.types import EventType

logger = logging.getLogger(__name__)

_LOOKED_AT = 500  # changes of one person, the newest

Verb = Callable[[Identity], bool]  # whether it changed anything


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
    changed: list[bool] = []
    problem = _problem(lambda: changed.append(verb(person)))
    if problem is not None:
        tally.fail(job, problem[0], problem[1], subject=pk, cells=[name])
    elif changed[0]:
        tally.changed += 1
        tally.changed_ids.append(pk)
    else:
        tally.skipped += 1


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
    if job.kind in _STATUSES:
        wanted, change = _STATUSES[BulkKind(job.kind)]
        since = datetime.fromisoformat(given["joined_until"]) if "undoes" in given else None
        return lambda person: _turn(ctx, person, wanted, change, since)
    if job.kind in (BulkKind.ADD_TO_GROUP, BulkKind.TAKE_OUT_OF_GROUP):
        group = directory.get_group(job.realm, given["group_id"])
        if job.kind == BulkKind.ADD_TO_GROUP:
            return lambda person: _join(ctx, group, person)
        until = datetime.fromisoformat(given["joined_until"])
        return lambda person: _leave(ctx, group, person, until)
    if job.kind == BulkKind.SEND_LINKS:
        config = authenticators.get_authenticator_config(job.realm, given["config_id"])
        life = timedelta(seconds=given["life_seconds"])
        invite = partial(
            binding_jobs.create_job,
            delivery_method=DeliveryMethod.EMAIL,
            authenticator_config=config,
            expires_after=life,
        )
        return lambda person: bool(invite(ctx, person))
    return lambda person: _delete(ctx, person)


_STATUSES: dict[BulkKind, tuple[str, Callable[[Context, Identity], object]]] = {
    BulkKind.SUSPEND: (IdentityStatus.SUSPENDED, identities.suspend_identity),
    BulkKind.UNSUSPEND: (IdentityStatus.ACTIVE, identities.unsuspend_identity),
}


def _turn(
    ctx: Context, person: Identity, wanted: str, change: Callable[[Context, Identity], object], since: datetime | None
) -> bool:
    """Held before it is looked at: what somebody else did a moment ago is not ours to undo later. `since`: what is undone
    ended then; whoever was suspended or let in again after it stays as they are."""
    hold(person)
    if person.status == wanted or (since is not None and _was_turned(person, since)):
        return False
    change(ctx, person)
    return True


def _was_turned(person: Identity, since: datetime) -> bool:
    later = EventFilter(types=(EventType.IDENTITY_CHANGE,), outcomes=("SUCCESS",), target_id=person.pk, start=since)
    found = searching.search(person.realm, later, size=_LOOKED_AT).events
    return any(event.occurred_at > since and "status" in event.data.get("changes", {}) for event in found)


def _delete(ctx: Context, person: Identity) -> bool:
    identities.delete_identity(ctx, person)
    return True


def _join(ctx: Context, group: Group, person: Identity) -> bool:
    """The time of the membership says whose it is, when somebody else was quicker."""
    if directory.joined_at(group, person.pk) is not None:
        return False
    groups.add_members(ctx, group, [person.pk])
    return directory.joined_at(group, person.pk) == ctx.now


def _leave(ctx: Context, group: Group, person: Identity, until: datetime) -> bool:
    """Not who left meanwhile and was put in again."""
    joined_at = directory.joined_at(group, person.pk)
    if joined_at is None or joined_at > until:
        return False
    groups.remove_members(ctx, group, [person.pk])
    return True
