"""Introspection (RFC 7662), under the realm and under each issuer in it: what is told depends on who asks, not where."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse

from apps.applications import selectors
from apps.oidc import forms
from apps.oidc.errors import oauth_endpoint
from apps.realms import selectors as realms
from apps.tokens.client_authentication import ClientRefused
from apps.tokens.services import access, introspection
from apps.web import bearer, limits
from apps.web.context import context_of, subscriber_of


@oauth_endpoint("POST")
def of_realm(request: HttpRequest, tenant_id: str, realm_id: str) -> HttpResponse:
    return _answer(request, realms.kept_realm(tenant_id, realm_id))


@oauth_endpoint("POST")
def of_issuer(request: HttpRequest, tenant_id: str, realm_id: str, application_id: UUID) -> HttpResponse:
    return _answer(request, selectors.kept_application_at(tenant_id, realm_id, application_id).realm)


def _answer(request: HttpRequest, realm: Any) -> HttpResponse:
    ctx = context_of(request)
    form = forms.form_of(request)
    if "token" not in form:
        raise forms.UnreadableForm(message="token is missing")
    told: dict[str, Any]
    if forms.shows_access_token(request):
        token, shown = bearer.access_token_of(request, settings.IDENTITY_CLOUD_AUTH_URL)
        caller = access.read_bearer(ctx, token, shown=shown)
        told = introspection.read_for_bearer(ctx, realm, caller, form.get("token"))
    else:
        try:
            client = introspection.authenticate_caller(ctx, realm, form=form, headers=forms.headers_of(request))
        except ClientRefused:
            limits.spend(limits.FAILED_CLIENTS, f"{realm.pk} {subscriber_of(request)}")
            raise
        told = introspection.read_for_client(ctx, client, form.get("token"))
    response = JsonResponse(told)
    response["Cache-Control"] = "no-store"
    return response
