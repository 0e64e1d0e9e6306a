"""Realms of the administrator's tenant: the list, one realm's home, its settings, its end."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_http_methods, require_safe

from apps.console import activity as activity_of
from apps.console import curls, first_steps, holdings, own_events
from apps.console.access import Desk, administrator, last_realm_id, see_other
from apps.console.dangerous import dangerous
from apps.console.event_lines import tell
from apps.console.figures import figure
from apps.console.forms.realms import FIELDS, NewRealmForm, RealmForm, deletes, is_meant, stored
from apps.console.forms.violations import add_violations
from apps.console.listing import address, asked_of, beside
from apps.console.realm_pages import settings_tabs
from apps.console.render import CLASSIFICATIONS, form_status, fragment, listed_page, page, realm_url, wants_fragment
from apps.core.errors import Invalid
from apps.core.rows import ChangedMeanwhile
from apps.directory import counting
from apps.events import selectors as events
from apps.onboarding import services as onboarding
from apps.realms import selectors as realms
from apps.realms import services as realms_verbs
from apps.realms.services import RealmHasChildren, RealmNameTaken

_LIST = "/console/realms"
_RECENT_EVENTS = 8


@require_safe
@administrator("")
def start(request: HttpRequest, desk: Desk) -> HttpResponse:
    """The realm this browser looked at last, or the first customer realm."""
    of_tenant = realms.realms_in(desk.tenant.pk)
    found = of_tenant.filter(pk=last_realm_id(request)).first() or of_tenant.exclude(classification="ADMIN").first()
    return redirect(realm_url(found) if found and desk.may("realms:read") else _LIST)


@require_safe
@administrator("realms:read")
def index(request: HttpRequest, desk: Desk) -> HttpResponse:
    asked = asked_of(request, realms.REALM_SORTS)
    shown = realms.page_of_realms(desk.tenant.pk, text=asked.text, **asked.steps)
    people = counting.people_in_each([realm.pk for realm in shown.rows])
    context = {
        "listed": [_line(realm, people.get(realm.pk, 0)) for realm in shown.rows],
        "asked": asked.text,
        **beside(_LIST, shown, asked),
        "crumbs": [{"label": _("Realms")}],
    }
    return listed_page(request, desk, "realms", context)


def _line(realm: Any, identities: int) -> dict[str, Any]:
    """One row of the list."""
    return {
        "id": realm.pk,
        "name": realm.display_name,
        "kind": CLASSIFICATIONS[realm.classification],
        "classification": realm.classification,
        "identities": figure(identities),
        "created_at": realm.created_at,
        "url": realm_url(realm),
    }


@require_http_methods(["GET", "HEAD", "POST"])
@administrator("realms:create")
def new(request: HttpRequest, desk: Desk) -> HttpResponse:
    form = NewRealmForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            realm = onboarding.create_realm(
                desk.ctx,
                desk.tenant,
                desk.admin_realm,
                display_name=form.cleaned_data["name"],
                classification=form.cleaned_data["classification"],
            )
        except Invalid as refusal:
            add_violations(form, refusal, FIELDS)
        except RealmNameTaken:
            form.add_error("name", _("You have a realm with this name. Choose another."))
        else:
            created = _("“%(name)s” is ready, with a signing key and two policy rules to begin with.")
            messages.success(request, created % {"name": realm.display_name})
            return see_other(request, realm_url(realm))
    crumbs = [{"label": _("Realms"), "url": _LIST}, {"label": _("Create realm")}]
    return page(request, desk, "realms/new.html", {"form": form, "crumbs": crumbs}, status=form_status(form))


@require_safe
@administrator("realms:read")
def home(request: HttpRequest, desk: Desk) -> HttpResponse:
    realm = desk.realm
    asked = (holdings.asked(desk, holdings.ON_HOME), first_steps.asked(realm), activity_of.asked(desk))
    told = realms.told_of(realm, **{name: each for part in asked for name, each in part.items()})
    context: dict[str, Any] = {"kind": CLASSIFICATIONS[realm.classification], "holdings": holdings.lines(desk, told)}
    context["curls"] = curls.of_realm(realm)
    context["attention"] = activity_of.attention(desk, told)
    if desk.may("events:read"):
        context["activity_url"] = realm_url(realm, "activity")
        if (period := request.GET.get("last", "")) in activity_of.PERIODS:  # asked for by a link: without a script
            context["activity"] = activity_of.drawn(desk, period)
        recent = events.events_in(realm)[:_RECENT_EVENTS]
        context["events_url"] = realm_url(realm, "events")
        context["recent"] = tell(realm, recent, base_url=realm_url(realm, "events/"))
    context["steps"] = first_steps.steps_of(desk, told)
    context["steps_done"] = sum(step.done for step in context["steps"])
    return page(request, desk, "realms/home.html", context)


@require_safe
@administrator("events:read")
def activity(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Asked for once the home stands: a picture may take a moment longer."""
    period = request.GET.get("last", "")
    period = period if period in activity_of.PERIODS else "24h"
    if not wants_fragment(request):
        return redirect(address(realm_url(desk.realm), last=period))
    return fragment(request, desk, "realms/_activity.html", {"activity": activity_of.drawn(desk, period)})


def _deletes_events(request: HttpRequest, desk: Desk) -> bool:
    """Who shortens the record's life takes away what is known of them, too."""
    days = request.POST.get("retention", "")
    is_shorter = days.isascii() and days.isdigit() and deletes(int(days[:9]), desk.realm.event_retention_days)
    return is_shorter and is_meant(request.POST) and desk.may("realms:update")


@require_http_methods(["GET", "HEAD", "POST"])
@administrator("realms:read")
@dangerous(_lazy("Delete older events"), when=_deletes_events)
def settings(request: HttpRequest, desk: Desk) -> HttpResponse:
    realm = desk.realm
    form = RealmForm(request.POST if request.method == "POST" else None, row=realm)
    if request.method == "POST":
        desk.require("realms:update")
    if form.is_valid():
        try:
            # A row of its own: whatever comes of it, the page around the form shows the realm as it stands.
            row = realms.get_realm(desk.tenant.pk, realm.pk)
            realms_verbs.update_realm(
                desk.ctx,
                row,
                display_name=form.cleaned_data["name"],
                classification=form.cleaned_data["classification"],
                event_retention_days=form.cleaned_data["retention"],
                seen_at=form.seen_at,
            )
        except Invalid as refusal:
            add_violations(form, refusal, FIELDS)
        except RealmNameTaken:
            form.add_error("name", _("You have a realm with this name. Choose another."))
        except ChangedMeanwhile:
            fresh = realms.get_realm(desk.tenant.pk, realm.pk)
            form.show_both(stored(fresh), fresh.updated_at)
        else:
            messages.success(request, _("Saved."))
            return see_other(request, realm_url(realm, "settings"))
    context = {
        "form": form,
        "kind": CLASSIFICATIONS[realm.classification],
        "delete_url": realm_url(realm, "delete"),
        "tabs": settings_tabs(desk, ""),
        "curls": curls.of_realm(realm),
        "crumbs": [{"label": _("Settings")}],
        **own_events.of_thing(desk, realm.pk),
    }
    return page(request, desk, "realms/settings.html", context, status=form_status(form))


@require_http_methods(["GET", "HEAD", "POST"])
@administrator("realms:delete")
@dangerous(_lazy("Delete realm"))
def delete(request: HttpRequest, desk: Desk) -> HttpResponse:
    """A page that asks, for browsers that open no dialog and for a realm that cannot go yet."""
    realm, problem, status = desk.realm, "", 200
    if request.method == "POST":
        if request.POST.get("confirmation", "").strip() != realm.display_name:
            problem, status = _("What you typed is not the realm's name."), 422
        else:
            try:
                realms_verbs.delete_realm(desk.ctx, realm, desk.admin_realm)
            except RealmHasChildren:
                problem, status = _("Nothing was deleted: the realm is not empty yet."), 409
            else:
                messages.success(request, _("“%(name)s” is deleted.") % {"name": realm.display_name})
                return see_other(request, _LIST)
    told = realms.told_of(realm, **holdings.asked(desk))
    held = [holding for holding in holdings.lines(desk, told) if holding["blocks"]]
    context = {
        "problem": problem,
        "held": held,
        "settings_url": realm_url(realm, "settings"),
        "crumbs": [{"label": _("Delete realm")}],
    }
    return page(request, desk, "realms/delete.html", context, status=status)
