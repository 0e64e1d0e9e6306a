"""Many people of a realm at once: those selected in the list, or all that its search finds. One is asked first, then the
worker does it and views/bulk_jobs.py shows how far it is."""

import re
import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_http_methods

from apps.authenticators import selectors as authenticators
from apps.bulk import kinds
from apps.bulk.services import acts
from apps.bulk.services.acts import Search
from apps.console import bulk
from apps.console.access import Desk, administrator, see_other
from apps.console.bulk import ACTIONS, Action
from apps.console.dangerous import dangerous, in_admin_realm
from apps.console.figures import figure
from apps.console.forms.bulk import BulkForm
from apps.console.listing import TEXT_LENGTH
from apps.console.render import form_status, page, realm_url
from apps.console.views import bulk_jobs
from apps.core.errors import NotFound
from apps.directory import selectors as directory

_NAMED = 12  # people who are named before one is asked about all of them
_GROUPS = 200
_ID = re.compile(r"[0-9a-f]{16}")


def _is_grave(request: HttpRequest, desk: Desk) -> bool:
    return in_admin_realm(request, desk) or request.POST.get("action") == "delete"


@require_http_methods(["GET", "HEAD", "POST"])
@administrator("identities:read")
@dangerous(_lazy("Change people"), when=_is_grave)
def ask(request: HttpRequest, desk: Desk) -> HttpResponse:
    """GET asks about `identity_id`s, or with `all` about whom the list's search finds; POST has it done."""
    given = request.POST if request.method == "POST" else request.GET
    action = ACTIONS.get(given.get("action", ""))
    if action is None:
        raise NotFound("Action", given.get("action", "")[:16])
    desk.require(action.scope)
    people = _selected(desk, given)
    named, count = _named(desk, people)
    if not count:
        messages.warning(request, _("Select somebody first."))
        return see_other(request, _list_url(desk))
    form = BulkForm(
        request.POST if request.method == "POST" else None,
        action=action,
        count=count,
        kept=_kept(people),
        **_choices(desk, action),
    )
    if form.is_valid():
        return _begun(request, desk, action, people, form)
    context = {
        "action": action,
        "form": form,
        "title": action.title % {"count": count},
        "people": named,
        "further": count - len(named),
        "is_cut": count == acts.MOST_PEOPLE,
        "most": figure(acts.MOST_PEOPLE),
        "url": _list_url(desk),
        "crumbs": [{"label": _("Identities"), "url": _list_url(desk)}, {"label": str(action.label)}],
    }
    return page(request, desk, "identities/bulk.html", context, status=form_status(form))


def _selected(desk: Desk, given: QueryDict) -> list[str] | Search:
    """A search is of those who are here now: `until`, the newest of them, goes through the form."""
    if given.get("all") != "1":
        return bulk.ids_in([*given.getlist("identity_id"), given.get("ids", "")])
    until = given.get("until", "")
    if not _ID.fullmatch(until):
        newest = directory.page_of_identities(desk.realm, directory.identities_in(desk.realm), size=1).rows
        until = newest[0].pk if newest else ""
    status = given.get("status", "")
    text = given.get("q", "")[:TEXT_LENGTH].strip()
    return Search(text, status if status in ("active", "suspended") else "", until)


def _named(desk: Desk, people: list[str] | Search) -> tuple[list[Any], int]:
    """The first of them, and how many there are."""
    if isinstance(people, Search):
        found = acts.found_by(desk.realm, people)
        count = min(acts.MOST_PEOPLE, directory.count_up_to(found, acts.MOST_PEOPLE))
        return list(found.order_by("pk")[:_NAMED]), count
    rows = directory.identities_in(desk.realm).filter(pk__in=people[:_NAMED])
    return list(rows.order_by("search_key")), len(people)


def _kept(people: list[str] | Search) -> dict[str, str]:
    """Whom it is about, in hidden fields."""
    if isinstance(people, Search):
        return {"all": "1", "q": people.text, "status": people.status, "until": people.until}
    return {"ids": ",".join(people)}


def _choices(desk: Desk, action: Action) -> dict[str, list[Any]]:
    """What the form offers, asked for only where it does."""
    groups = directory.groups_in(desk.realm).select_related("realm").order_by("display_name", "pk")
    configs = authenticators.authenticator_configs_in(desk.realm)
    return {
        "groups": list(groups[:_GROUPS]) if action.name == "group" else [],
        "configs": sorted(configs, key=lambda config: not config.is_hosted) if action.name == "links" else [],
    }


def _begun(
    request: HttpRequest, desk: Desk, action: Action, people: list[str] | Search, form: BulkForm
) -> HttpResponse:
    """Sent twice, the form is one job: it carries the id that it is asked for by."""
    job = acts.start_act(
        desk.ctx,
        desk.realm,
        kinds.kind_of(action.name),
        people=people,
        asked_as=str(form.cleaned_data["asked_as"] or uuid.uuid4()),
        **form.options,
    )
    return see_other(request, bulk_jobs.url_of(desk, job))


def _list_url(desk: Desk) -> str:
    return realm_url(desk.realm, "identities")
