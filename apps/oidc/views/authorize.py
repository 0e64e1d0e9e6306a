"""The authorization endpoint: the only dispatcher. Every answer is a redirect to somewhere checked, or a page."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from apps.applications import selectors
from apps.authentication import services as authentication
from apps.authentication import sessions
from apps.authentication.services import Finished, LoginRefused, NeedsProof
from apps.core import secrets
from apps.core.errors import NotFound, RateLimited
from apps.oidc import errors
from apps.tokens.authorization import UntrustedClient
from apps.web import cookies, limits
from apps.web.context import client_ip, context_of


@csrf_exempt  # OpenID Connect Core §3.1.2.1: clients may POST here; nothing but a login page comes of it
def authorize(request: HttpRequest, tenant_id: str, realm_id: str, application_id: UUID) -> HttpResponse:
    if request.method not in ("GET", "POST"):
        return HttpResponseNotAllowed(("GET", "POST"))
    ctx = context_of(request)
    browser_key = cookies.read(request, cookies.flow_cookie())
    try:
        limits.spend(limits.SIGN_IN_STARTS, client_ip(request))
        application = selectors.get_application_at(tenant_id, realm_id, application_id)
        session_token = cookies.read(request, cookies.session_cookie(realm_id))
        session = sessions.find_session(ctx, realm_id, session_token) if session_token else None
        browser_key = browser_key or secrets.new_token()
        config = application.authenticator_config
        outcome = authentication.start(
            ctx,
            application,
            _query(request),
            session=session,
            browser_key=browser_key if config is not None and config.is_hosted else "",
        )
    except NotFound:
        return errors.page(request, 404, "There is no such application here.")
    except RateLimited as refusal:
        response = errors.page(request, 429, "")
        response["Retry-After"] = str(refusal.retry_after_seconds)
        return response
    except UntrustedClient as refusal:
        return errors.page(request, 400, f"The application that sent you here made a mistake: {refusal}")
    except LoginRefused as refusal:
        return _redirect(refusal.redirect_url)
    return _answer(outcome, browser_key)


def _query(request: HttpRequest) -> str:
    if request.method == "GET":
        return request.META.get("QUERY_STRING", "")
    return request.body.decode("utf-8", "replace")


def _answer(outcome: Finished | NeedsProof, browser_key: str) -> HttpResponse:
    if isinstance(outcome, Finished):
        return _redirect(outcome.redirect_url)
    config = outcome.flow.application.authenticator_config
    if config is not None and config.config.get("invocation_type") == "manual":
        return JsonResponse({"authenticate_url": outcome.authenticate_url})
    response = _redirect(outcome.authenticate_url)
    if outcome.flow.browser_digest:
        cookies.write(response, cookies.flow_cookie(), browser_key)
    return response


def _redirect(url: str) -> HttpResponse:
    """302 to a checked URL; native apps' own schemes are fine here, which HttpResponseRedirect would refuse."""
    response = HttpResponse(status=302)
    response["Location"] = url
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    return response
