"""The device authorization endpoint (RFC 8628 §3.1, §3.2): a form in, two codes out."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse

from apps.applications import selectors
from apps.oidc import forms
from apps.oidc.errors import oauth_endpoint
from apps.tokens.client_authentication import ClientRefused
from apps.tokens.issuer import device_page
from apps.tokens.services import devices
from apps.tokens.services.devices import DeviceRefused
from apps.web import limits
from apps.web.context import context_of, subscriber_of


@oauth_endpoint("POST")
def device_authorization(request: HttpRequest, tenant_id: str, realm_id: str, application_id: UUID) -> HttpResponse:
    limits.spend(limits.SIGN_IN_STARTS, subscriber_of(request))
    ctx = context_of(request)
    application = selectors.get_application_at(tenant_id, realm_id, application_id)
    try:
        codes = devices.authorize_device(
            ctx, application, form=forms.form_of(request), headers=forms.headers_of(request)
        )
    except ClientRefused:
        limits.spend(limits.FAILED_CLIENTS, f"{application.pk} {subscriber_of(request)}")
        raise
    except DeviceRefused as refusal:
        return _answer(400, {"error": refusal.code, "error_description": refusal.message})
    return _answer(
        200,
        {
            "device_code": codes.device_code,
            "user_code": codes.user_code,
            "verification_uri": device_page(),
            "verification_uri_complete": device_page(application, codes.user_code),
            "expires_in": devices.LIFE_SECONDS,
            "interval": devices.INTERVAL_SECONDS,
        },
    )


def _answer(status: int, body: dict[str, object]) -> HttpResponse:
    response = JsonResponse(body, status=status)
    response["Cache-Control"] = "no-store"
    return response
