"""The sign-in that a page belongs to: found by its id, in the browser that began it and at its own authenticator."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse

from apps.authentication import flows
from apps.authentication.flows import FlowUnknown
from apps.authenticators.profile import Profile, profile_of
from apps.core.context import Context
from apps.credentials.invoke import hosted_base
from apps.web import cookies, language, realm_pages


def flow_at(
    ctx: Context, request: HttpRequest, tenant_id: str, realm_id: str, config_id: UUID, flow_id: str = ""
) -> Any:
    """Of the form or the query, unless it is named. Raises FlowUnknown, FlowOver."""
    given = request.POST if request.method == "POST" else request.GET
    browser_key = cookies.read(request, cookies.flow_cookie())
    flow = flows.get_flow_at(ctx, tenant_id, realm_id, config_id, flow_id or given.get("flow", ""), browser_key)
    if not flow.browser_digest:
        raise FlowUnknown("LoginFlow")
    language.follow(request, flows.asked_of(flow).ui_locales)
    return flow


def profile(flow: Any) -> Profile:
    return profile_of(flow.application.authenticator_config.config)


def path_of(flow: Any, page: str) -> str:
    """Of one of the pages that a sign-in goes through."""
    return f"{hosted_base(flow.application.authenticator_config)}/{page}?{urlencode({'flow': str(flow.pk)})}"


def show(request: HttpRequest, flow: Any, template: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    """In the realm's look. Its forms may end at the client, or at an identity provider of the realm (`providers` in the
    context); and they say whose they are, which browsers leave out where
    no referrer is sent at all."""
    said = {"application_name": flow.application.display_name, "flow_id": str(flow.pk), **context}
    response = realm_pages.show(request, flow.application.realm, template, said, status=status)
    response["Referrer-Policy"] = "same-origin"
    response["Cache-Control"] = "no-store"
    issuers = [each.issuer for each in context.get("providers", ())]
    return realm_pages.may_lead_to(response, flows.asked_of(flow).redirect_uri, *issuers)


def leave(url: str) -> HttpResponse:
    """Not HttpResponseRedirect: an app's own scheme is a fine redirect URI, and it was checked when it was configured."""
    response = HttpResponse(status=303)
    response["Location"] = url
    return response
