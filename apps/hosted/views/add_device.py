"""Setting up another device, on the one that is signed in: its code, the other's code, and yes or no to what was found."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from apps.authentication import addition_codes, challenges, device_approvals, own_pages
from apps.authentication import device_additions as additions
from apps.authentication.device_additions import AdditionOver, CodeUnknown, SignedOut
from apps.core.errors import Denied, Invalid, Violation
from apps.credentials import options
from apps.hosted import collected
from apps.hosted.person import Visit, person_view, show, to_sign_in
from apps.policy.services import PolicyDenied, VerificationRequired
from apps.web import limits, strict_json
from apps.web.context import subscriber_of
from apps.web.device_words import device_words

IMPORT_PATH = "/authenticator/import"


@person_view("GET", "HEAD", "POST")
def devices(request: HttpRequest, visit: Visit) -> HttpResponse:
    """What has begun needs no newer proof to be looked at: the approval asks for its own."""
    addition = additions.latest_of(visit.ctx, visit.session)
    begun = addition is not None and additions.state_of(visit.ctx, addition) in additions.LIVE
    asks = request.POST.get("action", "") if request.method == "POST" else ""
    if not visit.is_recent and (asks == "begin" or not begun):
        return to_sign_in(visit.ctx, request, visit.realm, visit.identity.username)
    if request.method != "POST":
        return _page(request, visit, addition)
    try:
        return _act(request, visit, addition if begun else None, asks)
    except CodeUnknown:
        return _page(request, visit, additions.latest_of(visit.ctx, visit.session), wrong=True)
    except SignedOut:
        return to_sign_in(visit.ctx, request, visit.realm)
    except AdditionOver:
        return _page(request, visit, additions.latest_of(visit.ctx, visit.session))


def _act(request: HttpRequest, visit: Visit, addition: Any, asks: str) -> HttpResponse:
    here = f"{visit.home}/devices"
    if asks == "begin" or (asks == "enter" and addition is None):
        config = own_pages.config_for(visit.realm, request.GET.get("application_id", ""))
        addition = additions.begin(visit.ctx, visit.session, config)
    if addition is None:
        return redirect(here)
    match asks:
        case "enter":
            _enter(request, visit, addition)
        case "renew":
            additions.renew_code(visit.ctx, addition)
        case "deny":
            additions.deny(visit.ctx, addition)
        case "cancel":
            additions.cancel(visit.ctx, addition)
            return redirect(visit.home)
    return redirect(here)


def _enter(request: HttpRequest, visit: Visit, addition: Any) -> None:
    address = subscriber_of(request)
    limits.require_left(limits.WRONG_DEVICE_CODES, address)
    try:
        additions.enter_code(visit.ctx, addition, request.POST.get("code", ""))
    except CodeUnknown:
        limits.count(limits.WRONG_DEVICE_CODES, address)
        raise


@person_view("GET", answers_json=True)
def state(request: HttpRequest, visit: Visit) -> HttpResponse:
    """What the page asks for every other second."""
    addition = additions.latest_of(visit.ctx, visit.session)
    told = additions.state_of(visit.ctx, addition) if addition is not None else ""
    return JsonResponse({"state": told, "id": str(addition.pk) if addition is not None else ""})


@person_view("POST", answers_json=True)
def approve(request: HttpRequest, visit: Visit) -> HttpResponse:
    """`allow`, or `deny` with what to tell the person and the next challenge; 410 when there is nothing to approve any
    more. Raises Invalid for a body that is none, NotFound for another session's addition."""
    limits.spend(limits.PROOFS, subscriber_of(request))
    addition_id, proof, signals = _read(request)
    addition = additions.get_addition(visit.ctx, visit.session, addition_id)
    try:
        device_approvals.approve(visit.ctx, addition, proof, audience=_audience(visit), signals=signals)
    except (AdditionOver, SignedOut):
        return JsonResponse({}, status=410)
    except Denied as refusal:
        told = refusal.message if isinstance(refusal, PolicyDenied | VerificationRequired) else ""
        return JsonResponse({"type": "deny", "code": refusal.code, "message": told, "nonce": addition.nonce})
    return JsonResponse({"type": "allow"})


def _read(request: HttpRequest) -> tuple[str, Any, dict[str, Any]]:
    try:
        body = strict_json.parse(request.body)
    except strict_json.BadJSON as problem:
        raise Invalid(Violation("", str(problem))) from None
    if not isinstance(body, dict) or not isinstance(body.get("addition_id"), str):
        raise Invalid(Violation("addition_id", "missing"))
    signals = body.get("signals") or {}
    if not isinstance(signals, dict) or len(request.body) > collected.LONGEST_BODY:
        raise Invalid(Violation("signals", "not an object, or too long"))
    return body["addition_id"], body.get("proof"), signals


def _audience(visit: Visit) -> str:
    return f"{settings.IDENTITY_CLOUD_AUTH_URL}{visit.home}/devices/approve"


def _page(request: HttpRequest, visit: Visit, addition: Any, *, wrong: bool = False) -> HttpResponse:
    stands = additions.state_of(visit.ctx, addition) if addition is not None else ""
    signals = collected.signals()
    context: dict[str, Any] = {
        "state": stands,
        "here": f"{visit.home}/devices",
        "signals": signals,
        "typed": addition_codes.shown(addition_codes.plain(request.GET.get("code", ""))),
        "import_url": f"{settings.IDENTITY_CLOUD_AUTH_URL}{IMPORT_PATH}",
        "page_data": {"state": stands, "id": "", "stateUrl": f"{visit.home}/devices/state", "signals": signals},
    }
    if wrong:
        context["problem"] = _("No device shows this code now. Look again: it changes every minute.")
    if addition is not None:
        context |= _waiting(visit, addition)
        context["page_data"] |= _ceremony(visit, addition) if stands == "CLAIMED" else {"id": str(addition.pk)}
    return show(request, visit, "hosted/me_devices.html", context, status=422 if wrong else 200)


def _waiting(visit: Visit, addition: Any) -> dict[str, Any]:
    code = addition_codes.shown(additions.code_of(addition))
    left = int((addition.code_expires_at - visit.ctx.now).total_seconds())
    found = addition.arrival
    return {
        "code": code if left > 0 else "",
        "code_seconds": max(left, 0),
        "qr_url": f"{settings.IDENTITY_CLOUD_AUTH_URL}{IMPORT_PATH}?code={code}",
        "found": found and {
            "device_words": device_words(found.client_user_agent),
            "ip": found.client_ip,
            "country": found.client_country,
            "is_near": found.client_ip == visit.ctx.client.ip,
        },
    }  # fmt: skip


def _ceremony(visit: Visit, addition: Any) -> dict[str, Any]:
    """What the approval is signed with: any passkey of the person's that works in this browser."""
    person = visit.identity
    return {
        "id": str(addition.pk),
        "approveUrl": f"{visit.home}/devices/approve",
        "audience": _audience(visit),
        "origin": settings.IDENTITY_CLOUD_AUTH_URL,
        "realm": visit.realm.pk,
        "account": {"identity": person.pk, "username": person.username, "display_name": person.display_name},
        "publicKey": {
            **options.request_options(device_approvals.ask(visit.ctx, addition)),
            "allowCredentials": options.known_passkeys(person),
        },
        "challengeSeconds": challenges.seconds_left(visit.ctx, addition.nonce),
    }
