"""The realm's record: a list that filters live in the URL of, one event with its whole flow, people to filter by."""

import json
import re
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from apps.applications import selectors as applications
from apps.console.access import Desk, administrator
from apps.console.event_facts import changes_of, facts_of
from apps.console.listing import TEXT_LENGTH, address
from apps.console.render import fragment, page, realm_url, wants_fragment
from apps.console.sentences import tell
from apps.core.errors import NotFound
from apps.directory import selectors as directory
from apps.events import outcomes
from apps.events import selectors as events
from apps.events.contract import event_json
from apps.events.selectors import EventFilter
from apps.events.types import EventType
from apps.web.templatetags.ui import STATES

_SHOWN = 50
_COUNTED = 10_000
_OF_FLOW = 100
_OFFERED = 6
_FLOW_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")


@require_safe
@administrator("events:read")
def index(request: HttpRequest, desk: Desk) -> HttpResponse:
    here = realm_url(desk.realm, "events")
    text = request.GET.get("q", "")[:TEXT_LENGTH].strip()
    if text and (found := _find(desk, text)):
        return redirect(found)
    asked = _asked(request)
    wanted = EventFilter(asked["type"], asked["outcome"], asked["actor"], asked["correlation_id"])
    before, after = request.GET.get("before", ""), request.GET.get("after", "")
    shown = events.page_of_events(desk.realm, wanted, before=before, after=after, size=_SHOWN)
    context = {
        "told": tell(desk.realm, [] if text else shown.events, base_url=f"{here}/"),
        "text": text,
        "url": here,
        "total": _total(desk, wanted),
        "older_url": address(here, **asked, before=shown.older) if shown.older else "",
        "newer_url": address(here, **asked, after=shown.newer) if shown.newer else "",
        "is_filtered": bool(text) or any(asked.values()),
        "chips": _chips(desk, here, asked, shown.events),
        "menus": [_types(here, asked), _outcomes(here, asked)],
        "actors_url": address(f"{here}/actors", **asked),
        "crumbs": [{"label": _("Events")}],
    }
    return page(request, desk, "events/index.html", context)


@require_safe
@administrator("events:read")
def detail(request: HttpRequest, desk: Desk, event_id: str) -> HttpResponse:
    """A page of its own; for htmx the part that unfolds below a line of the list."""
    event = events.get_event(desk.realm, event_id)
    here = realm_url(desk.realm, "events")
    flow = tell(desk.realm, events.flow_of(event)[:_OF_FLOW], base_url=f"{here}/", current_id=str(event.pk))
    context = {
        "told": tell(desk.realm, [event])[0],
        "flow": flow,
        "flow_url": address(here, correlation_id=event.correlation_id),
        "facts": facts_of(desk, event),
        "changes": changes_of(event),
        "json": json.dumps(event_json(event), indent=2, ensure_ascii=False),
        "url": f"{here}/{event.pk}",
    }
    if wants_fragment(request):
        return fragment(request, desk, "events/_more.html", context)
    context["crumbs"] = [{"label": _("Events"), "url": here}, {"label": _label(event.type)}]
    return page(request, desk, "events/detail.html", context)


@require_safe
@administrator("events:read")
def actors(request: HttpRequest, desk: Desk) -> HttpResponse:
    """People and applications whose name fits `q`, each a link that filters by it and keeps the other filters."""
    text = request.GET.get("q", "")[:TEXT_LENGTH].strip()
    here, asked = realm_url(desk.realm, "events"), _asked(request)
    found: list[tuple[str, str, str, str]] = []
    if text and desk.may("identities:read"):
        rows = directory.search_identities(desk.realm, text)
        people = directory.page_of_identities(desk.realm, rows, by_name=True, size=_OFFERED).rows
        found += [(person.pk, person.display_name, person.username, "user") for person in people]
    if text and desk.may("applications:read"):
        named = applications.applications_in(desk.realm).filter(display_name__icontains=text)[:_OFFERED]
        found += [(str(each.pk), each.display_name, _("Application"), "app-window") for each in named]
    offered = [
        {"url": address(here, **{**asked, "actor": pk}), "name": name, "text": told, "icon": icon}
        for pk, name, told, icon in found
    ]
    return fragment(request, desk, "events/_actors.html", {"offered": offered, "text": text})


def _asked(request: HttpRequest) -> dict[str, Any]:
    """The filters of the URL, as they go back into one."""
    return {
        "type": request.GET.getlist("type")[:50],
        "outcome": request.GET.getlist("outcome")[:50],
        "actor": request.GET.get("actor", "")[:64],
        "correlation_id": request.GET.get("correlation_id", "")[:64],
    }


def _find(desk: Desk, text: str) -> str:
    """Where a pasted id or a username leads: one event, everything in a flow, everything that somebody did; or ""."""
    here = realm_url(desk.realm, "events")
    try:
        return f"{here}/{events.get_event(desk.realm, text).pk}"
    except NotFound:
        pass
    if _FLOW_ID.fullmatch(text) and events.events_in(desk.realm, EventFilter(correlation_id=text)).exists():
        return address(here, correlation_id=text)
    if events.events_in(desk.realm, EventFilter(actor_id=text[:64])).exists():
        return address(here, actor=text[:64])
    person = directory.identity_by_username(desk.realm, text) if desk.may("identities:read") else None
    return address(here, actor=person.pk) if person else ""


def _total(desk: Desk, wanted: EventFilter) -> str:
    """Where an index can count; the outcome alone has none."""
    if wanted.outcomes:
        return ""
    count = directory.count_up_to(events.events_in(desk.realm, wanted), _COUNTED)
    return f"{_COUNTED:,}+" if count > _COUNTED else f"{count:,}"


def _label(code: str) -> str:
    return code.replace("_", " ").capitalize().replace("Api ", "API ")


def _outcome_label(code: str) -> str:
    return str(STATES[code][1]) if code in STATES else _label(code)


def _chips(desk: Desk, here: str, asked: dict[str, Any], shown: list[Any]) -> list[dict[str, str]]:
    """One for every filter that is set; its link takes the filter away."""
    chips = [
        {"label": label(code), "url": address(here, **{**asked, name: [each for each in asked[name] if each != code]})}
        for name, label in (("type", _label), ("outcome", _outcome_label))
        for code in asked[name]
    ]
    if asked["actor"]:
        named = next((event.actor_display_name for event in shown if event.actor_display_name), asked["actor"])
        told = _("By %(name)s") % {"name": named}
        chips.append({"label": told, "url": address(here, **{**asked, "actor": ""})})
    if asked["correlation_id"]:
        told = _("Flow %(id)s") % {"id": asked["correlation_id"]}
        chips.append({"label": told, "url": address(here, **{**asked, "correlation_id": ""})})
    return chips


def _types(here: str, asked: dict[str, Any]) -> dict[str, Any]:
    return _menu(_("Type"), "type", [(str(kind), _label(kind)) for kind in EventType], here, asked)


def _outcomes(here: str, asked: dict[str, Any]) -> dict[str, Any]:
    return _menu(_("Outcome"), "outcome", [(code, _outcome_label(code)) for code in outcomes.known()], here, asked)


def _menu(label: str, name: str, offered: list[tuple[str, str]], here: str, asked: dict[str, Any]) -> dict[str, Any]:
    """Every value of a filter as a link that adds it, or takes it away again."""
    chosen = asked[name]
    items = []
    for code, words in sorted(offered, key=lambda pair: pair[1]):
        left = [each for each in chosen if each != code]
        url = address(here, **{**asked, name: left if code in chosen else [*chosen, code]})
        items.append({"code": code, "label": words, "url": url, "current": code in chosen})
    return {"label": label, "items": items}
