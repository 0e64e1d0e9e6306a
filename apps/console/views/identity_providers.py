"""Identity providers at the console: who else may say who somebody is, and whether they can be reached."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.console import curls, own_events
from apps.console.access import Desk, administrator, see_other
from apps.console.dangerous import dangerous
from apps.console.forms.identity_providers import PATHS, NewProviderForm, ProviderForm, stored
from apps.console.forms.violations import add_violations
from apps.console.render import form_status, page, realm_url
from apps.console.undo import undo
from apps.core.errors import Invalid
from apps.core.rows import ChangedMeanwhile
from apps.federation import configuration, trials
from apps.federation import selectors as federation
from apps.federation import services as verbs
from apps.federation.contract import parse_identity_provider, parse_identity_provider_changes
from apps.federation.services import IssuerTaken

_PATH = "identity-providers"


@require_safe
@administrator("identity-providers:read")
def index(request: HttpRequest, desk: Desk) -> HttpResponse:
    """A few at most, so all of them."""
    rows = list(federation.identity_providers_in(desk.realm).order_by("id"))
    linked = federation.link_counts(rows)
    context = {
        "listed": [{"row": each, "url": _url(desk, each), "linked": linked.get(each.pk, 0)} for each in rows],
        "crumbs": [_crumb(desk)],
        "curls": [] if desk.realm.is_admin else curls.of_identity_providers(desk.realm),
    }
    if desk.may("identity-providers:create") and not desk.realm.is_admin and len(rows) < verbs.PROVIDERS_LIMIT:
        context["new_url"] = realm_url(desk.realm, f"{_PATH}/new")
    return page(request, desk, "identity_providers/index.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@administrator("identity-providers:create")
@dangerous(_lazy("Add provider"))
def new(request: HttpRequest, desk: Desk) -> HttpResponse:
    form = NewProviderForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            given = parse_identity_provider(form.given())
            made = verbs.create_identity_provider(desk.ctx, desk.realm, **given)
        except Invalid as refusal:
            add_violations(form, refusal, PATHS)
        except IssuerTaken:
            form.add_error("issuer", _("This realm has a provider with that issuer."))
        else:
            messages.success(request, _("“%(name)s” is added. Register the return address there.") % {"name": made})
            return see_other(request, _url(desk, made))
    crumbs = [_crumb(desk), {"label": _("Add provider")}]
    context = {"form": form, "cancel_url": realm_url(desk.realm, _PATH), "crumbs": crumbs}
    return page(request, desk, "identity_providers/new.html", context, status=form_status(form))


@require_safe
@administrator("identity-providers:read")
def detail(request: HttpRequest, desk: Desk, provider_id: str) -> HttpResponse:
    provider = federation.get_identity_provider(desk.realm, provider_id)
    context = _about(desk, provider) | own_events.of_thing(desk, provider.pk)
    context["curls"] = curls.of_identity_provider(desk.realm, provider)
    return page(request, desk, "identity_providers/detail.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@administrator("identity-providers:update")
@dangerous(_lazy("Change provider"))
def edit(request: HttpRequest, desk: Desk, provider_id: str) -> HttpResponse:
    provider = federation.get_identity_provider(desk.realm, provider_id)
    form = ProviderForm(request.POST if request.method == "POST" else None, row=provider)
    if form.is_valid():
        try:
            given = parse_identity_provider_changes(form.given(), provider)
            verbs.update_identity_provider(desk.ctx, provider, seen_at=form.seen_at, **given)
        except Invalid as refusal:
            add_violations(form, refusal, PATHS)
        except ChangedMeanwhile:
            fresh = federation.get_identity_provider(desk.realm, provider_id)
            form.show_both(stored(fresh), fresh.updated_at)
        else:
            messages.success(request, _("Saved."))
            return see_other(request, _url(desk, provider))
    context = _about(desk, provider, _("Settings")) | {"form": form}
    return page(request, desk, "identity_providers/edit.html", context, status=form_status(form))


@require_POST
@administrator("identity-providers:update")
def check(request: HttpRequest, desk: Desk, provider_id: str) -> HttpResponse:
    provider = federation.get_identity_provider(desk.realm, provider_id)
    told = trials.check_provider(desk.ctx, provider)
    wrong = next((each.detail for each in told.checks if not each.passed), "")
    if wrong:
        messages.error(request, _("It cannot be used: %(problem)s.") % {"problem": wrong})
    else:
        messages.success(request, _("It answers, and publishes keys that are good here. A sign-in tries the rest."))
    return see_other(request, _url(desk, provider))


@require_POST
@administrator("identity-providers:update")
@dangerous(_lazy("Enable provider"), when=lambda request, desk: request.POST.get("enabled") == "yes")
def switch(request: HttpRequest, desk: Desk, provider_id: str) -> HttpResponse:
    provider = federation.get_identity_provider(desk.realm, provider_id)
    enabled = request.POST.get("enabled") == "yes"
    verbs.update_identity_provider(desk.ctx, provider, enabled=enabled)
    told = _("People may sign in through it. {}") if enabled else _("Nobody signs in through it any more. {}")
    here = _url(desk, provider)
    messages.success(request, format_html(told, undo(f"{here}/switch", "enabled", "no" if enabled else "yes")))
    return see_other(request, here)


@require_http_methods(["GET", "HEAD", "POST"])
@administrator("identity-providers:delete")
@dangerous(_lazy("Delete provider"))
def delete(request: HttpRequest, desk: Desk, provider_id: str) -> HttpResponse:
    provider = federation.get_identity_provider(desk.realm, provider_id)
    problem, status = "", 200
    if request.method == "POST":
        if request.POST.get("confirmation", "").strip() == provider.display_name:
            verbs.delete_identity_provider(desk.ctx, provider)
            messages.success(request, _("“%(name)s” is deleted.") % {"name": provider.display_name})
            return see_other(request, realm_url(desk.realm, _PATH))
        problem, status = _("What you typed is not the provider's name."), 422
    context = _about(desk, provider, _("Delete")) | {"problem": problem}
    return page(request, desk, "identity_providers/delete.html", context, status=status)


def _about(desk: Desk, provider: Any, here: str = "") -> dict[str, Any]:
    url = _url(desk, provider)
    count = federation.link_counts([provider]).get(provider.pk, 0)
    crumbs: list[dict[str, str]] = [_crumb(desk), {"label": provider.display_name, "url": url}]
    return {
        "provider": provider,
        "url": url,
        "redirect_uri": configuration.redirect_uri(provider),
        "fields": sorted(provider.attribute_map.items()),
        "linked": ngettext("%(count)d person", "%(count)d people", count) % {"count": count},
        "lets_nobody_new_in": not provider.link_by_verified_email and not provider.create_identities,
        "may_change": desk.may("identity-providers:update"),
        "may_delete": desk.may("identity-providers:delete"),
        "crumbs": [*crumbs, {"label": here}] if here else crumbs,
    }


def _url(desk: Desk, provider: Any) -> str:
    return realm_url(desk.realm, f"{_PATH}/{provider.pk}")


def _crumb(desk: Desk) -> dict[str, str]:
    return {"label": _("Identity providers"), "url": realm_url(desk.realm, _PATH)}
