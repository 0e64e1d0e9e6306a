"""The token and revocation endpoints: forms in, JSON out (RFC 6749 §3.2, RFC 7009)."""

from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from apps.applications import selectors
from apps.oidc import cors, forms
from apps.oidc.errors import oauth_endpoint, token_answer
from apps.tokens.client_authentication import ClientRefused
from apps.tokens.services import access, revocation
from apps.tokens.services.exchange import TokenRefused, exchange
from apps.web import bearer, limits
from apps.web.context import context_of, subscriber_of


@cors.readable_by_client("POST")
@oauth_endpoint("POST")
def token(request: HttpRequest, tenant_id: str, realm_id: str, application_id: UUID) -> HttpResponse:
    ctx = context_of(request)
    application = selectors.kept_application_at(tenant_id, realm_id, application_id)
    try:
        answer = exchange(ctx, application, form=forms.body_of(request), headers=forms.headers_of(request))
    except TokenRefused as refusal:
        if refusal.answer.status == 401:  # guessing secrets costs the guesser, not the client's other servers
            limits.spend(limits.FAILED_CLIENTS, f"{application.pk} {subscriber_of(request)}")
        raise
    return token_answer(answer.status, answer.body, answer.headers)


@cors.readable_by_client("POST")
@oauth_endpoint("POST")
def revoke(request: HttpRequest, tenant_id: str, realm_id: str, application_id: UUID) -> HttpResponse:
    """200 for any token, known or not (RFC 7009 §2.2); only a client that proves itself is heard, or who may delete tokens
    anyway (contract/wire.md §2)."""
    ctx = context_of(request)
    application = selectors.kept_application_at(tenant_id, realm_id, application_id)
    form = forms.form_of(request)
    if forms.shows_access_token(request):
        shown_token, shown = bearer.access_token_of(request, settings.IDENTITY_CLOUD_AUTH_URL)
        caller = access.read_bearer(ctx, shown_token, shown=shown)
        revocation.revoke_for_bearer(ctx, caller, application, form.get("token"))
        return token_answer(200, "")
    try:
        revocation.revoke_for_client(ctx, application, form=form, headers=forms.headers_of(request))
    except ClientRefused:
        limits.spend(limits.FAILED_CLIENTS, f"{application.pk} {subscriber_of(request)}")
        raise
    return token_answer(200, "")
