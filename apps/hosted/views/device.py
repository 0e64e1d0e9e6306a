"""Approving a device that has no browser of its own (RFC 8628 §3.3): its code, then a sign-in, then yes or no."""

from typing import Any
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from apps.authentication import devices, sessions
from apps.authentication.devices import CodeUnknown, SignedOut, WaitingDevice
from apps.core import secrets
from apps.core.context import Context
from apps.core.errors import Refusal
from apps.hosted import errors
from apps.policy.services import PolicyDenied, VerificationRequired
from apps.realms import selectors as realms
from apps.tokens.issuer import device_page
from apps.tokens.services.codes import NothingGranted
from apps.web import cookies, limits, realm_pages
from apps.web.context import context_of, subscriber_of
from apps.web.device_words import device_words


@errors.page_view("GET", "HEAD")
def anywhere(request: HttpRequest) -> HttpResponse:
    """The short address that devices show. Which realm it is about, the code tells."""
    typed = request.GET.get("user_code", "")
    if not typed:
        return _ask(request, None)
    device = _find(context_of(request), request, typed, None)
    if device is None:
        return _ask(request, None, typed)
    return redirect(device_page(device.application, device.user_code))


@errors.page_view("GET", "HEAD", "POST")
def device(request: HttpRequest, tenant_id: str, realm_id: str) -> HttpResponse:
    """Looking approves nothing, however often; only the person's own answer does."""
    realm = realms.get_realm(tenant_id, realm_id)
    ctx = context_of(request)
    typed = (request.POST if request.method == "POST" else request.GET).get("user_code", "")
    if not typed:
        return _ask(request, realm)
    waiting = _find(ctx, request, typed, realm)
    if waiting is None:
        return _ask(request, realm, typed)
    token = cookies.read(request, cookies.session_cookie(realm_id))
    session = sessions.find_session(ctx, realm_id, token) if token else None
    if session is None or not devices.suffices(waiting, session) or "switch" in request.GET:
        return _to_sign_in(ctx, request, waiting)
    if request.method == "POST":
        return _answered(ctx, request, waiting, session)
    return _show(request, waiting, session)


def _find(ctx: Context, request: HttpRequest, typed: str, realm: Any) -> WaitingDevice | None:
    """None for a wrong code; after a few of them nobody at this address is heard for as long as a code lives (§5.1).
    Raises RateLimited."""
    limits.require_left(limits.WRONG_USER_CODES, subscriber_of(request))
    try:
        return devices.find_device(ctx, typed, realm)
    except CodeUnknown:
        limits.count(limits.WRONG_USER_CODES, subscriber_of(request))
        return None


def _ask(request: HttpRequest, realm: Any, wrong: str = "") -> HttpResponse:
    problem = _("No device waits with this code. Check it on the device, or start there again.") if wrong else ""
    context = {"action": request.path, "typed": wrong[:16], "problem": problem}
    return _page(request, realm, "hosted/device.html", context, status=422 if wrong else 200)


def _to_sign_in(ctx: Context, request: HttpRequest, waiting: WaitingDevice) -> HttpResponse:
    limits.spend(limits.SIGN_IN_STARTS, subscriber_of(request))
    browser_key = cookies.read(request, cookies.flow_cookie()) or secrets.new_token()
    page_url = device_page(waiting.application, waiting.user_code)
    response = redirect(devices.sign_in_url(ctx, waiting, page_url=page_url, browser_key=browser_key))
    cookies.write(response, cookies.flow_cookie(), browser_key)
    return response


def _answered(ctx: Context, request: HttpRequest, waiting: WaitingDevice, session: Any) -> HttpResponse:
    approved = request.POST.get("answer") == "approve"
    try:
        if approved:
            devices.approve_device(ctx, waiting, session)
        else:
            devices.deny_device(ctx, waiting, session)
    except (PolicyDenied, VerificationRequired, NothingGranted) as refusal:
        return _show(request, waiting, session, refusal)
    except SignedOut:
        return _to_sign_in(ctx, request, waiting)
    except CodeUnknown:  # answered in another tab, or too late
        return _ask(request, waiting.application.realm, waiting.user_code)
    context = {"application_name": waiting.application.display_name, "approved": approved}
    return _page(request, waiting.application.realm, "hosted/device_done.html", context)


def _show(request: HttpRequest, waiting: WaitingDevice, session: Any, refusal: Refusal | None = None) -> HttpResponse:
    application = waiting.application
    here = device_page(application, waiting.user_code)
    context = {
        "application_name": application.display_name,
        "user_code": waiting.user_code,
        "person": session.identity,
        "device_words": device_words(waiting.client_user_agent),
        "device_ip": waiting.client_ip,
        "scopes": () if application.is_first_party else waiting.scopes,
        "action": urlsplit(here).path,
        "switch_url": f"{here}&switch=1",
        "refusal": errors.words_of(refusal) if refusal else "",
    }
    status = 403 if refusal else 200
    return _page(request, application.realm, "hosted/device_approve.html", context, status=status)


def _page(
    request: HttpRequest, realm: Any, template: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    response = realm_pages.show(request, realm, template, context, status=status)
    response["Referrer-Policy"] = "same-origin"  # under no-referrer the form would come without an Origin to check
    return response
