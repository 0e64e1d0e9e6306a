"""A slice of a file, tried out or done: by the directory's own verbs, so with its checks and its events."""

import logging
from collections.abc import Sequence
from typing import Any, cast

from django.db import OperationalError, transaction

from apps.bulk import mapping, rows
from apps.bulk.models import BulkJob, BulkState
from apps.bulk.rows import Problem, Row
from apps.bulk.tally import Tally
from apps.core.context import Context
from apps.core.errors import Invalid, Refusal, Unavailable
from apps.directory.models import Identity, IdentityStatus
from apps.directory.services import groups, identities
from apps.directory.services.identity_rows import ExternalIdTaken, UsernameTaken

logger = logging.getLogger(__name__)


def import_slice(ctx: Context, job: BulkJob, given: Sequence[Any]) -> Tally:
    tally = Tally()
    for row in rows.read(job, [(line, cells) for line, cells in given]):
        problem = row.problem
        if problem is None and job.state == BulkState.RUNNING:
            problem = _do(ctx, job, row, tally)
        elif problem is None:
            tally.count(_comes_to(job, row))
        if problem:
            tally.fail(
                job,
                problem.code,
                problem.message,
                line=row.line,
                subject=row.username[:64],
                field=problem.field[:32],
                cells=list(row.cells),
            )
    return tally


def _comes_to(job: BulkJob, row: Row) -> str:
    """What is counted when it is done."""
    if row.existing is None:
        return "created"
    is_to_change = job.options["existing"] == mapping.UPDATE and (row.groups or rows.changes(row))
    return "changed" if is_to_change else "skipped"


def _do(ctx: Context, job: BulkJob, row: Row, tally: Tally) -> Problem | None:
    """What nobody foresaw fails this row and spares the others; a database that is away is no reason to fail any."""
    outcome = _comes_to(job, row)
    try:
        with transaction.atomic():
            problem = _write(ctx, job, row, outcome)
    except (OperationalError, Unavailable):
        raise
    except Exception:
        logger.exception("line %s of bulk job %s", row.line, job.pk)
        return Problem("", "internal_server_error", "internal server error")
    if problem is None:
        tally.count(outcome)
    return problem


def _write(ctx: Context, job: BulkJob, row: Row, outcome: str) -> Problem | None:
    """A refusal leaves its event, and what was done before it: somebody may be added whom a group does not take."""
    if outcome == "skipped":
        return None
    try:
        if outcome == "created":
            status = row.said.get("status", IdentityStatus.ACTIVE).lower()
            person = identities.create_identity(ctx, job.realm, display_name=row.name, traits=row.traits, status=status)
        else:
            person = cast(Identity, row.existing)
            if asked := rows.changes(row):
                identities.update_identity(ctx, person, **asked)
        for group in row.groups:
            groups.add_members(ctx, group, [person.pk])
    except Unavailable:
        raise
    except Refusal as refusal:
        return _problem_of(refusal)
    return None


def _problem_of(refusal: Refusal) -> Problem:
    if isinstance(refusal, UsernameTaken):
        return Problem("username", "username_taken", refusal.message)
    if isinstance(refusal, ExternalIdTaken):
        return Problem("external_id", "external_id_taken", refusal.message)
    if isinstance(refusal, Invalid) and refusal.violations:
        first = refusal.violations[0]
        return Problem(first.field.rpartition(".")[2], "invalid", first.description)
    return Problem("", refusal.code, refusal.message)
