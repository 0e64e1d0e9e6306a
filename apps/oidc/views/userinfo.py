"""UserInfo (OpenID Connect Core §5.3): claims about the person an access token speaks for."""

from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse

from apps.applications import selectors
from apps.oidc.errors import oauth_endpoint
from apps.tokens.services import access
from apps.web import bearer
from apps.web.context import context_of


@oauth_endpoint("GET", "POST")
def userinfo(request: HttpRequest, tenant_id: str, realm_id: str, application_id: UUID) -> HttpResponse:
    application = selectors.get_application_at(tenant_id, realm_id, application_id)
    token, shown = bearer.access_token_of(request, settings.IDENTITY_CLOUD_AUTH_URL)
    claims = access.read_userinfo(context_of(request), application, token, shown=shown)
    response = JsonResponse(claims)
    response["Cache-Control"] = "no-store"
    return response
