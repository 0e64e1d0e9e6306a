"""The token and revocation endpoints: forms in, JSON out (RFC 6749 §3.2, RFC 7009)."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse

from apps.applications import selectors
from apps.core.errors import Invalid
from apps.oidc.errors import oauth_endpoint, token_answer
from apps.tokens import provider
from apps.tokens.services import access
from apps.tokens.services.exchange import TokenRefused, exchange
from apps.web import limits
from apps.web.context import client_ip, context_of

_FORM = "application/x-www-form-urlencoded"


class NotAForm(Invalid):
    """RFC 6749 §3.2: parameters come urlencoded in the body, and nowhere else."""


@oauth_endpoint("POST")
def token(request: HttpRequest, tenant_id: str, realm_id: str, application_id: UUID) -> HttpResponse:
    ctx = context_of(request)
    application = selectors.get_application_at(tenant_id, realm_id, application_id)
    form = _form(request)
    try:
        answer = exchange(ctx, application, form=form, headers=_headers(request))
    except TokenRefused as refusal:
        if refusal.answer.status == 401:  # guessing secrets costs the guesser, not the client's other servers
            limits.spend(limits.FAILED_CLIENTS, f"{application.pk} {client_ip(request)}")
        raise
    return token_answer(answer.status, answer.body)


@oauth_endpoint("POST")
def revoke(request: HttpRequest, tenant_id: str, realm_id: str, application_id: UUID) -> HttpResponse:
    """200 for any token, known or not (RFC 7009 §2.2); only a client that proves itself is heard."""
    ctx = context_of(request)
    application = selectors.get_application_at(tenant_id, realm_id, application_id)
    form = _form(request)
    token = provider.read_revocation(ctx, application, form=form, headers=_headers(request))
    if token is None:
        limits.spend(limits.FAILED_CLIENTS, f"{application.pk} {client_ip(request)}")
        return token_answer(401, '{"error": "invalid_client"}')
    access.revoke_token(ctx, application, token)
    return token_answer(200, "")


def _form(request: HttpRequest) -> str:
    if request.content_type != _FORM:
        raise NotAForm(message=f"the body must be {_FORM}")
    try:
        return request.body.decode("utf-8")
    except UnicodeDecodeError:
        raise NotAForm(message="the body is not UTF-8") from None


def _headers(request: HttpRequest) -> dict[str, str]:
    authorization = request.headers.get("Authorization")
    return {"HTTP_AUTHORIZATION": authorization} if authorization else {}
