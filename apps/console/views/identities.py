"""The people of a realm: find them, add them, look at one, change, delete."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_http_methods, require_safe

from apps.applications import selectors as applications
from apps.console import bulk, curls, several_acts
from apps.console.access import Desk, administrator, see_other
from apps.console.dangerous import dangerous, in_admin_realm
from apps.console.event_lines import tell
from apps.console.figures import up_to
from apps.console.forms.identities import FIELDS, IdentityForm, NewIdentityForm, stored_in
from apps.console.forms.violations import add_violations
from apps.console.listing import Asked, address, asked_of, beside
from apps.console.render import form_status, fragment, page, realm_url, wants_fragment
from apps.console.views.identity_access import crumbs_of, signing_out, suspending, url_of
from apps.console.views.identity_links import links_shown
from apps.console.views.identity_sessions import sessions_shown
from apps.console.views.passkeys import invitation_by_api, invitation_form, section_of
from apps.core.errors import Invalid
from apps.core.rows import ChangedMeanwhile
from apps.credentials import selectors as credentials
from apps.directory import selectors as directory
from apps.directory import words
from apps.directory.services import identities
from apps.directory.services.identity_rows import ExternalIdTaken, UsernameTaken
from apps.events import selectors as events
from apps.federation import selectors as federation

_SHOWN = 20
_COUNTED = 10_000
_RECENT_EVENTS = 8
_GROUPS_SHOWN = 50
_STATUSES = ("active", "suspended")


@require_safe
@administrator("identities:read")
def index(request: HttpRequest, desk: Desk) -> HttpResponse:
    asked, status = asked_of(request, directory.IDENTITY_SORTS), request.GET.get("status", "")
    status = status if status in _STATUSES else ""
    rows = directory.search_identities(desk.realm, asked.text)
    if status:
        rows = rows.filter(status=status)
    shown = directory.page_of_identities(desk.realm, rows, size=_SHOWN, **asked.steps)
    context = {**_list(desk, asked, status, shown), "total": "" if asked.text else _total(rows)}
    if wants_fragment(request):
        return fragment(request, desk, "identities/_results.html", context)
    return page(request, desk, "identities/index.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@administrator("identities:create")
def new(request: HttpRequest, desk: Desk) -> HttpResponse:
    form = NewIdentityForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            name, traits = form.parsed()
            identity = identities.create_identity(desk.ctx, desk.realm, display_name=name, traits=traits)
        except Invalid as refusal:
            add_violations(form, refusal, FIELDS)
        except (UsernameTaken, ExternalIdTaken) as refusal:
            _add_conflict(form, refusal)
        else:
            messages.success(request, _("%(name)s is added.") % {"name": identity.display_name})
            return see_other(request, url_of(desk, identity))
    crumbs = [{"label": _("Identities"), "url": realm_url(desk.realm, "identities")}, {"label": _("Add identity")}]
    context = {"form": form, "cancel_url": realm_url(desk.realm, "identities"), "crumbs": crumbs}
    return page(request, desk, "identities/new.html", context, status=form_status(form))


@require_safe
@administrator("identities:read")
def detail(request: HttpRequest, desk: Desk, identity_id: str) -> HttpResponse:
    identity, links = federation.identity_with_links(desk.realm, identity_id)
    signed_in = sessions_shown(desk, identity, url_of(desk, identity))
    context: dict[str, Any] = {
        "identity": identity,
        "url": url_of(desk, identity),
        "is_self": identity.pk == desk.administrator.pk,
        "suspend": suspending(desk, identity),
        "sign_out": signing_out(desk, identity),
        "sessions": signed_in,
        "many_sessions": len(signed_in) > 1,
        "all_sessions_label": _("All sessions") if signed_in else "",
        "links": links_shown(desk, links),
        "many_links": len(links) > 1,
        "several": {"sessions": [several_acts.END_SESSIONS], "providers": [several_acts.DISCONNECT]},
        "traits": [fact for fact in _traits(identity) if fact["value"]],
        "crumbs": crumbs_of(desk, identity),
        "curls": curls.of_identity(desk.realm, identity),
    }
    if desk.may("credentials:read") or desk.may("credential-binding-jobs:read"):
        context["section"] = section_of(desk, identity)
    if desk.may("credential-binding-jobs:create"):
        context["form"] = invitation_form(desk, identity)
        context["by_api"] = invitation_by_api(desk, identity, context["form"])
        context["curls"] += [context["by_api"]] if context["by_api"] else []
    if desk.may("groups:read"):
        groups = list(directory.groups_of(identity)[: _GROUPS_SHOWN + 1])
        context |= {"groups": groups, "group_count": up_to(len(groups), _GROUPS_SHOWN), "most_groups": _GROUPS_SHOWN}
        context["groups_url"] = realm_url(desk.realm, "groups/")
    if desk.may("roles:read"):
        context["roles"] = applications.roles_given_to(identity).select_related("resource_server")[:_SHOWN]
        context["roles_url"] = realm_url(desk.realm, "roles/")
    if desk.may("events:read"):
        recent = events.recent_about(desk.realm, identity.pk, size=_RECENT_EVENTS)
        context["recent"] = tell(desk.realm, recent, base_url=realm_url(desk.realm, "events/"))
        context["events_url"] = address(realm_url(desk.realm, "events"), actor=identity.pk)
    return page(request, desk, "identities/detail.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@administrator("identities:update")
@dangerous(_lazy("Change identity"), when=in_admin_realm)
def edit(request: HttpRequest, desk: Desk, identity_id: str) -> HttpResponse:
    identity = directory.get_identity(desk.realm, identity_id)
    posted = request.POST if request.method == "POST" else None
    form = IdentityForm(posted, stored=stored_in(identity), read_at=identity.updated_at)
    if form.is_valid():
        try:
            name, traits = form.parsed()
            identities.update_identity(desk.ctx, identity, display_name=name, traits=traits, seen_at=form.seen_at)
        except Invalid as refusal:
            add_violations(form, refusal, FIELDS)
        except (UsernameTaken, ExternalIdTaken) as refusal:
            _add_conflict(form, refusal)
        except ChangedMeanwhile:
            fresh = directory.get_identity(desk.realm, identity_id)
            form.show_both(stored_in(fresh), fresh.updated_at)
        else:
            messages.success(request, _("Saved."))
            return see_other(request, url_of(desk, identity))
    crumbs = crumbs_of(desk, identity, {"label": _("Edit")})
    context = {"form": form, "identity": identity, "url": url_of(desk, identity), "crumbs": crumbs}
    return page(request, desk, "identities/edit.html", context, status=form_status(form))


@require_http_methods(["GET", "HEAD", "POST"])
@administrator("identities:delete")
@dangerous(_lazy("Delete identity"))
def delete(request: HttpRequest, desk: Desk, identity_id: str) -> HttpResponse:
    """A page that asks, for browsers that open no dialog and for what was typed wrong."""
    identity = directory.get_identity(desk.realm, identity_id)
    problem = ""
    if request.method == "POST":
        if request.POST.get("confirmation", "").strip() == identity.username:
            identities.delete_identity(desk.ctx, identity)
            messages.success(request, _("%(name)s is deleted.") % {"name": identity.display_name})
            return see_other(request, realm_url(desk.realm, "identities"))
        problem = _("What you typed is not the username.")
    crumbs = crumbs_of(desk, identity, {"label": _("Delete")})
    context = {"identity": identity, "url": url_of(desk, identity), "problem": problem, "crumbs": crumbs}
    return page(request, desk, "identities/delete.html", context, status=422 if problem else 200)


def _list(desk: Desk, asked: Asked, status: str, shown: directory.Page) -> dict[str, Any]:
    here = realm_url(desk.realm, "identities")
    passkeys = {}
    if desk.may("credentials:read"):
        passkeys = credentials.active_counts(desk.realm, [identity.pk for identity in shown.rows])
    filters = [(_("All"), ""), (_("Active"), "active"), (_("Suspended"), "suspended")]
    return {
        "text": asked.text,
        "begins": words.has_short_words(asked.text),
        "people": [{"row": identity, "passkeys": passkeys.get(identity.pk, 0)} for identity in shown.rows],
        "url": here,
        "has_more": bool(shown.before or shown.after),
        "bulk_actions": bulk.offered(desk),
        "filters": [
            {"label": label, "url": address(here, **asked.in_address, status=value), "current": status == value}
            for label, value in filters
        ],
        **beside(here, shown, asked, status=status),
        "export_url": address(f"{here}/export", q=asked.text, status=status),
        "clear_url": here if asked.text or status else "",
        "curls": curls.of_identities(desk.realm),
        "crumbs": [{"label": _("Identities")}],
    }


def _total(rows: Any) -> str:
    count = directory.count_up_to(rows, _COUNTED)
    return up_to(count, _COUNTED)


def _add_conflict(form: NewIdentityForm | IdentityForm, refusal: UsernameTaken | ExternalIdTaken) -> None:
    if isinstance(refusal, UsernameTaken):
        form.add_error("username", _("Somebody in this realm has this username. Choose another."))
    else:
        form.add_error("external_id", _("Somebody in this realm has this external id."))


def _traits(identity: Any) -> list[dict[str, str]]:
    """What is known beyond name, username and address, those without a control too."""
    labels = NewIdentityForm().fields
    known = {"given_name": identity.given_name, "family_name": identity.family_name, **identity.traits}
    known["external_id"] = identity.external_id
    return [
        {"label": str(labels[name].label) if name in labels else name.replace("_", " ").capitalize(), "value": value}
        for name, value in known.items()
    ]
