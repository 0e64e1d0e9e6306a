"""A device that somebody sets up: it types the code of the one that is signed in, or shows its own, and waits for a yes."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from apps.authentication import addition_codes, sessions
from apps.authentication import arriving_devices as arrivals
from apps.authentication import device_additions as additions
from apps.authentication.device_additions import AdditionOver, CodeUnknown
from apps.core import secrets
from apps.core.context import Context
from apps.hosted import errors
from apps.hosted.person import home_of
from apps.web import cookies, limits, realm_pages
from apps.web.context import context_of, subscriber_of

ADD_PATH = "/authenticator/add"
_REALMS_LOOKED_AT = 8


@errors.page_view("GET", "HEAD", "POST")
def arrive(request: HttpRequest) -> HttpResponse:
    """Looking changes nothing, however often: the code of a link is put into the field and not entered."""
    ctx = context_of(request)
    arrival = arrivals.find_arrival(ctx, cookies.read(request, cookies.arrival_cookie()))
    if request.method != "POST":
        return _page(ctx, request, arrival)
    try:
        return _act(ctx, request, arrival, request.POST.get("action", ""))
    except CodeUnknown:
        return _page(ctx, request, arrival, wrong=True)
    except AdditionOver:
        return _page(ctx, request, arrival, over=True)


def _act(ctx: Context, request: HttpRequest, arrival: Any, asks: str) -> HttpResponse:
    addition = arrivals.addition_of(arrival) if arrival is not None else None
    match asks:
        case "show" | "enter" if addition is None:
            return _begin(ctx, request, arrival, enters=asks == "enter")
        case "renew" if arrival is not None:
            additions.renew_code(ctx, arrival)
        case "go" if addition is not None:
            onward = f"{settings.IDENTITY_CLOUD_AUTH_URL}{home_of(addition.realm)}"
            return redirect(arrivals.begin_binding(ctx, addition, onward_url=onward))
        case "leave" if arrival is not None:
            arrivals.leave(ctx, arrival)
            response = redirect(request.path)
            cookies.clear(response, cookies.arrival_cookie())
            return response
    return redirect(request.path)


def _begin(ctx: Context, request: HttpRequest, arrival: Any, *, enters: bool) -> HttpResponse:
    address = subscriber_of(request)
    limits.require_left(limits.WRONG_DEVICE_CODES, address)
    browser_key = ""
    if arrival is None:
        limits.spend(limits.ARRIVALS, address)
        browser_key = secrets.new_token()
        arrival = arrivals.arrive(ctx, browser_key)
    response: HttpResponse = redirect(request.path)
    if enters:
        try:
            arrivals.enter_code(ctx, arrival, request.POST.get("code", ""))
        except CodeUnknown:
            limits.count(limits.WRONG_DEVICE_CODES, address)
            arrival.refresh_from_db()
            response = _page(ctx, request, arrival, wrong=True, over=arrival.ended_at is not None)
    if browser_key:
        cookies.write(response, cookies.arrival_cookie(), browser_key)
    return response


@errors.page_view("GET")
def state(request: HttpRequest) -> HttpResponse:
    ctx = context_of(request)
    arrival = arrivals.find_arrival(ctx, cookies.read(request, cookies.arrival_cookie()))
    return JsonResponse({"state": arrivals.state_of(ctx, arrival) if arrival is not None else ""})


def _page(ctx: Context, request: HttpRequest, arrival: Any, *, wrong: bool = False, over: bool = False) -> HttpResponse:
    addition = arrivals.addition_of(arrival) if arrival is not None else None
    stands = arrivals.state_of(ctx, arrival) if arrival is not None else ""
    context: dict[str, Any] = {
        "state": "TRIED_TOO_OFTEN" if over and addition is None else stands,
        "here": request.path,
        "typed": addition_codes.shown(addition_codes.plain(request.GET.get("code", ""))),
        "page_data": {"state": stands, "stateUrl": f"{request.path}/state"},
        **(_code(ctx, arrival) if stands == arrivals.NOBODY_YET else {}),
        **({"home": home_of(addition.realm)} if addition is not None else {}),
    }
    if wrong and not over:
        context["problem"] = _("No device shows this code now. Look again: it changes every minute.")
    realm = addition.realm if addition is not None else None
    status = 410 if over else 422 if wrong else 200
    response = realm_pages.show(request, realm, "hosted/arriving.html", context, status=status)
    response["Referrer-Policy"] = "same-origin"  # under no-referrer the forms would come without an Origin to check
    return response


def _code(ctx: Context, arrival: Any) -> dict[str, Any]:
    code = addition_codes.shown(additions.code_of(arrival))
    left = int((arrival.code_expires_at - ctx.now).total_seconds())
    return {
        "code": code if left > 0 else "",
        "code_seconds": max(left, 0),
        "qr_url": f"{settings.IDENTITY_CLOUD_AUTH_URL}{ADD_PATH}?code={code}",
    }


@errors.page_view("GET", "HEAD")
def add(request: HttpRequest) -> HttpResponse:
    """Where the other device's QR code leads the one that is signed in: to its own page of the realm, with the code."""
    ctx = context_of(request)
    code = addition_codes.shown(addition_codes.plain(request.GET.get("code", "")))
    known = []
    for realm_id, token in cookies.sessions_in(request)[:_REALMS_LOOKED_AT]:
        session = sessions.find_session(ctx, realm_id, token)
        if session is not None:
            url = f"{home_of(session.realm)}/devices?code={code}"
            known.append({"name": session.identity.display_name, "text": session.realm.display_name, "url": url})
    if len(known) == 1:
        return redirect(known[0]["url"])
    response = realm_pages.show(request, None, "hosted/add_where.html", {"known": known, "code": code})
    response["Referrer-Policy"] = "same-origin"
    return response
