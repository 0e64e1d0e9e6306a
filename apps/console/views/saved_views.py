"""Views of the events that are kept under a name: one's own, and those that others share."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from apps.console import event_queries
from apps.console.access import Desk, administrator, see_other, sentence
from apps.console.event_queries import Query
from apps.console.listing import asked_of, beside
from apps.console.questions import Question, ask
from apps.console.render import listed_in, realm_url
from apps.core.errors import Conflict, Invalid, Unprocessable
from apps.inquiries import saved_views as views

_OFFERED = 50  # in the menu; the page has them all


@require_http_methods(["GET", "HEAD", "POST"])
@administrator("events:read")
def index(request: HttpRequest, desk: Desk) -> HttpResponse:
    """To put them in order; posted to, it saves what the events' page shows."""
    here = realm_url(desk.realm, "events")
    if request.method == "POST":
        return _save(request, desk, here)
    asked = asked_of(request)
    shown = views.page_of_views(desk.realm, desk.administrator, text=asked.text, **asked.steps)
    listed = [
        {
            **_line(desk, view, here),
            "text": _words(view.query, here),
            "may_change": views.may_change(desk.ctx, view),
            "change_url": f"{here}/views/{view.pk}/change",
            "delete": _question(view, here),
        }
        for view in shown.rows
    ]
    context: dict[str, Any] = {"listed": listed, "asked": asked.text, "url": here, "crumbs": _crumbs(here)}
    context |= {"is_long": bool(asked.text or shown.before or shown.after), **beside(f"{here}/views", shown, asked)}
    return listed_in(request, desk, "events/views.html", "events/_kept_views.html", context)


@require_POST
@administrator("events:read")
def change(request: HttpRequest, desk: Desk, view_id: str) -> HttpResponse:
    view = views.get_view(desk.realm, desk.administrator, view_id)
    given: dict[str, Any] = {"name": request.POST.get("name", ""), "is_shared": request.POST.get("is_shared") == "yes"}
    try:
        views.change_view(desk.ctx, view, **given)
    except (Invalid, Conflict) as refusal:
        messages.error(request, _why(refusal))
    else:
        messages.success(request, _("Saved."))
    return see_other(request, realm_url(desk.realm, "events/views"))


@require_http_methods(["GET", "HEAD", "POST"])
@administrator("events:read")
def delete(request: HttpRequest, desk: Desk, view_id: str) -> HttpResponse:
    """GET asks, where no dialog could."""
    view = views.get_view(desk.realm, desk.administrator, view_id)
    here = realm_url(desk.realm, "events")
    if request.method != "POST":
        return ask(request, desk, _question(view, here), f"{here}/views", _crumbs(here))
    views.delete_view(desk.ctx, view)
    messages.success(request, _("The view “%(name)s” is gone.") % {"name": view.name})
    return see_other(request, f"{here}/views")


def offered(desk: Desk, query: Query, here: str) -> list[dict[str, Any]]:
    """For the menu of the events' page."""
    shown = views.offered_views(desk.realm, desk.administrator, _OFFERED)
    return [{**_line(desk, view, here), "current": view.query == query.text} for view in shown]


def _save(request: HttpRequest, desk: Desk, here: str) -> HttpResponse:
    """Back to what was saved."""
    query = _query(request.POST.get("query", ""))
    given: dict[str, Any] = {"name": request.POST.get("name", ""), "is_shared": request.POST.get("is_shared") == "yes"}
    try:
        view = views.save_view(desk.ctx, desk.realm, desk.administrator, query=query.text, **given)
    except (Invalid, Unprocessable) as refusal:
        messages.error(request, _why(refusal))
    else:
        messages.success(request, _("“%(name)s” is kept under Views.") % {"name": view.name})
    return see_other(request, query.url(here))


def _why(refusal: Any) -> str:
    if isinstance(refusal, Invalid):
        return _("A view's name has 1 to 64 characters.")
    return sentence(refusal.message)


def _query(text: str) -> Query:
    """What somebody made up is no query; what is left of it is what a link would show."""
    try:
        given = QueryDict(text)
    except ValueError:  # more fields than any page of ours sends
        given = QueryDict()
    return event_queries.read(given, timezone.now())


def _words(text: str, here: str) -> str:
    chips = event_queries.chips(_query(text), here, [])
    return " · ".join(chip["label"] for chip in chips) or _("Everything")


def _line(desk: Desk, view: Any, here: str) -> dict[str, Any]:
    is_own = view.owner_id == desk.administrator.pk
    return {
        "key": view.pk,
        "name": view.name,
        "url": f"{here}?{view.query}" if view.query else here,
        "is_shared": view.is_shared,
        "by": "" if is_own else view.owner.display_name,
    }


def _question(view: Any, here: str) -> Question:
    text = _("The events stay. Nobody finds it under Views any more.") if view.is_shared else _("The events stay.")
    title = _("Delete the view “%(name)s”?") % {"name": view.name}
    return Question(title, text, _("Delete view"), f"{here}/views/{view.pk}/delete")


def _crumbs(here: str) -> list[dict[str, str]]:
    return [{"label": _("Events"), "url": here}, {"label": _("Views"), "url": f"{here}/views"}]
