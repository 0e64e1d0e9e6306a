"""Into the console and out of it. The console is an OpenID Connect client of its own tenant's admin realm: authorization
code + PKCE through the hosted pages. It redeems its code in process, through the verb the token endpoint calls."""

import re
import time
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.applications import selectors as applications
from apps.authentication import console_sessions
from apps.authentication.services import sessions
from apps.authentication.services.sessions import NewSession
from apps.console import kept_forms, oidc_client
from apps.console.access import desk_of, page_before, safe_next, see_other
from apps.console.forms.login import AddressForm, TenantForm
from apps.console.oidc_client import SignInFailed
from apps.core.errors import NotFound, RateLimited, Refusal
from apps.onboarding import services as onboarding
from apps.realms import selectors as realms
from apps.web import cookies, errors, language, limits, mailbox
from apps.web.context import context_of, subscriber_of
from apps.web.realm_pages import own_look

_TENANT = "identity_cloud_tenant"
_TENANT_ID = re.compile(r"[0-9a-f]{16}")
_TENANT_SECONDS = 365 * 86_400
_ANSWER_AFTER_SECONDS = 0.3


@require_http_methods(["GET", "HEAD", "POST"])
@language.spoken
def login(request: HttpRequest) -> HttpResponse:
    """Straight to the passkey when the tenant is known; else asks for an e-mail address or a tenant id."""
    if request.method == "POST":
        return _mail_links(request)
    if "tenant" in request.GET:
        return _named_tenant(request)
    known = request.COOKIES.get(_TENANT, "")
    if _TENANT_ID.fullmatch(known) and "elsewhere" not in request.GET:
        try:
            return _start(request, known, safe_next(request.GET.get("next", "")), "")
        except NotFound:
            pass  # it was deleted; this browser need not know which it was
    return _ask(request, sent="sent" in request.GET)


@require_safe
@language.spoken
def callback(request: HttpRequest) -> HttpResponse:
    """The redirect URI: state and issuer first, then the code, then a session of our own, or a fresh proof in it."""
    pending = oidc_client.take_pending(request)
    if not pending:
        return errors.page(
            request, 400, message=_("This sign-in took too long, or began in another browser. Try again.")
        )
    try:
        opened = _proven(request, pending) if "session" in pending else _opened(request, pending)
    except SignInFailed as failure:
        return errors.page(request, 403, message=str(failure))
    except Refusal:
        return errors.page(request, 400, message=_("This sign-in is over. Try again."))
    response = redirect(safe_next(pending["next"]))
    oidc_client.drop_pending(response, pending)
    cookies.write(response, cookies.console_cookie(), opened.token)
    _remember_tenant(response, pending["tenant"])
    return response


def _opened(request: HttpRequest, pending: dict[str, Any]) -> NewSession:
    console = applications.managed_application(realms.admin_realm_of(pending["tenant"]), applications.ADMIN_CONSOLE)
    return oidc_client.finish(context_of(request), console, pending, request.GET)


def _proven(request: HttpRequest, pending: dict[str, Any]) -> NewSession:
    desk = desk_of(request)
    if desk is None or str(desk.session.pk) != pending["session"]:
        raise SignInFailed(_("Nothing was done: your session ended meanwhile. Sign in again."))
    return oidc_client.finish_proof(desk.ctx, desk.session, pending, request.GET)


@require_POST
@language.spoken
def sign_out(request: HttpRequest) -> HttpResponse:
    desk = desk_of(request)
    if desk is not None:
        sessions.sign_out(desk.ctx, desk.session)
    response = see_other(request, "/console/signed-out")
    cookies.clear(response, cookies.console_cookie())
    response["Clear-Site-Data"] = '"cache"'
    return response


@require_safe
@language.spoken
def signed_out(request: HttpRequest) -> HttpResponse:
    return render(request, "console/login/signed_out.html", _frame())


@require_safe
@language.spoken
def over(request: HttpRequest) -> HttpResponse:
    """Why the console does not open any more, and back to where one was."""
    if desk_of(request) is not None:
        return redirect(safe_next(request.GET.get("next", "")))
    token = cookies.read(request, cookies.console_cookie())
    why = console_sessions.why_over(context_of(request), token) if token else console_sessions.Over.ENDED
    query = urlencode({"next": safe_next(request.GET.get("next", ""))})
    context = {
        **_frame(),
        "why": why,
        "idle_minutes": int(settings.CONSOLE_IDLE.total_seconds() // 60),
        "hours": int(settings.CONSOLE_SESSION_LIFE.total_seconds() // 3600),
        "login_url": f"/console/login?{query}",
        "elsewhere_url": f"/console/login?elsewhere=1&{query}",
        "is_kept": kept_forms.PARAMETER in parse_qs(urlsplit(safe_next(request.GET.get("next", ""))).query),
    }
    return render(request, "console/login/over.html", context)


@require_POST
@language.spoken
def choose_language(request: HttpRequest) -> HttpResponse:
    """Of the console, in this browser; "" is the browser's own."""
    response = see_other(request, page_before(request))
    language.choose(response, request.POST.get("language", ""))
    return response


def _start(request: HttpRequest, tenant_id: str, next_path: str, username: str) -> HttpResponse:
    console = applications.managed_application(realms.admin_realm_of(tenant_id), applications.ADMIN_CONSOLE)
    pending, url = oidc_client.start(console, next_path, username)
    response = redirect(url)
    oidc_client.keep_pending(request, response, pending)
    return response


def _frame() -> dict[str, Any]:
    """What hosted/base.html shows above the question: nobody's realm yet."""
    return {**own_look(), "realm_name": _("Admin console")}


def _ask(
    request: HttpRequest,
    *,
    address_form: AddressForm | None = None,
    tenant_form: TenantForm | None = None,
    sent: bool = False,
    status: int = 200,
) -> HttpResponse:
    context = {
        **_frame(),
        "form": address_form or AddressForm(),
        "tenant_form": tenant_form or TenantForm(),
        "show_tenant": tenant_form is not None,
        "next": safe_next(request.GET.get("next", "")),
        "sent": sent,
        "mailbox_url": mailbox.address() if sent else "",
    }
    return render(request, "console/login/login.html", context, status=status)


def _named_tenant(request: HttpRequest) -> HttpResponse:
    form = TenantForm(request.GET)
    if not form.is_valid():
        return _ask(request, tenant_form=form, status=422)
    given = form.cleaned_data
    try:
        return _start(request, given["tenant"], safe_next(request.GET.get("next", "")), given["username"])
    except NotFound:
        form.add_error("tenant", _("There is no tenant with this ID."))
        return _ask(request, tenant_form=form, status=404)


def _mail_links(request: HttpRequest) -> HttpResponse:
    """Same answer, after the same time, for every address."""
    began = time.monotonic()
    form = AddressForm(request.POST)
    if not form.is_valid():
        return _ask(request, address_form=form, status=422)
    try:
        limits.spend(limits.MAILED_SIGN_IN_LINKS, subscriber_of(request))
        limits.spend(limits.MAILED_SIGN_IN_LINKS, form.cleaned_data["email"].casefold())
    except RateLimited as refusal:
        response = errors.page(request, 429)
        response["Retry-After"] = str(refusal.retry_after_seconds)
        return response
    onboarding.mail_sign_in_links(context_of(request), form.cleaned_data["email"])
    time.sleep(max(0.0, _ANSWER_AFTER_SECONDS - (time.monotonic() - began)))
    return see_other(request, "/console/login?elsewhere=1&sent=1")


def _remember_tenant(response: HttpResponse, tenant_id: str) -> None:
    response.set_cookie(
        _TENANT,
        tenant_id,
        max_age=_TENANT_SECONDS,
        path="/console/",
        secure=cookies.secure(),
        httponly=True,
        samesite="Lax",
    )
