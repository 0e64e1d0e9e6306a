"""API tokens of an application that acts for itself: list, make, revoke.

A token is shown in the answer that makes it and nowhere else; see client_secrets.py for why that answer is no redirect.
"""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_http_methods, require_safe

from apps.applications import selectors as applications
from apps.applications.authority import BeyondOwnScopes
from apps.console import curls, several, several_acts
from apps.console.access import Desk, administrator, see_other, sentence
from apps.console.application_pages import about, has_tokens, url_of
from apps.console.dangerous import dangerous, in_admin_realm
from apps.console.durations import in_words
from apps.console.forms.tokens import FIELDS, TokenForm
from apps.console.forms.violations import add_violations
from apps.console.listing import address, asked_of, beside
from apps.console.render import form_status, listed_page, page, realm_url
from apps.core.errors import Invalid, NotFound
from apps.tokens import selectors as tokens
from apps.tokens.contract import token_json
from apps.tokens.services import named_tokens, revocation
from apps.tokens.services.named_tokens import BoundToAKey, MadeBefore, NamedToken


@require_safe
@administrator("tokens:read")
def start(request: HttpRequest, desk: Desk) -> HttpResponse:
    """To the tokens of the tenant's management API: what every command that we offer wants."""
    application = applications.managed_application(desk.admin_realm, applications.MANAGEMENT_API)
    return redirect(realm_url(desk.admin_realm, f"applications/{application.pk}/tokens"))


@require_safe
@administrator("tokens:read")
def index(request: HttpRequest, desk: Desk, application_id: str) -> HttpResponse:
    application = _machine(desk, application_id)
    here, everything = _url(desk, application), request.GET.get("show") == "all"
    asked = asked_of(request, tokens.TOKEN_SORTS)
    shown = tokens.page_of_tokens(desk.ctx, application, named=not everything, text=asked.text, **asked.steps)
    context = {
        "listed": [_line(here, token) for token in shown.rows],
        "asked": asked.text,
        "shows_all": everything,
        "filters": [
            {"label": _("Made here"), "url": address(here, **asked.in_address), "current": not everything},
            {"label": _("All that work"), "url": address(here, **asked.in_address, show="all"), "current": everything},
        ],
        "clear_url": address(here, show="all" if everything else ""),
        "bulk_actions": several.offered(desk, several_acts.OF_TOKENS),
        "bulk_url": f"{here}/bulk",
        **beside(here, shown, asked, show="all" if everything else ""),
    }
    return listed_page(request, desk, "tokens", _page(desk, application) | context)


@require_http_methods(["GET", "HEAD", "POST"])
@administrator("tokens:create")
@dangerous(_lazy("Create token"))
def new(request: HttpRequest, desk: Desk, application_id: str) -> HttpResponse:
    """On a page of its own: for what was typed wrong in the dialog, and for browsers that open none."""
    application = _machine(desk, application_id)
    form = _form(desk, application, request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            made = named_tokens.create_token(desk.ctx, application, **form.wanted())
        except Invalid as refusal:
            add_violations(form, refusal, FIELDS)
        except BeyondOwnScopes as refusal:
            form.add_error("scopes", sentence(refusal.message))
        except BoundToAKey:
            form.add_error(None, _("Tokens of this application are bound to its key: it asks for them itself."))
        except MadeBefore:
            made_before = _("This form made its token already. It was shown then: if it is lost, revoke it.")
            messages.warning(request, made_before)
            return see_other(request, _url(desk, application))
        else:
            return _show_once(request, desk, application, made)
    return page(request, desk, "tokens/new.html", _page(desk, application) | {"form": form}, status=form_status(form))


@require_http_methods(["GET", "HEAD", "POST"])
@administrator("tokens:delete")
@dangerous(_lazy("Revoke token"), when=in_admin_realm)
def revoke(request: HttpRequest, desk: Desk, application_id: str, token_id: str) -> HttpResponse:
    application = applications.get_application(desk.realm, application_id)
    token = tokens.get_token(desk.ctx, application, token_id)
    told = token_json(token)
    if request.method == "POST":
        revocation.end_token(desk.ctx, token)
        over = _("“%(name)s” is revoked: it opens nothing any more.")
        messages.success(request, over % {"name": told["display_name"] or f"…{told['token_suffix']}"})
        return see_other(request, _url(desk, application))
    return page(request, desk, "tokens/revoke.html", _page(desk, application) | {"token": told})


def _machine(desk: Desk, application_id: str) -> Any:
    """Raises NotFound for one that signs people in only: it has no such tab."""
    application = applications.get_application(desk.realm, application_id)
    if not has_tokens(application):
        raise NotFound("Application", application_id)
    return application


def _url(desk: Desk, application: Any) -> str:
    return f"{url_of(desk, application)}/tokens"


def _page(desk: Desk, application: Any) -> dict[str, Any]:
    """What every page of the tab shows around its own."""
    return about(desk, application, "tokens") | {
        "form": _form(desk, application) if desk.may("tokens:create") else None,
        "is_bound": application.requires_dpop,
        "lifetime": in_words(application.token_expires_after_seconds),
        "tokens_url": _url(desk, application),
        "withheld": len(application.allowed_scopes) - len(_offered(desk, application)),
    }


def _form(desk: Desk, application: Any, data: Any = None) -> TokenForm:
    return TokenForm(data, application=application, offered=_offered(desk, application))


def _offered(desk: Desk, application: Any) -> list[str]:
    """Of the management API's scopes those alone that the administrator holds."""
    if not named_tokens.opens_management_api(application):
        return list(application.allowed_scopes)
    return [scope for scope in application.allowed_scopes if desk.may(scope)]


def _line(here: str, token: Any) -> dict[str, Any]:
    scopes = token.scope.split()
    return {
        "id": token.jti,
        "key": str(token.pk),
        "name": token.display_name or _("Asked for at the token endpoint"),
        "suffix": token.token_suffix,
        "scopes": scopes,
        "created_at": token.issued_at,
        "expires_at": token.expires,
        "last_used_at": token.last_used_at,
        "revoke_url": f"{here}/{token.jti}/revoke",
    }


def _show_once(request: HttpRequest, desk: Desk, application: Any, made: NamedToken) -> HttpResponse:
    context = {"made": made, "curl": curls.with_token(desk.tenant, application, made)}
    return page(request, desk, "tokens/made.html", _page(desk, application) | context)
