"""Where an authenticator answers a login flow (contract/wire.md §3.4, extensions.md §10)."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse

from apps.applications import selectors as applications
from apps.authentication import flows
from apps.authentication import services as authentication
from apps.core.errors import Denied, Invalid, Violation
from apps.sdk import bodies, cors, errors
from apps.sdk.views import from_app, handing_over
from apps.web import cookies, limits
from apps.web.context import context_of, subscriber_of


class ForeignOrigin(Denied):
    """The hosted page is the only one that may post here: another site's page would sign its visitors in."""

    code = "foreign_origin"


@cors.readable_by_app(cors.of_application, "POST", headers=cors.PLAIN)
@errors.endpoint("GET", "HEAD", "POST")
def authenticate(request: HttpRequest, tenant_id: str, realm_id: str, application_id: UUID) -> HttpResponse:
    """A GET is shown on to the authenticator. To a proof: `allow` with the code and where to take it; `deny` with what to
    tell the person; `prove` for a stronger proof."""
    if request.method != "POST":
        return handing_over.show_on(request, tenant_id, realm_id, application_id)
    limits.spend(limits.PROOFS, subscriber_of(request))
    application = applications.get_application_at(tenant_id, realm_id, application_id)
    config = application.authenticator_config
    if config is None:
        raise Invalid(Violation("claims", "unsupported"))
    return _of_page(request, application) if config.is_hosted else from_app.answer(request, application)


def _of_page(request: HttpRequest, application: Any) -> HttpResponse:
    """The hosted page's own script: JSON, its browser's cookies, and the next challenge with a denial."""
    if request.headers.get("Origin") != settings.IDENTITY_CLOUD_AUTH_URL:
        raise ForeignOrigin("forbidden")
    body = bodies.read(request)
    flow_id, proof, signals = body.text("transaction_id"), body.mapping("proof"), body.signals()
    body.check()
    ctx = context_of(request)
    flow = flows.get_flow(ctx, application, flow_id, cookies.read(request, cookies.flow_cookie()))
    cookie = cookies.read(request, cookies.session_cookie(application.realm_id))
    try:
        done = authentication.authenticate(ctx, flow, proof, signals=signals, cookie=cookie)
    except Denied as refusal:
        denial = {"type": "deny", "message": errors.message_of(refusal), "code": refusal.code, "nonce": flow.nonce}
        return JsonResponse(denial)
    identity = done.identity
    account = {"display_name": identity.display_name, "username": identity.username}
    response = JsonResponse(
        {**from_app.allowed(done), "account": account}
    )  # what the page may remember of who signed in here
    if done.session_token:  # it lives until the browser closes
        cookies.write(response, cookies.session_cookie(application.realm_id), done.session_token)
    return response
