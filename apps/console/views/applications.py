"""Applications of a realm: OAuth clients. Their secrets: client_secrets.py."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_http_methods, require_safe

from apps.applications import selectors as applications
from apps.applications.authority import BeyondOwnScopes
from apps.applications.services import applications as applications_verbs
from apps.authenticators import selectors as authenticators
from apps.console import curls, own_events, scope_choices, several, several_acts, snippets
from apps.console.access import Desk, administrator, see_other, sentence
from apps.console.application_facts import facts_in_words
from apps.console.application_pages import about, crumb, endpoints_in_words, url_of
from apps.console.dangerous import dangerous, in_admin_realm
from apps.console.forms.application_keys import changes_keys
from apps.console.forms.application_settings import FIELDS as SETTINGS_FIELDS
from apps.console.forms.application_settings import ApplicationForm, stored
from apps.console.forms.applications import RotationForm
from apps.console.forms.uses import kind_of
from apps.console.forms.violations import add_violations
from apps.console.listing import address, asked_of, beside
from apps.console.render import form_status, fragment, listed_page, page, realm_url
from apps.core.errors import Invalid
from apps.core.rows import ChangedMeanwhile
from apps.realms import selectors as realms
from apps.tokens.issuer import issuer_of


@require_safe
@administrator("applications:read")
def index(request: HttpRequest, desk: Desk) -> HttpResponse:
    here = realm_url(desk.realm, "applications")
    asked = asked_of(request, applications.APPLICATION_SORTS)
    text = asked.text
    shown = applications.page_of_applications(desk.realm, text=text, **asked.steps)
    context = {
        "listed": [_line(desk, each) for each in shown.rows],
        "asked": text,
        "url": here,
        **beside(here, shown, asked),
        "export_url": address(f"{here}/export", q=text),
        "new_url": realm_url(desk.realm, "applications/new") if desk.may("applications:create") else "",
        "bulk_actions": several.offered(desk, several_acts.OF_APPLICATIONS),
        "bulk_url": f"{here}/bulk",
        "crumbs": [crumb(desk)],
        "curls": curls.of_applications(desk.realm),
    }
    return listed_page(request, desk, "applications", context)


def _line(desk: Desk, application: Any) -> dict[str, Any]:
    """One row of the list."""
    config = application.authenticator_config
    return {
        "key": str(application.pk),
        "name": application.display_name,
        "client_id": application.client_id,
        "kind": kind_of(application),
        "authenticator": config.display_name if config else "",
        "is_managed": application.is_managed,
        "created_at": application.created_at,
        "url": url_of(desk, application),
    }


@require_safe
@administrator("applications:read")
def protocol(request: HttpRequest, desk: Desk, application_id: str) -> HttpResponse:
    """What to tell the application: issuer, endpoints, client id."""
    application = applications.get_application(desk.realm, application_id)
    context = {
        "issuer": issuer_of(application),
        "endpoints": endpoints_in_words(application),
        "rotation": RotationForm(initial={"version": application.updated_at.isoformat()}),
        "rotate_url": f"{url_of(desk, application)}/rotate-secret",
    }
    context |= own_events.of_thing(desk, application.pk)
    return page(request, desk, "applications/protocol.html", about(desk, application, "") | context)


def _is_grave(request: HttpRequest, desk: Desk) -> bool:
    """There, scopes, keys and addresses of an application are a way to the management API, like a new secret; elsewhere
    new keys are as good as one."""
    if not desk.may("applications:update") or scope_choices.only_looks(request.POST):
        return False
    if in_admin_realm(request, desk):
        return True
    match = request.resolver_match
    application = applications.get_application(desk.realm, match.kwargs["application_id"] if match else "")
    return changes_keys(request.POST, application)


@require_http_methods(["GET", "HEAD", "POST"])
@administrator("applications:read")
@dangerous(_lazy("Change application"), when=_is_grave)
def configuration(request: HttpRequest, desk: Desk, application_id: str) -> HttpResponse:
    application = applications.get_application(desk.realm, application_id)
    if request.method == "POST":
        desk.require("applications:update")
    form = _settings_of(request, desk, application)
    looks = scope_choices.only_looks(request.POST)
    if looks:
        form.judge_nothing()
    elif form.is_valid():
        try:
            applications_verbs.update_application(desk.ctx, application, **form.changes(), seen_at=form.seen_at)
        except Invalid as refusal:
            add_violations(form, refusal, SETTINGS_FIELDS)
        except BeyondOwnScopes as refusal:
            form.add_error("scopes" if "scopes" in form.fields else None, sentence(refusal.message))
        except ChangedMeanwhile:
            fresh = applications.get_application(desk.realm, application_id)
            form.show_both(stored(fresh), fresh.updated_at)
        else:
            messages.success(request, _("Saved. It holds from the next sign-in and the next token on."))
            return see_other(request, f"{url_of(desk, application)}/configuration")
    application = applications.get_application(desk.realm, application_id)
    context = about(desk, application, "configuration") | {
        "form": form,
        "list_url": realm_url(desk.realm, "applications"),
    }
    context["facts"] = facts_in_words(application) if not context["may_change"] else []
    status = 200 if looks else form_status(form)
    return page(request, desk, "applications/configuration.html", context, status=status)


def _settings_of(request: HttpRequest, desk: Desk, application: Any) -> ApplicationForm:
    text, kept = request.POST.get("find_scopes", ""), stored(application)["scopes"]
    return ApplicationForm(
        request.POST if request.method == "POST" else None,
        row=application,
        authenticators=authenticators.authenticator_configs_in(desk.realm),
        offering=lambda chosen: scope_choices.offered(desk.realm, chosen, text, stored=kept),
        realms=realms.realms_in(desk.tenant.pk) if desk.realm.is_admin else (),
    )


@require_safe
@administrator("applications:read")
def choices(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Scopes for whom somebody types, of a new application or one that is changed; what is ticked stands in the field."""
    text = request.GET.get("find_scopes", "")
    offered = scope_choices.offered(desk.realm, request.GET.getlist("scopes"), text)
    picker = offered.picker or scope_choices.of_all(offered, request.GET.getlist("scopes"))
    return fragment(request, desk, "policy/_choices.html", {"picker": picker})


@require_safe
@administrator("applications:read")
def quick_start(request: HttpRequest, desk: Desk, application_id: str) -> HttpResponse:
    application = applications.get_application(desk.realm, application_id)
    context = about(desk, application, "quick-start")
    if application.classification == applications.MANAGEMENT_API:
        realm = realms.realms_in(desk.tenant.pk).exclude(classification="ADMIN").first() or desk.realm
        config = authenticators.authenticator_configs_in(realm).filter(type="hosted_web").first()
        context |= {"snippets": snippets.of_management_api(application, realm, config), "target": realm}
    else:
        context |= {"snippets": snippets.of_application(application), "of_api": snippets.of_api(application)}
        context["asks_for_more"] = snippets.asks_for_more(application)
    return page(request, desk, "applications/quick_start.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@administrator("applications:delete")
@dangerous(_lazy("Delete application"))
def delete(request: HttpRequest, desk: Desk, application_id: str) -> HttpResponse:
    application = applications.get_application(desk.realm, application_id)
    problem = ""
    if request.method == "POST":
        if request.POST.get("confirmation", "").strip() == application.display_name:
            applications_verbs.delete_application(desk.ctx, application)
            messages.success(request, _("“%(name)s” is deleted.") % {"name": application.display_name})
            return see_other(request, realm_url(desk.realm, "applications"))
        problem = _("What you typed is not the application's name.")
    context = about(desk, application, "configuration") | {"problem": problem}
    return page(request, desk, "applications/delete.html", context, status=422 if problem else 200)
