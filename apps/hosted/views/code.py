"""Signing in with a code from a mail: the address, the six digits. Works without scripts."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from apps.authentication import flows
from apps.authentication import one_time_codes as kept
from apps.authentication.services import one_time_codes
from apps.authentication.services.one_time_codes import CodeOver, CodeRefused
from apps.core.context import Context
from apps.core.errors import Denied, Invalid, RateLimited
from apps.hosted import after_proof, collected, errors, waiting_flow
from apps.web import code_limits, cookies
from apps.web.context import context_of, subscriber_of

RESEND_AFTER_SECONDS = 30  # the page's button; what counts are the domain's limits


@errors.page_view("POST")
def send(request: HttpRequest, tenant_id: str, realm_id: str, config_id: UUID) -> HttpResponse:
    """Mails a code to the address of the form, or the last one again. The same answer, whoever has it."""
    ctx = context_of(request)
    flow = waiting_flow.flow_at(ctx, request, tenant_id, realm_id, config_id)
    if flows.session_id_of(flow):
        return waiting_flow.leave(waiting_flow.path_of(flow, "offer"))
    last = kept.latest_code(flow) if "again" in request.POST else None
    address = last.address if last else request.POST.get("email", "")
    try:
        code_limits.spend(subscriber_of(request), realm_id)
        one_time_codes.issue(ctx, flow, address)
    except Invalid:
        return ask_address(ctx, request, flow, address, _("Give an address like ada@example.com."), status=422)
    except RateLimited as refusal:
        return limited(ask_address(ctx, request, flow, address, too_many(refusal), status=429), refusal)
    return waiting_flow.leave(waiting_flow.path_of(flow, "code"))


@errors.page_view("GET", "HEAD", "POST")
def code(request: HttpRequest, tenant_id: str, realm_id: str, config_id: UUID) -> HttpResponse:
    """Asks for the digits, and takes them."""
    ctx = context_of(request)
    flow = waiting_flow.flow_at(ctx, request, tenant_id, realm_id, config_id)
    if flows.session_id_of(flow):
        return waiting_flow.leave(waiting_flow.path_of(flow, "offer"))
    sent = kept.latest_code(flow)
    if sent is None:
        return waiting_flow.leave(flows.authenticate_url(ctx, flow))
    if request.method != "POST":
        return _ask(ctx, request, flow, sent)
    try:
        return _signed_in(ctx, request, flow)
    except RateLimited as refusal:
        return limited(_ask(ctx, request, flow, sent, too_many(refusal), status=429), refusal)
    except CodeRefused as refusal:
        return _ask(ctx, request, flow, kept.latest_code(flow), refused(refusal), status=422)
    except Denied as refusal:
        return _ask(ctx, request, flow, kept.latest_code(flow), denial=after_proof.denial(flow, refusal), status=403)


def _signed_in(ctx: Context, request: HttpRequest, flow: Any) -> HttpResponse:
    realm_id = flow.realm_id
    done = one_time_codes.redeem(
        ctx,
        flow,
        request.POST.get("code", ""),
        signals=collected.told_by_form(request),
        cookie=cookies.read(request, cookies.session_cookie(realm_id)),
        pauses=True,
    )
    return after_proof.go_on(ctx, request, flow, done)


def ask_address(
    ctx: Context, request: HttpRequest, flow: Any, address: object, problem: str, *, status: int
) -> HttpResponse:
    """The one field alone, where what was typed is no address, or none may be written to for now."""
    context = {
        "address": address,
        "problem": problem,
        "action": waiting_flow.path_of(flow, "code/send"),
        "back_url": flows.authenticate_url(ctx, flow),
    }
    return waiting_flow.show(request, flow, "hosted/code_address.html", context, status=status)


def _ask(
    ctx: Context,
    request: HttpRequest,
    flow: Any,
    sent: Any,
    problem: str = "",
    *,
    denial: Any = None,
    status: int = 200,
) -> HttpResponse:
    is_open = kept.is_open(ctx, sent)
    signals = collected.signals(key_protection="none")
    waits = RESEND_AFTER_SECONDS - int((ctx.now - sent.created_at).total_seconds()) if is_open else 0
    context = {
        "address": sent.address,
        "problem": problem or ("" if is_open else _("This code no longer works. Ask for a new one.")),
        "denial": denial,
        "is_open": is_open,
        "resend_after": max(0, waits),
        "again_action": waiting_flow.path_of(flow, "code/send"),
        "back_url": flows.authenticate_url(ctx, flow),
        "signals": signals,
        "page_data": {
            "signals": signals,
            "resendAfter": max(0, waits),
            "realm": flow.realm_id,
            "remembers": None if waiting_flow.profile(flow).wants_passkeys else _account(sent.address),
        },
    }
    return waiting_flow.show(request, flow, "hosted/code.html", context, status=status)


def _account(address: str) -> dict[str, str]:
    """What the browser remembers of who comes back with codes alone."""
    return {"display_name": address, "username": address, "address": address}


def refused(refusal: CodeRefused) -> str:
    if isinstance(refusal, CodeOver):
        return _("This code no longer works. Ask for a new one.")
    if refusal.tries_left == 1:
        return _("That is not the code. You have one try left.")
    return _("That is not the code. You have %(n)s tries left.") % {"n": refusal.tries_left}


def too_many(refusal: RateLimited) -> str:
    minutes = max(1, -(-refusal.retry_after_seconds // 60))
    return _("Too many tries for now. Try again in %(n)s min, or use a passkey.") % {"n": minutes}


def limited(response: HttpResponse, refusal: RateLimited) -> HttpResponse:
    for name, value in refusal.headers.items():
        response[name] = value
    return response
