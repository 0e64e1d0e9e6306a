"""Out to an identity provider and back. Works without scripts; whatever goes wrong there, the sign-in here goes on."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from apps.authentication import flows, provider_sign_ins
from apps.authentication.flows import FlowUnknown
from apps.authentication.services import federated
from apps.core.context import Context
from apps.core.errors import Denied, Unavailable
from apps.federation import selectors as federation
from apps.federation.asking import Answer
from apps.hosted import after_proof, errors, waiting_flow
from apps.policy.services import PolicyDenied, VerificationRequired
from apps.tokens.services.codes import NothingGranted
from apps.web import cookies, language, limits
from apps.web.context import context_of, subscriber_of

_LONGEST = 8192


@errors.page_view("POST")
def begin(request: HttpRequest, tenant_id: str, realm_id: str, config_id: UUID) -> HttpResponse:
    """The button: out to the provider."""
    limits.spend(limits.SIGN_IN_STARTS, subscriber_of(request))
    ctx = context_of(request)
    flow = waiting_flow.flow_at(ctx, request, tenant_id, realm_id, config_id)
    if flows.session_id_of(flow):
        return waiting_flow.leave(waiting_flow.path_of(flow, "offer"))
    provider = _provider(tenant_id, realm_id, request.POST.get("provider", ""))
    try:
        return waiting_flow.leave(federated.begin(ctx, flow, provider))
    except (Denied, Unavailable) as refusal:
        return _problem(ctx, request, flow, provider, refusal)


@errors.page_view("GET")
def callback(request: HttpRequest, tenant_id: str, realm_id: str, provider_id: str) -> HttpResponse:
    """Where the provider sends the browser back to. What it says counts once, and in the browser that went there."""
    limits.spend(limits.PROOFS, subscriber_of(request))
    ctx = context_of(request)
    provider = _provider(tenant_id, realm_id, provider_id)
    sign_in = provider_sign_ins.find(provider, _said(request, "state"))
    flow = _flow(ctx, request, sign_in)
    if flows.session_id_of(flow):  # a page that was loaded again
        return waiting_flow.leave(waiting_flow.path_of(flow, "offer"))
    answer = Answer(_said(request, "code"), _said(request, "error"), _said(request, "iss"))
    cookie = cookies.read(request, cookies.session_cookie(realm_id))
    try:
        done = federated.finish(ctx, flow, sign_in, provider, answer, cookie=cookie)
        return after_proof.go_on(ctx, request, flow, done)
    except (Denied, Unavailable, NothingGranted) as refusal:
        return _problem(ctx, request, flow, provider, refusal)


def _provider(tenant_id: str, realm_id: str, provider_id: str) -> Any:
    wanted = provider_id if len(provider_id) == 16 and provider_id.isalnum() and provider_id.isascii() else ""
    return federation.get_provider_at(tenant_id, realm_id, wanted)


def _flow(ctx: Context, request: HttpRequest, sign_in: Any) -> Any:
    """Of this browser. Raises FlowUnknown, FlowOver."""
    browser_key = cookies.read(request, cookies.flow_cookie())
    flow = flows.get_flow(ctx, sign_in.flow.application, str(sign_in.flow_id), browser_key)
    if not flow.browser_digest:
        raise FlowUnknown("LoginFlow")
    language.follow(request, flows.asked_of(flow).ui_locales)
    return flow


def _said(request: HttpRequest, name: str) -> str:
    """Said once, or not at all."""
    values = request.GET.getlist(name)
    return values[0] if len(values) == 1 and len(values[0]) <= _LONGEST and "\x00" not in values[0] else ""


def _problem(ctx: Context, request: HttpRequest, flow: Any, provider: Any, refusal: Any) -> HttpResponse:
    """Why it did not work, and the way back into the same sign-in."""
    flow.refresh_from_db(fields=["asked", "nonce"])
    context = {
        "provider_name": provider.display_name,
        **_words(flow, provider, refusal),
        "back_url": flows.authenticate_url(ctx, flow),
    }
    status = 503 if isinstance(refusal, Unavailable) else 403
    return waiting_flow.show(request, flow, "hosted/provider_problem.html", context, status=status)


def _words(flow: Any, provider: Any, refusal: Any) -> dict[str, str]:
    name = {"name": provider.display_name}
    if isinstance(refusal, VerificationRequired):
        title = _("%(name)s alone is not enough here") % name
        return {"title": title, "text": _("Sign in with a passkey that checks that it is you.")}
    if isinstance(refusal, PolicyDenied | NothingGranted):
        return after_proof.denial(flow, refusal)
    failed = _("Signing in with %(name)s did not work") % name
    texts = {
        "provider_declined": _("It did not confirm who you are. Try again, or sign in another way."),
        "provider_unavailable": _("It does not answer right now. Try again in a moment, or sign in another way."),
        "provider_closed": _("It cannot be used for this sign-in. Sign in another way."),
        "account_unknown": _("Nobody here is known by this account. Ask an administrator, or sign in another way."),
        "account_taken": _("Somebody here has this name or address already. Sign in the way you did before."),
    }
    other = _("What it answered could not be trusted. Try again, or sign in another way.")
    return {"title": failed, "text": texts.get(refusal.code, other)}
