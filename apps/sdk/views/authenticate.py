"""Where an authenticator answers a login flow (contract/wire.md §3.4, extensions.md §10)."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse

from apps.applications import selectors as applications
from apps.authentication import flows
from apps.authentication import services as authentication
from apps.authentication.services import Authenticated
from apps.core.errors import Denied, Invalid, Violation
from apps.sdk import bodies, errors
from apps.web import cookies, limits
from apps.web.context import client_ip, context_of


class ForeignOrigin(Denied):
    """The hosted page is the only one that may post here: another site's page would sign its visitors in."""

    code = "foreign_origin"


@errors.endpoint("POST")
def authenticate(request: HttpRequest, tenant_id: str, realm_id: str, application_id: UUID) -> HttpResponse:
    """`allow` with the code and where to take it; `deny` with what to tell the person and the next challenge."""
    limits.spend(limits.PROOFS, client_ip(request))
    application = applications.get_application_at(tenant_id, realm_id, application_id)
    config = application.authenticator_config
    if config is None or not config.is_hosted:
        raise Invalid(Violation("claims", "unsupported"))
    if request.headers.get("Origin") != settings.IDENTITY_CLOUD_AUTH_URL:
        raise ForeignOrigin("forbidden")
    body = bodies.read(request)
    flow_id, proof, signals = body.text("transaction_id"), body.mapping("proof"), body.signals()
    body.check()
    ctx = context_of(request)
    flow = flows.get_flow(ctx, application, flow_id, cookies.read(request, cookies.flow_cookie()))
    cookie = cookies.read(request, cookies.session_cookie(realm_id))
    try:
        return _allow(realm_id, authentication.authenticate(ctx, flow, proof, signals=signals, cookie=cookie))
    except Denied as refusal:
        denial = {"type": "deny", "message": errors.message_of(refusal), "code": refusal.code, "nonce": flow.nonce}
        return JsonResponse(denial)


def _allow(realm_id: str, done: Authenticated) -> HttpResponse:
    """The session lives until the browser closes. `account` is what the page may remember of who signed in here."""
    identity = done.identity
    account = {"display_name": identity.display_name, "username": identity.username}
    allowed: dict[str, Any] = {"type": "allow", "code": done.code, "redirect_url": done.redirect_url}
    response = JsonResponse({**allowed, "account": account})
    if done.session_token:
        cookies.write(response, cookies.session_cookie(realm_id), done.session_token)
    return response
