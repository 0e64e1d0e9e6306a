"""A browser that brings a `request` to the application itself is shown on to its authenticator (contract/wire.md §2)."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers

from apps.applications.selectors import get_application_at
from apps.authentication import flows
from apps.authentication.flows import FlowUnknown
from apps.core.errors import NotFound, RateLimited, Refusal
from apps.credentials.invoke import authenticator_base
from apps.realms import selectors as realms
from apps.sdk import errors
from apps.web import errors as web_errors
from apps.web import language, limits, realm_pages
from apps.web.context import context_of, subscriber_of
from apps.web.status import status_of


def show_on(request: HttpRequest, tenant_id: str, realm_id: str, application_id: UUID) -> HttpResponse:
    """302 with the request as it came. Consumes nothing, however often it is fetched."""
    try:
        limits.spend(limits.LINKS, subscriber_of(request))
        response = _lead_on(request, application_id)
    except Refusal as refusal:
        wants_json = request.get_preferred_type(["text/html", "application/json"]) == "application/json"
        response = errors.answer(refusal) if wants_json else _page(request, refusal, tenant_id, realm_id)
    patch_vary_headers(response, ("Accept",))
    response["Referrer-Policy"] = "no-referrer"
    return response


def _lead_on(request: HttpRequest, application_id: UUID) -> HttpResponse:
    asked = request.GET.get("request", "")
    application, flow_id = flows.read_request(context_of(request), get_application_at, asked)
    config = application.authenticator_config
    if application.pk != application_id or config is None:
        raise FlowUnknown("LoginFlow", flow_id)
    # Not HttpResponseRedirect: an app's own scheme is a fine invoke URL, and it was checked when it was configured.
    response = HttpResponse(status=302)
    response["Location"] = f"{authenticator_base(config)}/bi-authenticate?request={asked}"
    return response


@language.spoken
def _page(request: HttpRequest, refusal: Refusal, tenant_id: str, realm_id: str) -> HttpResponse:
    if isinstance(refusal, RateLimited):
        response = web_errors.page(request, 429)
        for name, value in refusal.headers.items():
            response[name] = value
        return response
    try:
        realm = realms.get_realm(tenant_id, realm_id)
    except NotFound:
        realm = None
    said = {"code": refusal.code}
    return realm_pages.show(request, realm, "hosted/dead_flow.html", said, status=status_of(refusal))
