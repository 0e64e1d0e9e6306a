"""UserInfo (OpenID Connect Core §5.3): claims about the person an access token speaks for."""

from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse

from apps.applications import selectors
from apps.core.errors import Invalid
from apps.oidc import cors
from apps.oidc.errors import oauth_endpoint
from apps.tokens.possession import Shown
from apps.tokens.services import access
from apps.web import bearer
from apps.web.context import context_of

_FORM = "application/x-www-form-urlencoded"


class TwoTokens(Invalid):
    """RFC 6750 §2: one method to send a token, and one token."""


@cors.readable_by_client("GET", "POST")
@oauth_endpoint("GET", "HEAD", "POST")
def userinfo(request: HttpRequest, tenant_id: str, realm_id: str, application_id: UUID) -> HttpResponse:
    application = selectors.kept_application_at(tenant_id, realm_id, application_id)
    token, shown = _token(request)
    claims = access.read_userinfo(context_of(request), application, token, shown=shown)
    response = JsonResponse(claims)
    response["Cache-Control"] = "no-store"
    return response


def _token(request: HttpRequest) -> tuple[str, Shown | None]:
    """From the header, or from the form of a POST (RFC 6750 §2.1, §2.2); never from the query. Raises NoBearer,
    TwoTokens."""
    posted = request.POST.getlist("access_token") if request.content_type == _FORM else []
    if not posted:
        return bearer.access_token_of(request, settings.IDENTITY_CLOUD_AUTH_URL)
    if len(posted) > 1 or "Authorization" in request.headers:
        raise TwoTokens(message="one way to send one token")
    return posted[0], None
