"""The sign-in page of the hosted authenticator. The proof goes to the application's bi-authenticate, not here."""

from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from apps.applications.selectors import get_application_at
from apps.authentication import challenges, flows
from apps.authentication.flows import FlowUnknown
from apps.core.context import Context
from apps.credentials import options
from apps.federation import selectors as federation
from apps.hosted import collected, errors, waiting_flow
from apps.tokens.issuer import endpoints_of
from apps.web import cookies, language
from apps.web.context import context_of


@errors.page_view("GET", "HEAD")
def sign_in(request: HttpRequest, tenant_id: str, realm_id: str, config_id: UUID) -> HttpResponse:
    """Shows an open flow of this browser, and what to sign: a challenge that was shown for a while makes room for the next.
    The page asks itself for that one when it is left open."""
    ctx = context_of(request)
    flow = _flow(ctx, request, tenant_id, realm_id, config_id)
    signals = collected.signals()
    profile = waiting_flow.profile(flow)
    by_code = profile.codes_open and not flows.steps_up(flow)
    providers = [] if flows.steps_up(flow) else list(federation.open_providers_in(flow.application.realm))
    context = {
        "notice": flow.notice,
        "steps_up": flows.steps_up(flow),
        "signals": signals,
        "profile": profile,
        "by_code": by_code,
        "by_passkey": profile.wants_passkeys,
        "login_hint": flows.asked_of(flow).login_hint,
        "send_action": waiting_flow.path_of(flow, "code/send"),
        "providers": providers,
        "provider_action": waiting_flow.path_of(flow, "provider"),
        "recover_url": waiting_flow.path_of(flow, "recover"),
        "page_data": _page_data(ctx, flow, signals),
    }
    response = waiting_flow.show(request, flow, "hosted/sign_in.html", context)
    if not by_code and not providers:  # there is no form to say whose it is
        response["Referrer-Policy"] = "no-referrer"
    return response


def _flow(ctx: Context, request: HttpRequest, tenant_id: str, realm_id: str, config_id: UUID) -> Any:
    """The flow that the signed request names, if it is this authenticator's. Raises FlowUnknown, FlowOver."""
    application, flow_id = flows.read_request(ctx, get_application_at, request.GET.get("request", ""))
    here = (application.tenant_id, application.realm_id, application.authenticator_config_id)
    if here != (tenant_id, realm_id, config_id):
        raise FlowUnknown("LoginFlow", flow_id)
    flow = flows.get_flow(ctx, application, flow_id, cookies.read(request, cookies.flow_cookie()))
    language.follow(request, flows.asked_of(flow).ui_locales)
    return flow


def _page_data(ctx: Context, flow: Any, signals: list[dict[str, Any]]) -> dict[str, Any]:
    """What sign_in.js works with."""
    profile = waiting_flow.profile(flow)
    return {
        "publicKey": options.request_options(flows.ask(ctx, flow)),
        "challengeSeconds": challenges.seconds_left(ctx, flow.nonce),
        "transactionId": str(flow.pk),
        "authenticateUrl": urlsplit(endpoints_of(flow.application).authenticate).path,
        "origin": settings.IDENTITY_CLOUD_AUTH_URL,
        "tenant": flow.tenant_id,
        "realm": flow.realm_id,
        "rpId": options.rp_id(),
        "kinds": [kind.value for kind in profile.passkey_kinds],
        "byCode": profile.codes_open and not flows.steps_up(flow),
        "loginHint": flows.asked_of(flow).login_hint,
        "startsByItself": not _is_to_look(flow),
        "signals": signals,
    }


def _is_to_look(flow: Any) -> bool:
    """Before they are asked: somebody was just refused with the account at hand, or is asked for more, or is to choose."""
    return bool(flow.notice) or flows.steps_up(flow) or "select_account" in flows.asked_of(flow).prompts
