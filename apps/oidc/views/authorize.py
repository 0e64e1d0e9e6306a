"""The authorization endpoint: the only dispatcher. Every answer goes to somewhere checked, or is a page."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from apps.applications import selectors
from apps.authentication import services as authentication
from apps.authentication import sessions
from apps.authentication.services import Finished, LoginRefused, NeedsConsent, NeedsProof
from apps.core import secrets
from apps.core.errors import NotFound, RateLimited
from apps.oidc import answers, errors
from apps.tokens.authorization import UntrustedClient
from apps.web import cookies, endpoints, language, limits
from apps.web.context import context_of, subscriber_of

_METHODS = ("GET", "HEAD", "POST")


def answer_at_once(request: HttpRequest, tenant_id: str, realm_id: str, application_id: UUID) -> HttpResponse | None:
    """The redirect with a code, where the browser's session is enough: nothing that is made for pages is needed for it. None
    for everything else, and nothing was done but that the request may have been counted."""
    token = cookies.read(request, cookies.session_cookie(realm_id)) if request.method == "GET" else ""
    if not token:
        return None
    try:
        application = selectors.kept_application_at(tenant_id, realm_id, application_id)
        _count(request)
        finished = authentication.answer_at_once(context_of(request), application, _query(request), token)
    except (NotFound, RateLimited):
        return None
    return answers.redirect(finished.answer.url) if finished else None


def _count(request: HttpRequest) -> None:
    """Once, whichever way it goes. Raises RateLimited."""
    if not hasattr(request, "counted_sign_in"):
        limits.spend(limits.SIGN_IN_STARTS, subscriber_of(request))
        request.counted_sign_in = True  # type: ignore[attr-defined]


@endpoints.unless_at_once(answer_at_once)
@csrf_exempt  # OpenID Connect Core §3.1.2.1: clients may POST here; nothing but a login page comes of it
@language.spoken
def authorize(request: HttpRequest, tenant_id: str, realm_id: str, application_id: UUID) -> HttpResponse:
    if request.method not in _METHODS:
        return HttpResponseNotAllowed(_METHODS)
    language.follow_query(request, _query(request))
    browser_key = cookies.read(request, cookies.flow_cookie()) or secrets.new_token()
    try:
        _count(request)
        application = selectors.kept_application_at(tenant_id, realm_id, application_id)
    except NotFound:
        return errors.page(request, 404, errors.no_application())
    except RateLimited as refusal:
        response = errors.page(request, 429, "")
        for name, value in refusal.headers.items():
            response[name] = value
        return response
    try:
        return _answer(request, application, _outcome(request, application, browser_key), browser_key)
    except UntrustedClient as refusal:
        return errors.mistaken(request, refusal)
    except LoginRefused as refusal:
        return answers.send(request, application, refusal.answer)


def _outcome(request: HttpRequest, application: Any, browser_key: str) -> Finished | NeedsProof | NeedsConsent:
    ctx = context_of(request)
    token = cookies.read(request, cookies.session_cookie(application.realm_id))
    session = sessions.find_answering_session(ctx, application.realm_id, token) if token else None
    return authentication.start(ctx, application, _query(request), session=session, browser_key=browser_key)


def _query(request: HttpRequest) -> str:
    if request.method != "POST":
        return request.META.get("QUERY_STRING", "")
    return request.body.decode("utf-8", "surrogateescape")  # what is no text shows, and is refused with the rest


def _answer(
    request: HttpRequest, application: Any, outcome: Finished | NeedsProof | NeedsConsent, browser_key: str
) -> HttpResponse:
    if isinstance(outcome, Finished):
        return answers.send(request, application, outcome.answer)
    if isinstance(outcome, NeedsConsent):
        response = answers.redirect(outcome.consent_url)
    else:
        config = application.authenticator_config
        if config is not None and config.config.get("invocation_type") == "manual":
            return JsonResponse({"authenticate_url": outcome.authenticate_url})
        response = answers.redirect(outcome.authenticate_url)
    if outcome.flow.browser_digest:
        cookies.write(response, cookies.flow_cookie(), browser_key)
    return response
