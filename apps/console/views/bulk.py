"""Many people of a realm at once: what was selected in the list is asked about, done, and reported person by person."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from apps.authenticators import selectors as authenticators
from apps.console import bulk
from apps.console.access import Desk, administrator, see_other, sentence
from apps.console.bulk import ACTIONS, Action
from apps.console.forms.bulk import BulkForm
from apps.console.listing import TEXT_LENGTH
from apps.console.render import form_status, fragment, page, realm_url, wants_fragment
from apps.core.errors import Invalid, NotFound, Refusal
from apps.credentials import selectors as credentials
from apps.credentials.services import batches
from apps.directory import selectors as directory
from apps.directory.services.members import PICKED_AT_ONCE

_NAMED = 12  # people who are named before one is asked about all of them
_GROUPS = 200


@require_http_methods(["GET", "HEAD", "POST"])
@administrator("identities:read")
def ask(request: HttpRequest, desk: Desk) -> HttpResponse:
    """GET asks about `identity_id`s, or with `all` about whom the list's search finds; POST does it and reports."""
    given = request.POST if request.method == "POST" else request.GET
    action = ACTIONS.get(given.get("action", ""))
    if action is None:
        raise NotFound("Action", given.get("action", "")[:16])
    desk.require(action.scope)
    ids = _selected(request, desk)
    if not ids:
        messages.warning(request, _("Select somebody first."))
        return see_other(request, _list_url(desk))
    posted = request.POST if request.method == "POST" else None
    form = BulkForm(posted, action=action, count=len(ids), ids=",".join(ids), **_choices(desk, action))
    if form.is_valid():
        return _done(request, desk, action, ids, form)
    people = bulk.people_of(desk, ids[:_NAMED])
    context = {
        "action": action,
        "form": form,
        "title": action.title % {"count": len(ids)},
        "people": people,
        "further": len(ids) - len(people),
        "is_cut": given.get("all") == "1" and len(ids) == PICKED_AT_ONCE,
        "most": f"{PICKED_AT_ONCE:,}",
        "url": _list_url(desk),
        "crumbs": _crumbs(desk, str(action.label)),
    }
    return page(request, desk, "identities/bulk.html", context, status=form_status(form))


@require_safe
@administrator("identities:read")
def links(request: HttpRequest, desk: Desk, batch_id: str) -> HttpResponse:
    """How far a batch of links is, and what became of each. 204 while nothing has changed."""
    desk.require("credential-binding-jobs:read")
    batch: Any = credentials.get_batch(desk.realm, batch_id)  # with its counts
    seen = f"{batch.state}-{batch.succeeded}-{batch.failed}"
    if wants_fragment(request) and request.GET.get("seen") == seen:
        return HttpResponse(status=204)
    failed = list(credentials.results_of(batch).filter(state="FAILED").order_by("pk"))
    names = {person.pk: person.display_name for person in bulk.people_of(desk, [each.wanted_id for each in failed])}
    context = {
        "batch": batch,
        "done": batch.succeeded,
        "is_live": batch.state == "RUNNING",
        "seen": seen,
        "refused": [
            bulk.Result(each.wanted_id, names.get(each.wanted_id, each.wanted_id), sentence(each.message))
            for each in failed
        ],
        "here": realm_url(desk.realm, f"identities/links/{batch.pk}"),
        "url": _list_url(desk),
        "crumbs": _crumbs(desk, _("Send links")),
    }
    if wants_fragment(request):
        return fragment(request, desk, "identities/_links_sent.html", context)
    return page(request, desk, "identities/links_sent.html", context)


def _selected(request: HttpRequest, desk: Desk) -> list[str]:
    if request.method == "POST":
        return bulk.ids_in([request.POST.get("ids", "")])
    if request.GET.get("all") != "1":
        return bulk.ids_in(request.GET.getlist("identity_id"))
    rows = directory.search_identities(desk.realm, request.GET.get("q", "")[:TEXT_LENGTH].strip())
    if (status := request.GET.get("status", "")) in ("active", "suspended"):
        rows = rows.filter(status=status)
    return list(rows.order_by("-id").values_list("pk", flat=True)[:PICKED_AT_ONCE])


def _choices(desk: Desk, action: Action) -> dict[str, list[Any]]:
    """What the form offers, asked for only where it does."""
    groups = directory.groups_in(desk.realm).select_related("realm").order_by("display_name", "pk")
    configs = authenticators.authenticator_configs_in(desk.realm)
    return {
        "groups": list(groups[:_GROUPS]) if action.name == "group" else [],
        "configs": sorted(configs, key=lambda config: not config.is_hosted) if action.name == "links" else [],
    }


def _done(request: HttpRequest, desk: Desk, action: Action, ids: list[str], form: BulkForm) -> HttpResponse:
    if action.name == "links":
        return _sent(request, desk, ids, form)
    group = directory.get_group(desk.realm, form.cleaned_data["group"]) if action.name == "group" else None
    results = bulk.run(desk, action, ids, group=group)
    refused = [each for each in results if each.problem]
    context = {
        "action": action,
        "group": group,
        "done": [each for each in results if not each.problem],
        "refused": refused,
        "url": _list_url(desk),
        "crumbs": _crumbs(desk, str(action.label)),
    }
    return page(request, desk, "identities/bulk_done.html", context)


def _sent(request: HttpRequest, desk: Desk, ids: list[str], form: BulkForm) -> HttpResponse:
    """The worker makes the links; the page it leads to says how far it is."""
    try:
        batch = batches.create_batch(
            desk.ctx,
            desk.realm,
            identity_ids=ids,
            delivery_method="EMAIL",
            authenticator_config=authenticators.get_authenticator_config(
                desk.realm, form.cleaned_data["authenticator"]
            ),
            expires_after=form.expires_after,
        )
    except Invalid:
        raise
    except Refusal as refusal:
        messages.error(request, sentence(refusal.message))
        return see_other(request, _list_url(desk))
    if not desk.may("credential-binding-jobs:read"):
        messages.success(request, _("The links are on their way."))
        return see_other(request, _list_url(desk))
    return see_other(request, realm_url(desk.realm, f"identities/links/{batch.pk}"))


def _list_url(desk: Desk) -> str:
    return realm_url(desk.realm, "identities")


def _crumbs(desk: Desk, last: str) -> list[dict[str, str]]:
    return [{"label": _("Identities"), "url": _list_url(desk)}, {"label": last}]
