"""The logout endpoint (OpenID Connect RP-Initiated Logout 1.0): ends the browser's session, or asks the person first."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.views.decorators.csrf import csrf_exempt

from apps.applications import selectors
from apps.authentication import logout, sessions
from apps.authentication.logout import Logout, LogoutRefused
from apps.core.context import Context
from apps.core.errors import NotFound, RateLimited
from apps.oidc import errors
from apps.tokens.issuer import endpoints_of, offers_logout
from apps.web import cookies, language, limits, realm_pages
from apps.web.context import context_of, subscriber_of

View = Callable[..., HttpResponse]


def _page(*methods: str) -> Callable[[View], View]:
    """Of an application that people sign in to over OpenID Connect; what is refused is said in words."""

    def decorate(view: View) -> View:
        @language.spoken
        @wraps(view)
        def answered(request: HttpRequest, tenant_id: str, realm_id: str, application_id: UUID) -> HttpResponse:
            if request.method not in methods:
                return HttpResponseNotAllowed(methods)
            try:
                limits.spend(limits.SIGN_IN_STARTS, subscriber_of(request))
                application = selectors.get_application_at(tenant_id, realm_id, application_id)
                if not offers_logout(application):
                    raise NotFound("Application", str(application_id))
                return view(request, application)
            except NotFound:
                return errors.page(request, 404, errors.no_application())
            except RateLimited as refusal:
                response = errors.page(request, 429, "")
                for name, value in refusal.headers.items():
                    response[name] = value
                return response

        return answered

    return decorate


@csrf_exempt  # RP-Initiated Logout §2: applications may POST here; without a proof of theirs it only asks
@_page("GET", "POST")
def end_session(request: HttpRequest, application: Any) -> HttpResponse:
    ctx, encoded = context_of(request), _encoded(request)
    language.follow_query(request, encoded)
    session = _session(ctx, request, application)
    try:
        outcome = logout.request_logout(ctx, application, encoded, session=session)
    except LogoutRefused as refusal:
        return _ask(request, application, session, "", problem=refusal.message)
    if outcome.ended:
        return _gone(request, application, outcome)
    return _ask(request, application, session, encoded, redirect_url=outcome.redirect_url)


@_page("POST")
def confirmed(request: HttpRequest, application: Any) -> HttpResponse:
    """The person's own answer to the question that `end_session` showed."""
    ctx, encoded = context_of(request), request.POST.get("request", "")
    language.follow_query(request, encoded)
    session = _session(ctx, request, application)
    try:
        return _gone(request, application, logout.confirm_logout(ctx, application, encoded, session=session))
    except LogoutRefused as refusal:
        return _ask(request, application, session, "", problem=refusal.message)


def _encoded(request: HttpRequest) -> str:
    if request.method == "GET":
        return request.META.get("QUERY_STRING", "")
    is_form = request.content_type == "application/x-www-form-urlencoded"
    return request.body.decode("utf-8", "replace") if is_form else ""


def _session(ctx: Context, request: HttpRequest, application: Any) -> Any:
    token = cookies.read(request, cookies.session_cookie(application.realm_id))
    return sessions.find_session(ctx, application.realm_id, token) if token else None


def _ask(
    request: HttpRequest, application: Any, session: Any, encoded: str, *, redirect_url: str = "", problem: str = ""
) -> HttpResponse:
    """What was wrong with the request is not carried on: who says yes here is signed out and stays."""
    context = {
        "application_name": application.display_name,
        "person": session.identity if session is not None else None,
        "request_text": encoded,
        "action": f"{urlsplit(endpoints_of(application).end_session).path}/confirm",
        "problem": problem,
    }
    status = 400 if problem else 200
    response = realm_pages.show(request, application.realm, "hosted/sign_out.html", context, status=status)
    response["Referrer-Policy"] = "same-origin"  # under no-referrer the form would come without an Origin to check
    if redirect_url:  # Chromium holds the redirect after a form to the form's own rule
        further = getattr(response, "_csp_update", {})
        response._csp_update = {**further, "form-action": [_origin(redirect_url)]}  # type: ignore[attr-defined]
    return response


def _gone(request: HttpRequest, application: Any, outcome: Logout) -> HttpResponse:
    if outcome.redirect_url:
        response = HttpResponse(status=302)
        response["Location"] = outcome.redirect_url
        response["Referrer-Policy"] = "no-referrer"
    else:
        response = realm_pages.show(request, application.realm, "hosted/signed_out.html")
    cookies.clear(response, cookies.session_cookie(application.realm_id))
    response["Cache-Control"] = "no-store"
    response["Clear-Site-Data"] = '"cache"'
    return response


def _origin(url: str) -> str:
    """A registered URL's, as the policy writes it; of a native app's own scheme there is nothing but the scheme."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else f"{parts.scheme}:"
