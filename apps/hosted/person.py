"""Who is at their own page: the browser's session in the realm, a way to sign in without one, and to prove it anew."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect

from apps.authentication import flows, own_pages, sessions
from apps.core import secrets
from apps.core.context import Actor, ActorType, Context
from apps.hosted import errors, waiting_flow
from apps.realms import selectors as realms
from apps.web import cookies, limits, realm_pages, refusals
from apps.web.context import context_of, subscriber_of


@dataclass(frozen=True, slots=True)
class Visit:
    """A person at their own page. `home` is its path."""

    ctx: Context
    realm: Any
    session: Any
    home: str

    @property
    def identity(self) -> Any:
        return self.session.identity

    @property
    def is_recent(self) -> bool:
        return own_pages.is_recent(self.ctx, self.session)


View = Callable[..., HttpResponse]


def person_view(*methods: str, recent: bool = False, answers_json: bool = False) -> Callable[[View], View]:
    """A page for who is signed in to the realm. Anybody else signs in first, and with `recent` so does who has not proven
    themselves for five minutes; both come back to this very address, which must therefore be fine to GET."""

    def decorate(view: View) -> View:
        @errors.page_view(*methods)
        @wraps(view)
        def opened(request: HttpRequest, tenant_id: str, realm_id: str) -> HttpResponse:
            realm = realms.get_realm(tenant_id, realm_id)
            ctx = context_of(request)
            token = cookies.read(request, cookies.session_cookie(realm_id))
            session = sessions.find_session(ctx, realm_id, token) if token else None
            if session is None:
                return JsonResponse({}, status=401) if answers_json else to_sign_in(ctx, request, realm)
            person = session.identity
            ctx = ctx.acting_as(Actor(ActorType.IDENTITY, person.pk, person.display_name))
            refusals.caller(request, ctx, realm)
            visit = Visit(ctx, realm, session, home_of(realm))
            if recent and not visit.is_recent:
                return to_sign_in(ctx, request, realm, session.identity.username)
            return view(request, visit)

        return opened

    return decorate


def home_of(realm: Any) -> str:
    return f"/authenticator/v1/tenants/{realm.tenant_id}/realms/{realm.pk}/me"


def to_sign_in(ctx: Context, request: HttpRequest, realm: Any, login_hint: str = "") -> HttpResponse:
    """Off to a proof, and back. Of the query only what these pages put there themselves comes back with it."""
    return sign_in_from(ctx, request, realm, page=f"{request.path}{_query(request)}", login_hint=login_hint)


def sign_in_from(
    ctx: Context, request: HttpRequest, realm: Any, *, page: str, login_hint: str = "", step: str = ""
) -> HttpResponse:
    """Begins a sign-in that ends at `page`, a path of ours; `step` names another of its pages to enter it by."""
    limits.spend(limits.SIGN_IN_STARTS, subscriber_of(request))
    application = own_pages.application_for(realm, request.GET.get("application_id", ""))
    browser_key = cookies.read(request, cookies.flow_cookie()) or secrets.new_token()
    flow = own_pages.begin(
        ctx,
        application,
        page_url=f"{settings.IDENTITY_CLOUD_AUTH_URL}{page}",
        browser_key=browser_key,
        login_hint=login_hint,
    )
    response = redirect(waiting_flow.path_of(flow, step) if step else flows.authenticate_url(ctx, flow))
    cookies.write(response, cookies.flow_cookie(), browser_key)
    return response


_KEPT = ("application_id", "passkey", "code")


def _query(request: HttpRequest) -> str:
    """For a form that was posted the same words are among what it said."""
    told = request.POST if request.method == "POST" else request.GET
    kept = {name: told[name] for name in _KEPT if told.get(name) and len(told[name]) <= 64 and told[name].isascii()}
    query = "&".join(f"{name}={value}" for name, value in kept.items() if value.replace("-", "").isalnum())
    return f"?{query}" if query else ""


def show(
    request: HttpRequest, visit: Visit, template: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    frame = {"person": visit.identity, "home": visit.home}
    response = realm_pages.show(request, visit.realm, template, {**frame, **context}, status=status)
    response["Referrer-Policy"] = "same-origin"  # under no-referrer the forms would come without an Origin to check
    return response
