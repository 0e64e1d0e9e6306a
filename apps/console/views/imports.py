"""People from a file: it is taken in, its columns are named, it is tried out, and then imported by the worker."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_POST

from apps.bulk import selectors as bulk
from apps.bulk.files import UnreadableFile
from apps.bulk.services import imports
from apps.console import bulk_words
from apps.console.access import Desk, administrator, see_other
from apps.console.dangerous import dangerous, in_admin_realm
from apps.console.forms.imports import ImportForm, columns_form
from apps.console.render import form_status, page, realm_url
from apps.console.views import bulk_jobs
from apps.core.errors import NotFound


@csrf_exempt  # its form is checked all the same, but only when we know who sends it: a file is read by then
@require_http_methods(["GET", "HEAD", "POST"])
@administrator("identities:create")
@csrf_protect
def new(request: HttpRequest, desk: Desk) -> HttpResponse:
    desk.require("identities:read")
    form = ImportForm(request.POST, request.FILES) if request.method == "POST" else ImportForm()
    if form.is_valid():
        file = form.cleaned_data["file"]
        try:
            job = imports.upload_people(desk.ctx, desk.realm, file.file, file_name=file.name or "")
        except UnreadableFile as refusal:
            form.add_error("file", bulk_words.of_file(refusal))
        else:
            return see_other(request, bulk_jobs.url_of(desk, job))
    here = realm_url(desk.realm, "identities")
    context = {
        "form": form,
        "url": here,
        "jobs": bulk_jobs.recent(desk),
        "crumbs": [{"label": _("Identities"), "url": here}, {"label": _("Import people")}],
    }
    return page(request, desk, "bulk_jobs/import.html", context, status=form_status(form))


@require_POST
@administrator("identities:create")
def check(request: HttpRequest, desk: Desk, bulk_job_id: str) -> HttpResponse:
    """Names the columns; the worker tries the file out."""
    job = _import(desk, bulk_job_id)
    form = columns_form(job, desk.scopes, request.POST)
    if not form.is_valid():
        return bulk_jobs.shown(request, desk, job, form)
    imports.check_import(desk.ctx, job, columns=form.columns, existing=form.cleaned_data["existing"])
    return see_other(request, bulk_jobs.url_of(desk, job))


@require_POST
@administrator("identities:create")
@dangerous(_lazy("Import people"), when=in_admin_realm)
def start(request: HttpRequest, desk: Desk, bulk_job_id: str) -> HttpResponse:
    job = _import(desk, bulk_job_id)
    imports.start_import(desk.ctx, job)
    messages.success(request, _("The import has begun. You can leave this page; it goes on."))
    return see_other(request, bulk_jobs.url_of(desk, job))


def _import(desk: Desk, bulk_job_id: str) -> Any:
    job = bulk.get_bulk_job(desk.realm, bulk_job_id)
    if job.kind != "import":
        raise NotFound("BulkJob", bulk_job_id)
    return job
