"""Events taken away as a file: asked for, downloaded while they are read, with how far it is and a way to stop it."""

from datetime import timedelta
from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict, StreamingHttpResponse
from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from apps.console import event_queries
from apps.console.access import Desk, administrator, see_other
from apps.console.figures import figure
from apps.console.file_names import file_name
from apps.console.listing import asked_of, beside
from apps.console.render import fragment, listed_in, page, realm_url, wants_fragment
from apps.core.errors import NotFound
from apps.inquiries import exports
from apps.web.held_threads import EXPORTS, Held

_BUSY_SECONDS = 10
_TYPES = {"ndjson": "application/x-ndjson", "csv": "text/csv; charset=utf-8"}
_TELLING = timedelta(seconds=3)  # before that nobody knows how quick it is


@require_http_methods(["GET", "HEAD", "POST"])
@administrator("events:read")
def index(request: HttpRequest, desk: Desk) -> HttpResponse:
    """GET lists the administrator's own, POST asks for one more."""
    if request.method == "POST":
        return _asked(request, desk)
    here, asked = realm_url(desk.realm, "events/exports"), asked_of(request, exports.EXPORT_SORTS)
    shown = exports.page_of_exports(desk.realm, desk.administrator, text=asked.text, **asked.steps)
    events_url = realm_url(desk.realm, "events")
    context = {
        "listed": [_line(desk, each) for each in shown.rows],
        "asked": asked.text,
        "url": here,
        **beside(here, shown, asked),
        "events_url": events_url,
        "crumbs": [{"label": _("Events"), "url": events_url}, {"label": _("Exports")}],
    }
    return listed_in(request, desk, "events/exports.html", "events/_exports.html", context)


def _line(desk: Desk, export: Any) -> dict[str, Any]:
    now, here = timezone.now(), realm_url(desk.realm, "events")
    chips = event_queries.chips(event_queries.read(QueryDict(export.query), export.created_at), here, [])
    return {
        "name": _name(desk, export),
        "url": _url(desk, export),
        "state": "BROKEN" if exports.is_silent(export, now) else export.state,
        "filters": [chip["label"] for chip in chips],
        "far": _far(export),
        "created_at": export.created_at,
    }


def _asked(request: HttpRequest, desk: Desk) -> HttpResponse:
    form = request.POST.get("format", "")
    if form not in _TYPES:
        raise NotFound("Format", form[:16])
    query = _query(request.POST.get("query", ""))
    told = {name: value for name, value in query.given.items() if value}
    made = exports.ask_for_export(
        desk.ctx, desk.realm, desk.administrator, query.wanted(desk.realm), form=form, query=query.text, told=told
    )
    return see_other(request, _url(desk, made))


@require_safe
@administrator("events:read")
def detail(request: HttpRequest, desk: Desk, export_id: str) -> HttpResponse:
    """The page that waits with whoever asked, or for htmx the part of it that moves."""
    export = exports.get_export(desk.realm, desk.administrator, export_id)
    context = _context(desk, export)
    if wants_fragment(request):
        return fragment(request, desk, "events/_export.html", context)
    return page(request, desk, "events/export.html", context)


@require_GET
@administrator("events:read")
def file(request: HttpRequest, desk: Desk, export_id: str) -> Any:
    """Once. One at a time for a tenant: it holds a thread."""
    export = exports.get_export(desk.realm, desk.administrator, export_id)
    query = event_queries.read(QueryDict(export.query), export.created_at)
    EXPORTS.require(desk.tenant.pk, _BUSY_SECONDS)
    leave = partial(EXPORTS.leave, desk.tenant.pk)
    try:
        held = Held(exports.write_out(export, query.wanted(desk.realm)), leave)
    except BaseException:
        leave()
        raise
    response = StreamingHttpResponse(held, content_type=_TYPES[export.format])
    response["Content-Disposition"] = f'attachment; filename="{_name(desk, export)}"'
    response["X-Accel-Buffering"] = "no"
    return response


@require_POST
@administrator("events:read")
def cancel(request: HttpRequest, desk: Desk, export_id: str) -> HttpResponse:
    export = exports.get_export(desk.realm, desk.administrator, export_id)
    exports.cancel_export(desk.ctx, export)
    return see_other(request, _url(desk, export))


def _query(text: str) -> event_queries.Query:
    try:
        given = QueryDict(text)
    except ValueError:  # more fields than any page of ours sends
        given = QueryDict()
    return event_queries.read(given, timezone.now())


def _url(desk: Desk, export: Any) -> str:
    return realm_url(desk.realm, f"events/exports/{export.pk}")


def _name(desk: Desk, export: Any) -> str:
    return file_name("events", desk.realm, export.created_at, export.format)


def _context(desk: Desk, export: Any) -> dict[str, Any]:
    now = timezone.now()
    state = "BROKEN" if exports.is_silent(export, now) else export.state
    here, list_url = _url(desk, export), realm_url(desk.realm, "events")
    chips = event_queries.chips(event_queries.read(QueryDict(export.query), now), list_url, [])
    return {
        "export": export,
        "state": state,
        "is_under_way": state in ("READY", "RUNNING"),
        "here": here,
        "file_url": f"{here}/file",
        "file_name": _name(desk, export),
        "list_url": f"{list_url}?{export.query}" if export.query else list_url,
        "again_url": f"{list_url}/exports",
        "exports_url": f"{list_url}/exports",
        "filters": [chip["label"] for chip in chips],
        "most": max(export.total, export.written, 1),
        "far": _far(export),
        "size": filesizeformat(export.size),
        "left": _left(export, now) if state == "RUNNING" else "",
        "events_url": f"{list_url}?target={export.pk}",
        "crumbs": [
            {"label": _("Events"), "url": list_url},
            {"label": _("Exports"), "url": f"{list_url}/exports"},
            {"label": _("Export")},
        ],
    }


def _far(export: Any) -> str:
    """ "12,500 of about 1,000,000 events"."""
    words = {"written": figure(export.written), "total": figure(max(export.total, export.written))}
    if export.state == "DONE":
        return ngettext("%(written)s event", "%(written)s events", export.written) % words
    if export.is_estimated:
        return _("%(written)s of about %(total)s events") % words
    return _("%(written)s of %(total)s events") % words


def _left(export: Any, now: Any) -> str:
    """ "about 2 minutes left"; "" while that is anybody's guess."""
    gone = export.updated_at - export.begun_at
    if gone < _TELLING or not export.written or export.written >= export.total:
        return ""
    seconds = gone.total_seconds() * (export.total - export.written) / export.written
    if seconds < 60:
        return _("less than a minute left")
    minutes = round(seconds / 60)
    return ngettext("about %(count)d minute left", "about %(count)d minutes left", minutes) % {"count": minutes}
