"""Pushed authorization requests (RFC 9126): a form in, a reference to it out."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse

from apps.applications import selectors
from apps.oidc import cors, forms
from apps.oidc.errors import oauth_endpoint
from apps.tokens.client_authentication import ClientRefused
from apps.tokens.services import pushed_requests
from apps.tokens.services.pushed_requests import RequestRefused
from apps.web import limits
from apps.web.context import context_of, subscriber_of


@cors.readable_by_client("POST")
@oauth_endpoint("POST")
def par(request: HttpRequest, tenant_id: str, realm_id: str, application_id: UUID) -> HttpResponse:
    ctx = context_of(request)
    application = selectors.get_application_at(tenant_id, realm_id, application_id)
    if not application.is_confidential:  # anybody can be a public client
        limits.spend(limits.SIGN_IN_STARTS, subscriber_of(request))
    form, headers = forms.form_of(request), forms.headers_of(request)
    try:
        pushed = pushed_requests.push(ctx, application, form=form, headers=headers)
    except ClientRefused:
        limits.spend(limits.FAILED_CLIENTS, f"{application.pk} {subscriber_of(request)}")
        raise
    except RequestRefused as refusal:
        return _answer(400, {"error": refusal.code, "error_description": refusal.message}, refusal.nonce)
    return _answer(201, {"request_uri": pushed.request_uri, "expires_in": pushed.expires_in}, pushed.nonce)


def _answer(status: int, body: dict[str, object], nonce: str) -> HttpResponse:
    response = JsonResponse(body, status=status)
    response["Cache-Control"] = "no-store"
    if nonce:
        response["DPoP-Nonce"] = nonce
    return response
