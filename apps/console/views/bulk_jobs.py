"""What the worker does to many people at once: how far it is, what came of it, whom it was not done to and why."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_POST, require_safe

from apps.bulk import kinds
from apps.bulk import selectors as bulk
from apps.bulk.services import acts, jobs
from apps.console import bulk_words
from apps.console.access import Desk, administrator, see_other
from apps.console.bulk import ACTIONS
from apps.console.dangerous import dangerous, in_admin_realm
from apps.console.forms.imports import columns_form
from apps.console.listing import Asked, address, asked_of, beside
from apps.console.render import form_status, fragment, listed_page, page, realm_url, wants_fragment

_PATH = "identities/bulk-jobs"
_PREVIEWED = 5
_FAILURES_SHOWN = 20
_RECENT = 5
_SHOWN = 20


@require_safe
@administrator("identities:read")
def index(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Newest first."""
    here, asked = realm_url(desk.realm, _PATH), asked_of(request, bulk.JOB_SORTS)
    state = given if (given := request.GET.get("state", "")) in bulk.PROGRESS else ""
    found = bulk.page_of_bulk_jobs(desk.realm, text=asked.text, progress=state, size=_SHOWN, **asked.steps)
    context = {
        "jobs": [_line(desk, job) for job in found.rows],
        "asked": asked.text,
        "here": here,
        "url": realm_url(desk.realm, "identities"),
        "filters": _filters(here, asked, state),
        "is_filtered": bool(asked.text or state),
        **beside(here, found, asked, state=state),
        "crumbs": [{"label": _("Identities"), "url": realm_url(desk.realm, "identities")}, {"label": _("Bulk jobs")}],
    }
    return listed_page(request, desk, "bulk_jobs", context)


def _filters(here: str, asked: Asked, state: str) -> list[dict[str, Any]]:
    words = {
        "": _("All"), "waiting": _("Waiting"), "running": _("In progress"), "done": _("Done"), "stopped": _("Stopped"),
    }  # fmt: skip
    return [
        {"label": label, "url": address(here, **asked.in_address, state=name), "current": name == state}
        for name, label in words.items()
    ]


@require_safe
@administrator("identities:read")
def detail(request: HttpRequest, desk: Desk, bulk_job_id: str) -> HttpResponse:
    """The whole of it, or for htmx the part that moves: 204 while nothing did."""
    job = bulk.get_bulk_job(desk.realm, bulk_job_id)
    if wants_fragment(request):
        if request.GET.get("seen") == _seen(job):
            return HttpResponse(status=204)
        return fragment(request, desk, "bulk_jobs/_job.html", _context(desk, job, None))
    return shown(request, desk, job)


@require_POST
@administrator("identities:read")
def stop(request: HttpRequest, desk: Desk, bulk_job_id: str) -> HttpResponse:
    job = bulk.get_bulk_job(desk.realm, bulk_job_id)
    desk.require(kinds.scope_of(job.kind))
    jobs.stop_job(desk.ctx, job)
    messages.success(request, _("Stopped. What was done stays done."))
    return see_other(request, url_of(desk, job))


@require_POST
@administrator("identities:read")
@dangerous(_lazy("Undo"), when=in_admin_realm)
def undo(request: HttpRequest, desk: Desk, bulk_job_id: str) -> HttpResponse:
    """Does the opposite to those whom the job changed: a job of its own, which its report is of."""
    job = bulk.get_bulk_job(desk.realm, bulk_job_id)
    desk.require(kinds.scope_of(job.kind))
    return see_other(request, url_of(desk, acts.undo_act(desk.ctx, job)))


@require_safe
@administrator("identities:read")
def failed(request: HttpRequest, desk: Desk, bulk_job_id: str) -> Any:
    """Whom it was not done to, as a file to put right and import again."""
    job = bulk.get_bulk_job(desk.realm, bulk_job_id)
    response = StreamingHttpResponse(
        bulk.failed_rows(job, bulk_words.of_failure), content_type="text/csv; charset=utf-8"
    )
    response["Content-Disposition"] = f'attachment; filename="failed-{job.pk}.csv"'
    return response


def shown(request: HttpRequest, desk: Desk, job: Any, form: Any = None) -> HttpResponse:
    context = _context(desk, job, form)
    return page(request, desk, "bulk_jobs/detail.html", context, status=form_status(form) if form else 200)


def recent(desk: Desk) -> list[dict[str, Any]]:
    return [_line(desk, job) for job in bulk.page_of_bulk_jobs(desk.realm, size=_RECENT).rows]


def url_of(desk: Desk, job: Any) -> str:
    return realm_url(desk.realm, f"{_PATH}/{job.pk}")


def _line(desk: Desk, job: Any) -> dict[str, Any]:
    return {"job": job, "label": _label(job), "url": url_of(desk, job), "seen": job.done + job.failed}


def _label(job: Any) -> str:
    if job.kind == "import":
        return job.options["file_name"] or _("Import people")
    if undone := job.options.get("undoes_kind"):
        label = ACTIONS[undone].label if undone in ACTIONS else _("Take out of group")
        return _("Undo: %(act)s") % {"act": label}
    return str(ACTIONS[job.kind].label)


def _seen(job: Any) -> str:
    return f"{job.state}-{job.position}"


def _context(desk: Desk, job: Any, form: Any) -> dict[str, Any]:
    here = url_of(desk, job)
    waits = job.state in ("DRAFT", "CHECKED")
    identities_url = realm_url(desk.realm, "identities")
    failures = [] if job.is_at_work else list(bulk.failures_of(job)[:_FAILURES_SHOWN])
    return {
        "job": job,
        "label": _label(job),
        "import_url": realm_url(desk.realm, "identities/import"),
        "is_import": job.kind == "import",
        "is_trial": job.state in ("CHECKING", "CHECKED"),
        "here": here,
        "url": identities_url,
        "seen": _seen(job),
        "looked_at": job.done + job.failed,
        "to_do": job.created + job.changed,
        "ended": bulk_words.of_end(job),
        "failures": [{"row": each, "field": _field(each), "words": bulk_words.of_failure(each)} for each in failures],
        "more_failures": max(0, job.failed - len(failures)),
        "may_stop": desk.may(kinds.scope_of(job.kind)),
        **_undoing(desk, job),
        "events_url": address(realm_url(desk.realm, "events"), correlation_id=job.correlation_id)
        if desk.may("events:read")
        else "",
        "crumbs": [
            {"label": _("Identities"), "url": identities_url},
            {"label": _("Bulk jobs"), "url": realm_url(desk.realm, _PATH)},
            {"label": _label(job)},
        ],
        **(_columns(desk, job, form) if waits and desk.may("identities:create") else {}),
    }


def _undoing(desk: Desk, job: Any) -> dict[str, Any]:
    """Whether it may be undone, or by which job it was."""
    if not job.is_over or not desk.may(kinds.scope_of(job.kind)) or job.kind not in kinds.INVERSE:
        return {}
    done = acts.undoing(job)
    return {"undone_url": url_of(desk, done) if done else "", "may_undo": not done and acts.can_be_undone(job)}


def _field(failure: Any) -> str:
    return bulk_words.field_label(failure.field) if failure.field else ""


def _columns(desk: Desk, job: Any, form: Any) -> dict[str, Any]:
    """The question which column is what, each with what the first rows have in it."""
    form = form or columns_form(job, desk.scopes)
    rows = [cells for _, cells in bulk.first_rows(job, _PREVIEWED)]
    samples = [[cells[column][:80] for cells in rows if cells[column]] for column in range(len(job.options["heading"]))]
    return {"form": form, "columns": list(zip(form.selects, samples, strict=True))}
