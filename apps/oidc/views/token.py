"""The token and revocation endpoints: forms in, JSON out (RFC 6749 §3.2, RFC 7009)."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse

from apps.applications import selectors
from apps.core.errors import Invalid
from apps.oidc import cors
from apps.oidc.errors import oauth_endpoint, token_answer
from apps.tokens import client_authentication, parameters
from apps.tokens.client_authentication import ClientRefused
from apps.tokens.parameters import Form, NotAForm
from apps.tokens.services import access
from apps.tokens.services.exchange import TokenRefused, exchange
from apps.web import limits
from apps.web.context import client_ip, context_of

_FORM = "application/x-www-form-urlencoded"


class UnreadableForm(Invalid):
    """RFC 6749 §3.2: parameters come urlencoded in the body, and nowhere else."""


@cors.readable_by_client("POST")
@oauth_endpoint("POST")
def token(request: HttpRequest, tenant_id: str, realm_id: str, application_id: UUID) -> HttpResponse:
    ctx = context_of(request)
    application = selectors.get_application_at(tenant_id, realm_id, application_id)
    try:
        answer = exchange(ctx, application, form=body_of(request), headers=headers_of(request))
    except TokenRefused as refusal:
        if refusal.answer.status == 401:  # guessing secrets costs the guesser, not the client's other servers
            limits.spend(limits.FAILED_CLIENTS, f"{application.pk} {client_ip(request)}")
        raise
    return token_answer(answer.status, answer.body, answer.headers)


@cors.readable_by_client("POST")
@oauth_endpoint("POST")
def revoke(request: HttpRequest, tenant_id: str, realm_id: str, application_id: UUID) -> HttpResponse:
    """200 for any token, known or not (RFC 7009 §2.2); only a client that proves itself is heard."""
    ctx = context_of(request)
    application = selectors.get_application_at(tenant_id, realm_id, application_id)
    form = form_of(request)
    try:
        client_authentication.authenticate_client(ctx, application, form=form, headers=headers_of(request))
    except ClientRefused:
        limits.spend(limits.FAILED_CLIENTS, f"{application.pk} {client_ip(request)}")
        raise
    access.revoke_token(ctx, application, form.get("token"))
    return token_answer(200, "")


def form_of(request: HttpRequest) -> Form:
    try:
        return parameters.read_form(body_of(request))
    except NotAForm as problem:
        raise UnreadableForm(message=str(problem)) from None


def body_of(request: HttpRequest) -> str:
    if request.content_type != _FORM:
        raise UnreadableForm(message=f"the body must be {_FORM}")
    try:
        return request.body.decode("utf-8")
    except UnicodeDecodeError:
        raise UnreadableForm(message="the body is not UTF-8") from None


def headers_of(request: HttpRequest) -> dict[str, str]:
    """Those by which a client proves something of itself."""
    return {name: request.META[name] for name in ("HTTP_AUTHORIZATION", "HTTP_DPOP") if request.META.get(name)}
