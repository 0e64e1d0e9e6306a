"""Who is at the console, and what today's roles let them do.

`administrator(scope)` wraps a view: it finds the session, makes the Context, checks the scope, resolves the realm named
by the path in the administrator's own tenant, and turns refusals into pages or toasts.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import resolve
from django.utils.translation import gettext as _

from apps.applications import selectors as applications
from apps.authentication import console_sessions, sessions
from apps.console import kept_forms
from apps.console.problems import problem
from apps.core.context import Actor, ActorType, Context
from apps.core.errors import Denied, NotFound, RateLimited, Refusal, Unauthenticated, Unavailable
from apps.realms import selectors as realms
from apps.web import cookies, language, refusals
from apps.web.context import context_of
from apps.web.status import status_of

View = Callable[..., HttpResponse]
_LAST_REALM = "identity_cloud_realm"
_LAST_REALM_SECONDS = 365 * 86_400
BACKGROUND = "X-Background"  # asked by a page itself, which nobody may be looking at
_REALM_ID = re.compile(r"[0-9a-f]{16}")


@dataclass(frozen=True, slots=True)
class Desk:
    """Where an administrator sits: their call's context, session, tenant, and the realm they look at (or None).

    `session.identity` is the administrator; `session.realm` the tenant's admin realm.
    """

    ctx: Context
    session: Any
    scopes: frozenset[str]
    realm: Any = None

    @property
    def administrator(self) -> Any:
        return self.session.identity

    @property
    def admin_realm(self) -> Any:
        return self.session.realm

    @property
    def tenant(self) -> Any:
        return self.session.realm.tenant

    def may(self, scope: str) -> bool:
        return scope in self.scopes

    @property
    def is_proven(self) -> bool:
        """By a passkey, within the last minutes."""
        return console_sessions.is_proven_lately(self.ctx, self.session)

    def require(self, scope: str) -> None:
        """For a view that shows to many and changes for few. Raises ScopeMissing."""
        if not self.may(scope):
            raise ScopeMissing(f"your roles do not include {scope}", scope)


class ScopeMissing(Denied):
    """The administrator's roles do not allow it. The record says it in English, the page in the reader's language."""

    def __init__(self, message: str, scope: str) -> None:
        super().__init__(message)
        self.scope = scope


def administrator(scope: str) -> Callable[[View], View]:
    """`view(request, desk, **path)`; a `realm_id` in the path becomes `desk.realm`. "" needs no scope but a session."""

    def decorate(view: View) -> View:
        @wraps(view)
        @language.spoken
        def answer(request: HttpRequest, **path: Any) -> HttpResponse:
            desk = desk_of(request)
            if desk is None:
                refusals.note(request, Unauthenticated("nobody is signed in"))
                return _to_sign_in(request)
            try:
                if "realm_id" in path:
                    realm = realms.get_realm(desk.tenant.pk, path.pop("realm_id"))
                    desk = Desk(desk.ctx, desk.session, desk.scopes, realm)
                if scope:
                    desk.require(scope)
                return _remember_realm(request, desk, view(request, desk, **path))
            except Refusal as refusal:
                return refused(request, refusal, desk)

        return answer

    return decorate


def desk_of(request: HttpRequest) -> Desk | None:
    token = cookies.read(request, cookies.console_cookie())
    is_activity = BACKGROUND not in request.headers
    ctx = context_of(request)
    session = sessions.find_console_session(ctx, token, is_activity=is_activity) if token else None
    if session is None or session.application is None:
        return None
    identity = session.identity
    scopes = applications.role_scopes(identity, session.application.resource_server)
    if not scopes:  # taken out of the administrators' group: out of the console, at once
        return None
    ctx = context_of(request, Actor(ActorType.IDENTITY, identity.pk, identity.display_name)).holding(scopes)
    return Desk(ctx, session, scopes)


def known_caller(request: HttpRequest) -> tuple[Context, Any] | None:
    """Who sent what no view of the console may have seen, and the realm that it was about; None for nobody of ours."""
    if not request.path.startswith("/console/") or (desk := desk_of(request)) is None:
        return None
    match = request.resolver_match or resolve(request.path_info)
    try:
        return desk.ctx, realms.get_realm(desk.tenant.pk, str(match.kwargs.get("realm_id", "")))
    except NotFound:
        return desk.ctx, desk.admin_realm


def last_realm_id(request: HttpRequest) -> str:
    """The realm this browser looked at last; somebody else's or a deleted one for all we know."""
    value = request.COOKIES.get(_LAST_REALM, "")
    return value if _REALM_ID.fullmatch(value) else ""


def _remember_realm(request: HttpRequest, desk: Desk, response: HttpResponse) -> HttpResponse:
    if desk.realm and response.status_code == 200 and desk.realm.pk != last_realm_id(request):
        response.set_cookie(
            _LAST_REALM,
            desk.realm.pk,
            max_age=_LAST_REALM_SECONDS,
            path="/console/",
            secure=cookies.secure(),
            httponly=True,
            samesite="Lax",
        )
    return response


def refused(request: HttpRequest, refusal: Refusal, desk: Desk) -> HttpResponse:
    """A page where there is nothing to show, else a toast on the page they came from."""
    refusals.note(request, refusal)
    if isinstance(refusal, NotFound):
        return problem(request, desk, 404)
    if isinstance(refusal, RateLimited):
        response = problem(request, desk, 429)
        response["Retry-After"] = str(refusal.retry_after_seconds)
        return response
    if isinstance(refusal, ScopeMissing):
        told = _("Your roles do not include %(scope)s.") % {"scope": refusal.scope}
        return problem(request, desk, 403, told, _("Whoever may do everything in this tenant can give you more."))
    if request.method in ("GET", "HEAD"):
        response = problem(request, desk, status_of(refusal), sentence(refusal.message))
        if isinstance(refusal, Unavailable) and refusal.retry_after_seconds:
            response["Retry-After"] = str(refusal.retry_after_seconds)
        return response
    messages.error(request, sentence(refusal.message))
    return see_other(request, page_before(request))


def see_other(request: HttpRequest, url: str) -> HttpResponse:
    """After a change: 303 to what to look at next; htmx is told to go there whole."""
    if request.headers.get("HX-Request") == "true" and request.headers.get("HX-Boosted") != "true":
        response = HttpResponse(status=204)
        response["HX-Redirect"] = url
        return response
    response = redirect(url)
    response.status_code = 303
    return response


def sentence(text: str) -> str:
    """What a verb said, in the reader's language (refusal_words.py holds the words to be translated)."""
    return closed(language.words(text))


def closed(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith(('.', '!', '?')) else '.'}"


def safe_next(path: str) -> str:
    """Only ever a page of the console."""
    fine = path.startswith("/console/") and "\\" not in path and path.isprintable() and "//" not in path
    return path if fine else "/console/"


def page_before(request: HttpRequest) -> str:
    """The page that the request was sent from."""
    return _own_path(request.headers.get("HX-Current-URL") or request.headers.get("Referer") or "")


def _own_path(url: str) -> str:
    """The path of a URL that a header gave us, and only if it is one of ours."""
    _, _, rest = url.partition("://")
    path = rest[rest.find("/") :] if "/" in rest else ""
    return safe_next(path)


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    """Who was at the console reads why they no longer are; back to where they were, from either."""
    is_whole = request.method == "GET" and not _is_part(request)
    here = request.get_full_path() if is_whole else page_before(request)
    if request.method == "POST" and BACKGROUND not in request.headers:
        here = kept_forms.kept_at(request, here)
    known = bool(cookies.read(request, cookies.console_cookie()))
    url = f"/console/{'over' if known else 'login'}?{urlencode({'next': here})}"
    if _is_part(request):
        response = HttpResponse(status=401)
        response["HX-Redirect"] = url
        return response
    return redirect(url)


def _is_part(request: HttpRequest) -> bool:
    return request.headers.get("HX-Request") == "true"
