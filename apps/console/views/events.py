"""The realm's record: a list that filters live in the URL of, drawn over time and followed live."""

import hashlib
import re
import uuid
from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from apps.applications import selectors as applications
from apps.console import event_queries
from apps.console.access import Desk, administrator
from apps.console.event_chart import chart_of
from apps.console.event_lines import tell
from apps.console.event_queries import Query
from apps.console.figures import up_to
from apps.console.listing import TEXT_LENGTH
from apps.console.render import fragment, page, realm_url, wants_fragment
from apps.console.views import saved_views
from apps.core.errors import NotFound
from apps.directory import selectors as directory
from apps.events import searching
from apps.events import selectors as events
from apps.events.filtering import EventFilter
from apps.events.planning import along_indexes

_SHOWN = 50
_OFFERED = 6
_FLOW_ID = re.compile(r"[A-Za-z0-9_-]{16,64}")


@require_safe
@administrator("events:read")
def index(request: HttpRequest, desk: Desk) -> HttpResponse:
    here = realm_url(desk.realm, "events")
    query = event_queries.read(request.GET, timezone.now())
    if query.given["q"] and (event := _event_called(desk, query.given["q"])):
        return redirect(f"{here}/{event}")
    is_live = request.GET.get("live") == "1"
    steps = {} if is_live else {name: _cursor(request.GET.get(name, "")) for name in ("before", "after")}
    wanted = query.wanted(desk.realm)
    context: dict[str, Any] = {}
    with along_indexes():
        found = _search(desk, wanted, **steps)
        if found.is_of_a_flow and _FLOW_ID.fullmatch(query.given["q"]):
            return redirect(query.url(here, q="", correlation_id=query.given["q"]))
        total = "" if is_live else _total(desk, wanted)
        if request.GET.get("drawn") == "1":
            context["chart"] = chart_of(desk.realm, query, wanted, here)
    context |= _listed(desk, query, here, found, is_live=is_live, total=total, **steps)
    if is_live and wants_fragment(request):
        if request.GET.get("seen") == context["seen"]:
            return HttpResponse(status=204)  # nothing new: what is shown stays, and whatever is unfolded in it
        return fragment(request, desk, "events/_list.html", context)
    return page(request, desk, "events/index.html", context | _around(desk, query, here, context["events"]))


def _around(desk: Desk, query: Query, here: str, shown: list[Any]) -> dict[str, Any]:
    """What the page has around its list: what may be asked, and what is."""
    return {
        "text": query.given["q"],
        "kept": [(name, value) for name, value in _pairs(query) if name != "q"],
        "given": query.given,
        "chips": event_queries.chips(query, here, shown),
        "menus": [event_queries.types_menu(query, here), event_queries.outcomes_menu(query, here)],
        "periods": event_queries.periods_menu(query, here),
        "kept_beside_time": [pair for pair in _pairs(query) if pair[0] not in ("last", "from", "to")],
        "kept_beside_target": [pair for pair in _pairs(query) if pair[0] != "target"],
        "kept_beside_places": [pair for pair in _pairs(query) if pair[0] not in ("ip", "correlation_id")],
        "targets_url": query.url(f"{here}/actors", of="target"),
        "actors_url": query.url(f"{here}/actors"),
        "chart_url": query.url(f"{here}/chart"),
        "drawn_url": query.url(here, drawn="1"),
        "query_text": query.text,
        "saved": saved_views.offered(desk, query, here),
        "live_url": query.url(here, live="1"),
        "view_url": query.url(here),
        "crumbs": [{"label": _("Events")}],
    }


@require_safe
@administrator("events:read")
def chart(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Asked for once the list stands: a picture may take a moment longer."""
    here = realm_url(desk.realm, "events")
    query = event_queries.read(request.GET, timezone.now())
    if not wants_fragment(request):
        return redirect(query.url(here, drawn="1"))
    drawn = chart_of(desk.realm, query, query.wanted(desk.realm), here)
    return fragment(request, desk, "events/_chart.html", {"chart": drawn})


@require_safe
@administrator("events:read")
def actors(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Whose name fits `q`, each a link that filters by what they did and keeps the other filters; with `of=target`, by what
    was done to them."""
    text = request.GET.get("q", "")[:TEXT_LENGTH].strip()
    query = event_queries.read(request.GET, timezone.now())
    here = realm_url(desk.realm, "events")
    name = "target" if request.GET.get("of") == "target" else "actor"
    found = [*_people(desk, text), *_applications(desk, text), *(_groups(desk, text) if name == "target" else ())]
    offered = [
        {"url": query.url(here, q="", **{name: pk}), "name": called, "text": told, "icon": icon}
        for pk, called, told, icon in (found if text else ())
    ]
    context = {"offered": offered, "text": text, "list_id": f"{name}s"}
    return fragment(request, desk, "events/_actors.html", context)


Offered = Iterator[tuple[str, str, str, str]]  # (id, name, what it is, icon)


def _people(desk: Desk, text: str) -> Offered:
    if desk.may("identities:read"):
        rows = directory.search_identities(desk.realm, text)
        for each in directory.page_of_identities(desk.realm, rows, sort="name", size=_OFFERED).rows:
            yield each.pk, each.display_name, each.username, "user"


def _applications(desk: Desk, text: str) -> Offered:
    if desk.may("applications:read"):
        for each in applications.applications_in(desk.realm).filter(display_name__icontains=text)[:_OFFERED]:
            yield str(each.pk), each.display_name, _("Application"), "app-window"


def _groups(desk: Desk, text: str) -> Offered:
    if desk.may("groups:read"):
        for each in directory.page_of_groups(desk.realm, text=text, size=_OFFERED).rows:
            yield each.pk, each.display_name, _("Group"), "users-round"


def _search(
    desk: Desk, wanted: EventFilter, before: uuid.UUID | None = None, after: uuid.UUID | None = None
) -> searching.Found:
    return searching.search(desk.realm, wanted, beyond=after or before, size=_SHOWN, ascending=after is not None)


def _listed(
    desk: Desk,
    query: Query,
    here: str,
    found: searching.Found,
    *,
    is_live: bool,
    total: str,
    before: uuid.UUID | None = None,
    after: uuid.UUID | None = None,
) -> dict[str, Any]:
    """The context of templates/console/events/_list.html."""
    shown = found.events[::-1] if after else found.events
    older = (shown[-1].pk if shown else after) if after else found.next
    newer = found.next if after else (shown[0].pk if before and shown else None)
    return {
        "events": shown,
        "told": tell(desk.realm, shown, base_url=f"{here}/"),
        "total": total,
        "url": here,
        "is_filtered": query.is_filtered,
        "is_live": is_live,
        "is_short": found.is_short,
        "seen": hashlib.sha256("".join(str(event.pk) for event in shown).encode()).hexdigest()[:16],
        "live_list_url": query.url(here, live="1"),
        "older_url": query.url(here, before=str(older)) if older and not is_live else "",
        "newer_url": query.url(here, after=str(newer)) if newer and not is_live else "",
    }


def _cursor(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text) if text else None
    except ValueError:
        return None


def _pairs(query: Query) -> list[tuple[str, str]]:
    """What a form keeps in hidden fields."""
    found: list[tuple[str, str]] = []
    for name, value in query.given.items():
        found += [(name, each) for each in (value if isinstance(value, list) else [value]) if each]
    return found


def _event_called(desk: Desk, text: str) -> str:
    """The event whose id was pasted; or ""."""
    try:
        return str(events.get_event(desk.realm, text).pk)
    except NotFound:
        return ""


def _total(desk: Desk, wanted: EventFilter) -> str:
    found = searching.count(desk.realm, wanted)
    return up_to(found.size + found.is_capped, found.size)
