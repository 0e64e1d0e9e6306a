"""The sign-in page of the hosted authenticator. The proof goes to the application's bi-authenticate, not here."""

from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from apps.applications.selectors import get_application_at
from apps.authentication import flows
from apps.authentication.flows import FlowUnknown
from apps.core.context import Context
from apps.credentials import options
from apps.hosted import collected, errors
from apps.tokens.issuer import endpoints_of
from apps.web import cookies, realm_pages
from apps.web.context import context_of


@errors.page_view("GET", "HEAD")
def sign_in(request: HttpRequest, tenant_id: str, realm_id: str, config_id: UUID) -> HttpResponse:
    """Shows an open flow of this browser; changes nothing."""
    flow = _flow(context_of(request), request, tenant_id, realm_id, config_id)
    signals = collected.signals()
    context = {
        "application_name": flow.application.display_name,
        "notice": flow.notice,
        "signals": signals,
        "page_data": _page_data(flow, signals),
    }
    return realm_pages.show(request, flow.application.realm, "hosted/sign_in.html", context)


def _flow(ctx: Context, request: HttpRequest, tenant_id: str, realm_id: str, config_id: UUID) -> Any:
    """The flow that the signed request names, if it is this authenticator's. Raises FlowUnknown, FlowOver."""
    application, flow_id = flows.read_request(ctx, get_application_at, request.GET.get("request", ""))
    here = (application.tenant_id, application.realm_id, application.authenticator_config_id)
    if here != (tenant_id, realm_id, config_id):
        raise FlowUnknown("LoginFlow", flow_id)
    return flows.get_flow(ctx, application, flow_id, cookies.read(request, cookies.flow_cookie()))


def _page_data(flow: Any, signals: list[dict[str, Any]]) -> dict[str, Any]:
    """What sign_in.js works with."""
    return {
        "publicKey": options.request_options(flow.nonce),
        "transactionId": str(flow.pk),
        "authenticateUrl": urlsplit(endpoints_of(flow.application).authenticate).path,
        "origin": settings.IDENTITY_CLOUD_AUTH_URL,
        "realm": flow.realm_id,
        "loginHint": flows.asked_of(flow).login_hint,
        # Somebody was just refused with the account at hand, or is to choose one: let them look before they are asked.
        "startsByItself": not flow.notice and "select_account" not in flows.asked_of(flow).prompts,
        "signals": signals,
    }
