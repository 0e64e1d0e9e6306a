"""Back in without a passkey: an address, a mailed link, a code to the same address, then the page that makes a passkey."""

from functools import wraps
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from apps.authentication import flows
from apps.authentication import one_time_codes as kept
from apps.authentication.services import recovery
from apps.authentication.services.one_time_codes import CodeRefused
from apps.authenticators import selectors as authenticators
from apps.core import secrets
from apps.core.context import Context
from apps.core.errors import Invalid, NotFound, RateLimited
from apps.credentials import invoke
from apps.credentials.selectors import LinkExpired, LinkUnknown, LinkUsed
from apps.hosted import errors, waiting_flow
from apps.hosted.views.code import RESEND_AFTER_SECONDS, limited, refused, too_many
from apps.realms import selectors as realms
from apps.web import code_limits, cookies, limits, mailbox, realm_pages
from apps.web.context import context_of, subscriber_of
from apps.web.status import status_of


@errors.page_view("GET", "HEAD", "POST")
def ask(request: HttpRequest, tenant_id: str, realm_id: str, config_id: UUID) -> HttpResponse:
    """From a sign-in page. The same answer, whoever has the address."""
    ctx = context_of(request)
    flow = waiting_flow.flow_at(ctx, request, tenant_id, realm_id, config_id)
    is_open = recovery.is_open(flow.application.authenticator_config)
    address, problem, status = request.POST.get("email", ""), "", 200
    if request.method == "POST" and is_open:
        try:
            code_limits.spend(subscriber_of(request), realm_id)
            recovery.ask(ctx, flow, address)
            return _sent(request, flow, address)
        except Invalid:
            problem, status = _("Give an address like ada@example.com."), 422
        except RateLimited as refusal:
            problem, status = too_many(refusal), 429
    context = {
        "is_open": is_open,
        "address": address,
        "problem": problem,
        "back_url": flows.authenticate_url(ctx, flow),
    }
    return waiting_flow.show(request, flow, "hosted/recover.html", context, status=status)


def _sent(request: HttpRequest, flow: Any, address: str) -> HttpResponse:
    context = {
        "address": address,
        "mailbox_url": mailbox.address(),
        "minutes": int(recovery.LIFE.total_seconds()) // 60,
    }
    return waiting_flow.show(request, flow, "hosted/recover_sent.html", context)


def _of_mail(view: errors.View) -> errors.View:
    """A view of a link that may be dead: there is always a way to ask for another."""

    @wraps(view)
    def answered(request: HttpRequest, **path: Any) -> HttpResponse:
        try:
            return view(request, **path)
        except (LinkUnknown, LinkExpired, LinkUsed) as refusal:
            try:
                realm = realms.get_realm(path["tenant_id"], path["realm_id"])
            except NotFound:
                realm = None
            over = {"code": refusal.code}
            return realm_pages.show(request, realm, "hosted/recover_over.html", over, status=status_of(refusal))

    return answered


@errors.page_view("GET", "HEAD", "POST")
@_of_mail
def link(request: HttpRequest, tenant_id: str, realm_id: str, config_id: UUID) -> HttpResponse:
    """Where the mail leads. Fetching it does nothing, however often; pressing its button sends the code."""
    limits.spend(limits.LINKS, subscriber_of(request))
    ctx = context_of(request)
    given = request.POST if request.method == "POST" else request.GET
    config = _config(tenant_id, realm_id, config_id)
    found = recovery.read_link(ctx, config, given.get("id", ""), given.get("token", ""))
    context = {
        "address": _masked(recovery.person_of(found).primary_email_address),
        "token": given.get("token", ""),
        "id": found.pk,
    }
    if request.method != "POST":
        return _show(request, config, "hosted/recover_link.html", context)
    browser_key = cookies.read(request, cookies.flow_cookie()) or secrets.new_token()
    try:
        code_limits.spend(subscriber_of(request), realm_id)
        recovery.send_code(ctx, found, browser_key)
    except RateLimited as refusal:
        answer = _show(
            request, config, "hosted/recover_link.html", {**context, "problem": too_many(refusal)}, status=429
        )
        return limited(answer, refusal)
    response = waiting_flow.leave(f"{invoke.hosted_base(config)}/recover/code?id={found.pk}")
    cookies.write(response, cookies.flow_cookie(), browser_key)
    return response


@errors.page_view("GET", "HEAD", "POST")
@_of_mail
def code(request: HttpRequest, tenant_id: str, realm_id: str, config_id: UUID) -> HttpResponse:
    """The digits; then the page on which the new passkey is made."""
    ctx = context_of(request)
    config = _config(tenant_id, realm_id, config_id)
    given = request.POST if request.method == "POST" else request.GET
    browser_key = cookies.read(request, cookies.flow_cookie())
    found = recovery.read_link_of_browser(ctx, config, given.get("id", ""), browser_key)
    if request.method != "POST":
        return _ask_code(ctx, request, config, found)
    try:
        if "again" in request.POST:
            code_limits.spend(subscriber_of(request), realm_id)
            recovery.send_code(ctx, found, browser_key)
            return waiting_flow.leave(f"{invoke.hosted_base(config)}/recover/code?id={found.pk}")
        made = recovery.confirm(ctx, found, request.POST.get("code", ""))
    except RateLimited as refusal:
        return limited(_ask_code(ctx, request, config, found, too_many(refusal), status=429), refusal)
    except CodeRefused as refusal:
        return _ask_code(ctx, request, config, found, refused(refusal), status=422)
    return waiting_flow.leave(invoke.bind_page(made.job, config, invoke.token_in(made.link)))


def _ask_code(
    ctx: Context, request: HttpRequest, config: Any, found: Any, problem: str = "", *, status: int = 200
) -> HttpResponse:
    sent = kept.latest_code(found)
    is_open = sent is not None and kept.is_open(ctx, sent)
    waits = RESEND_AFTER_SECONDS - int((ctx.now - sent.created_at).total_seconds()) if sent and is_open else 0
    context = {
        "address": _masked(recovery.person_of(found).primary_email_address),
        "id": found.pk,
        "is_open": is_open,
        "problem": problem or ("" if is_open else _("This code no longer works. Ask for a new one.")),
        "resend_after": max(0, waits),
        "page_data": {"resendAfter": max(0, waits), "signals": []},
    }
    return _show(request, config, "hosted/recover_code.html", context, status=status)


def _show(
    request: HttpRequest, config: Any, template: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    response = realm_pages.show(request, config.realm, template, context, status=status)
    response["Referrer-Policy"] = "same-origin"  # with none at all a browser does not say whose form it is
    response["Cache-Control"] = "no-store"
    return response


def _config(tenant_id: str, realm_id: str, config_id: UUID) -> Any:
    try:
        return authenticators.get_authenticator_config(realms.get_realm(tenant_id, realm_id), config_id)
    except NotFound:
        raise LinkUnknown("this link is not complete") from None


def _masked(address: str) -> str:
    """Enough to know it by: a•••@acme.test. The link may have been forwarded."""
    local, _at, domain = address.rpartition("@")
    return f"{local[:1]}•••@{domain}"
