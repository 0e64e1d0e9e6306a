"""Authenticators of a realm: where people prove who they are, and which passkeys are taken."""

from contextlib import suppress
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_http_methods, require_safe

from apps.applications import selectors as applications
from apps.authenticators import selectors as authenticators
from apps.authenticators import services as authenticators_verbs
from apps.authenticators.services import ConfigInUse
from apps.console import curls, kept_forms, own_events
from apps.console.access import Desk, administrator, see_other
from apps.console.dangerous import dangerous, in_admin_realm
from apps.console.forms.authenticators import (
    DEVICE_BOUND,
    FIELDS,
    INVOCATION,
    TYPES,
    AuthenticatorForm,
    NewAuthenticatorForm,
    offers_passkeys,
    stored,
)
from apps.console.forms.sign_in_profile import profile_words
from apps.console.forms.violations import add_violations
from apps.console.listing import asked_of, beside
from apps.console.render import form_status, listed_page, page, realm_url
from apps.core.errors import Invalid, NotFound
from apps.core.rows import ChangedMeanwhile
from apps.credentials.selectors import people_without

_SHOWN = 20
_METHODS = {
    "webauthn_passkey": _lazy("Passkey"),
    "software_passkey": _lazy("Software passkey"),
    "email_one_time_password": _lazy("E-mail code"),
}


@require_safe
@administrator("authenticator-configs:read")
def index(request: HttpRequest, desk: Desk) -> HttpResponse:
    here = realm_url(desk.realm, "authenticators")
    asked = asked_of(request, authenticators.AUTHENTICATOR_SORTS)
    shown = authenticators.page_of_authenticator_configs(desk.realm, text=asked.text, **asked.steps)
    used = applications.counts_by_authenticator(desk.realm)
    listed = [
        {
            "id": config.pk,
            "name": config.display_name,
            "type": _title(TYPES[config.type]),
            "passkeys": _title(DEVICE_BOUND[config.device_bound]) if offers_passkeys(config) else "",
            "applications": used.get(config.pk, 0),
            "is_managed": config.is_managed,
            "created_at": config.created_at,
            "url": _url(desk, config),
        }
        for config in shown.rows
    ]
    context = {
        "listed": listed,
        "asked": asked.text,
        "url": here,
        **beside(here, shown, asked),
        "crumbs": [_crumb(desk)],
        "curls": curls.of_authenticators(desk.realm),
    }
    if desk.may("authenticator-configs:create"):
        context["new_url"] = realm_url(desk.realm, "authenticators/new")
    return listed_page(request, desk, "authenticators", context)


@require_http_methods(["GET", "HEAD", "POST"])
@administrator("authenticator-configs:create")
def new(request: HttpRequest, desk: Desk) -> HttpResponse:
    """`?for=` is a form that was set aside: it leads back there, with what is made here chosen."""
    form = NewAuthenticatorForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            config = authenticators_verbs.create_authenticator_config(
                desk.ctx, desk.realm, display_name=form.cleaned_data["name"], config=form.config()
            )
        except Invalid as refusal:
            add_violations(form, refusal, FIELDS)
        else:
            messages.success(request, _("“%(name)s” is ready.") % {"name": config.display_name})
            return see_other(request, _wanted_at(request, desk, config))
    context = {
        "form": form,
        "list_url": realm_url(desk.realm, "authenticators"),
        "crumbs": [_crumb(desk), {"label": _("Create authenticator")}],
    }
    return page(request, desk, "authenticators/new.html", context, status=form_status(form))


def _wanted_at(request: HttpRequest, desk: Desk, config: Any) -> str:
    if set_aside := request.GET.get("for", ""):
        with suppress(NotFound):
            return kept_forms.taken_up(request, desk, set_aside, authenticator=str(config.pk))
    return _url(desk, config)


def _is_grave(request: HttpRequest, desk: Desk) -> bool:
    """There it says how administrators sign in, and get back in."""
    return in_admin_realm(request, desk) and desk.may("authenticator-configs:update")


@require_http_methods(["GET", "HEAD", "POST"])
@administrator("authenticator-configs:read")
@dangerous(_lazy("Change authenticator"), when=_is_grave)
def detail(request: HttpRequest, desk: Desk, config_id: str) -> HttpResponse:
    config = authenticators.get_authenticator_config(desk.realm, config_id)
    if request.method == "POST":
        desk.require("authenticator-configs:update")
    form = AuthenticatorForm(request.POST if request.method == "POST" else None, row=config)
    if form.is_valid() and form.judge_switch(config, lambda kind: people_without(desk.realm, kind)):
        try:
            authenticators_verbs.update_authenticator_config(
                desk.ctx,
                config,
                display_name=form.cleaned_data["name"],
                settings=form.config(),
                seen_at=form.seen_at,
            )
        except Invalid as refusal:
            add_violations(form, refusal, FIELDS)
        except ChangedMeanwhile:
            fresh = authenticators.get_authenticator_config(desk.realm, config_id)
            form.show_both(stored(fresh), fresh.updated_at)
        else:
            messages.success(request, _("Saved. It holds from the next passkey and the next sign-in on."))
            return see_other(request, _url(desk, config))
    context = _detail(desk, config, form) | own_events.of_thing(desk, config.pk)
    return page(request, desk, "authenticators/detail.html", context, status=form_status(form))


@require_http_methods(["GET", "HEAD", "POST"])
@administrator("authenticator-configs:delete")
@dangerous(_lazy("Delete authenticator"))
def delete(request: HttpRequest, desk: Desk, config_id: str) -> HttpResponse:
    config = authenticators.get_authenticator_config(desk.realm, config_id)
    problem, status = "", 200
    if request.method == "POST":
        try:
            authenticators_verbs.delete_authenticator_config(desk.ctx, config)
        except ConfigInUse:
            problem, status = _("Nothing was deleted: this authenticator is in use."), 409
        else:
            messages.success(request, _("“%(name)s” is deleted.") % {"name": config.display_name})
            return see_other(request, realm_url(desk.realm, "authenticators"))
    context = {
        "config": config,
        **_users(desk, config),
        "problem": problem,
        "detail_url": _url(desk, config),
        "crumbs": [
            _crumb(desk),
            {"label": config.display_name, "url": _url(desk, config)},
            {"label": _("Delete")},
        ],
    }
    return page(request, desk, "authenticators/delete.html", context, status=status)


def _detail(desk: Desk, config: Any, form: AuthenticatorForm) -> dict[str, Any]:
    return {
        "config": config,
        "form": form,
        "type": _title(TYPES[config.type]),
        "methods": ", ".join(str(_METHODS[method["type"]]) for method in config.config["authentication_methods"]),
        "passkeys": _title(DEVICE_BOUND[config.device_bound]) if offers_passkeys(config) else "",
        "sign_in": profile_words(config) if config.is_hosted else "",
        "invocation": _title(INVOCATION[config.config.get("invocation_type", "automatic")]),
        **_users(desk, config),
        "may_change": not config.is_managed and desk.may("authenticator-configs:update"),
        "may_delete": not config.is_managed and desk.may("authenticator-configs:delete"),
        "delete_url": f"{_url(desk, config)}/delete",
        "crumbs": [_crumb(desk), {"label": config.display_name}],
        "curls": curls.of_authenticator(desk.realm, config),
    }


def _users(desk: Desk, config: Any) -> dict[str, Any]:
    """The applications that sign people in with it, the oldest of them; there may be ten thousand."""
    found = list(applications.applications_in(desk.realm).filter(authenticator_config=config)[: _SHOWN + 1])
    return {
        "users": [
            {"name": each.display_name, "id": each.client_id, "url": realm_url(desk.realm, f"applications/{each.pk}")}
            for each in found[:_SHOWN]
        ],
        "user_count": f"{_SHOWN}+" if len(found) > _SHOWN else len(found),
        "all_users_url": realm_url(desk.realm, "applications") if len(found) > _SHOWN else "",
    }


def _url(desk: Desk, config: Any) -> str:
    return realm_url(desk.realm, f"authenticators/{config.pk}")


def _crumb(desk: Desk) -> dict[str, str]:
    return {"label": _("Authenticators"), "url": realm_url(desk.realm, "authenticators")}


def _title(label: Any) -> str:
    return str(label).partition("\n")[0]
