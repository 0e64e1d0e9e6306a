"""One field for everything: places and actions by their names, people, groups, applications, realms, a flow by its id.

The palette asks for it while one types; without a script it is a page of its own.
"""

import re
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from apps.applications import selectors as applications
from apps.console import palette
from apps.console.access import Desk, administrator
from apps.console.listing import TEXT_LENGTH, address
from apps.console.palette import Link
from apps.console.render import fragment, frame, page, realm_url, wants_fragment
from apps.directory import selectors as directory
from apps.events import selectors as events
from apps.events.selectors import EventFilter
from apps.realms import selectors as realms

_EACH = 5
_FLOW_ID = re.compile(r"[A-Za-z0-9_-]{16,64}")


@require_safe
@administrator("")
def in_realm(request: HttpRequest, desk: Desk) -> HttpResponse:
    return _answer(request, desk)


@require_safe
@administrator("")
def in_tenant(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Above the realms there are but realms to find."""
    return _answer(request, desk)


def _answer(request: HttpRequest, desk: Desk) -> HttpResponse:
    text = request.GET.get("q", "")[:TEXT_LENGTH].strip()
    around = frame(request, desk)
    groups = palette.offered(desk, around["nav"])
    if text:
        groups = [*_things(desk, text), *palette.fitting(groups, text)]
    found = [(label, [link.shown for link in links]) for label, links in groups if links]
    context = {"found": found, "text": text}
    if wants_fragment(request):
        return fragment(request, desk, "search/_results.html", context)
    return page(request, desk, "search/index.html", {**context, "crumbs": [{"label": _("Search")}]})


def _things(desk: Desk, text: str) -> list[tuple[str, list[Link]]]:
    found: list[tuple[str, list[Link]]] = []
    if desk.realm is not None:
        found += _of_realm(desk, text)
    if desk.may("realms:read"):
        named = realms.realms_in(desk.tenant.pk).filter(display_name__icontains=text)[:_EACH]
        found.append((_("Realms"), [Link(realm.display_name, "boxes", realm_url(realm), realm.pk) for realm in named]))
    return found


def _of_realm(desk: Desk, text: str) -> list[tuple[str, list[Link]]]:
    found = []
    if desk.may("identities:read"):
        rows = directory.search_identities(desk.realm, text)
        people = directory.page_of_identities(desk.realm, rows, sort="name", size=_EACH).rows
        links = [_thing(desk, each, "user", "identities", each.username) for each in people]
        found.append((_("Identities"), links))
    if desk.may("groups:read"):
        groups = directory.page_of_groups(desk.realm, text=text, size=_EACH).rows
        found.append((_("Groups"), [_thing(desk, each, "users-round", "groups", each.pk) for each in groups]))
    if desk.may("applications:read"):
        clients = applications.page_of_applications(desk.realm, text=text, size=_EACH).rows
        links = [_thing(desk, each, "app-window", "applications", each.client_id) for each in clients]
        found.append((_("Applications"), links))
    if desk.may("events:read") and _is_flow(desk, text):
        url = address(realm_url(desk.realm, "events"), correlation_id=text)
        found.append((_("Events"), [Link(_("Everything in this flow"), "workflow", url, text)]))
    return found


def _is_flow(desk: Desk, text: str) -> bool:
    return bool(_FLOW_ID.fullmatch(text)) and events.events_in(desk.realm, EventFilter(correlation_id=text)).exists()


def _thing(desk: Desk, row: Any, icon: str, path: str, text: str) -> Link:
    return Link(row.display_name, icon, realm_url(desk.realm, f"{path}/{row.pk}"), text)
