"""The console's half of OpenID Connect: PKCE, state and nonce out; code in. Against its own issuer, in process.

What a good relying party checks is checked here too (RFC 9700 §2.1, RFC 9207): the console gets no special treatment.
"""

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from apps.authentication import console_sessions
from apps.authentication.services import sessions
from apps.authentication.services.sessions import NewSession
from apps.core import secrets
from apps.core.context import Context
from apps.tokens import assurance, verification
from apps.tokens.issuer import endpoints_of
from apps.tokens.services.exchange import TokenRefused, exchange
from apps.web import cookies

_PENDING = "identity_cloud_sign_in"
_PENDING_SECONDS = 900
_PENDING_AT_ONCE = 4
_STATE = re.compile(r"[A-Za-z0-9_-]{16,64}")
_FRESH = (assurance.PHISHING_RESISTANT, assurance.HARDWARE_PROTECTED)


class SignInFailed(Exception):
    """In words for the administrator."""


def redirect_uri() -> str:
    return f"{settings.IDENTITY_CLOUD_CONSOLE_URL}/console/callback"


def start(console: Any, next_path: str, username: str) -> tuple[dict[str, Any], str]:
    """(what the browser keeps meanwhile, the authorization URL). The browser's session may be taken, but for a proof older
    than a console session may be idle: else whoever found the desk left would be let in again."""
    hint = {"login_hint": username} if username else {}
    return _asked(console, next_path, max_age=str(_longest_idle()), **hint)


def start_proof(ctx: Context, session: Any, next_path: str) -> tuple[dict[str, Any], str]:
    """The same for who is signed in: this very person, a passkey, now (RFC 9470 §4; OpenID Connect Core §5.5.1)."""
    wanted = {"sub": {"value": session.identity_id}, "acr": {"essential": True, "values": list(_FRESH)}}
    claims = json.dumps({"id_token": wanted}, separators=(",", ":"))
    username = session.identity.username
    pending, url = _asked(
        session.application, next_path, prompt="login", max_age="0", claims=claims, login_hint=username
    )
    return {**pending, "session": str(session.pk), "asked_at": int(ctx.now.timestamp())}, url


def _asked(console: Any, next_path: str, **further: str) -> tuple[dict[str, Any], str]:
    verifier = secrets.new_token(32)
    pending = {
        "tenant": console.tenant_id,
        "state": secrets.new_token(16),
        "nonce": secrets.new_token(16),
        "verifier": verifier,
        "next": next_path,
    }
    query = {
        "response_type": "code",
        "client_id": console.client_id,
        "redirect_uri": redirect_uri(),
        "scope": "openid",
        "state": pending["state"],
        "nonce": pending["nonce"],
        "code_challenge": _challenge(verifier),
        "code_challenge_method": "S256",
        **further,
    }
    return pending, f"{endpoints_of(console).authorization}?{urlencode(query)}"


def keep_pending(request: HttpRequest, response: HttpResponse, pending: Mapping[str, Any]) -> None:
    """In a cookie of its own, so that two tabs may be on their way at once; of more than a few the first are dropped."""
    known = sorted(name for name in request.COOKIES if name.startswith(f"{_PENDING}_"))
    for name in known[: max(0, len(known) - _PENDING_AT_ONCE + 1)]:
        response.delete_cookie(name, path="/console/")
    response.set_cookie(
        _cookie_of(pending["state"]),
        signing.dumps(dict(pending), salt=_PENDING),
        max_age=_PENDING_SECONDS,
        path="/console/",
        secure=cookies.secure(),
        httponly=True,
        samesite="Lax",
    )


def take_pending(request: HttpRequest) -> dict[str, Any]:
    """Of the sign-in that the request answers; {} for one that this browser did not begin, or too long ago."""
    try:
        value = request.COOKIES.get(_cookie_of(request.GET.get("state", "")), "")
        return dict(signing.loads(value, salt=_PENDING, max_age=_PENDING_SECONDS))
    except signing.BadSignature:
        return {}


def drop_pending(response: HttpResponse, pending: Mapping[str, Any]) -> None:
    response.delete_cookie(_cookie_of(pending["state"]), path="/console/")


def finish(ctx: Context, console: Any, pending: Mapping[str, Any], answer: Mapping[str, str]) -> NewSession:
    """Redeems the code and opens the console's session. Raises SignInFailed."""
    claims, correlation_id = _checked(ctx, console, pending, answer)
    if ctx.now.timestamp() - claims.get("auth_time", 0) > _longest_idle() + _PENDING_SECONDS:
        raise SignInFailed(_("This sign-in is too old. Try again."))
    return sessions.start_console_session(
        ctx.in_flow(correlation_id), console, session_id=str(claims.get("sid", "")), identity_id=claims["sub"]
    )


def finish_proof(ctx: Context, session: Any, pending: Mapping[str, Any], answer: Mapping[str, str]) -> NewSession:
    """Redeems the code and puts the proof into the console's session. Raises SignInFailed."""
    claims, correlation_id = _checked(ctx, session.application, pending, answer)
    asked_at = datetime.fromtimestamp(pending["asked_at"], UTC)
    try:
        return console_sessions.prove_anew(ctx.in_flow(correlation_id), session, claims, asked_at=asked_at)
    except console_sessions.NotProven:
        raise SignInFailed(_("Nothing was done: this was not your own passkey, proven just now.")) from None
    except console_sessions.SessionOver:
        raise SignInFailed(_("Nothing was done: your session ended meanwhile, or another tab was quicker.")) from None


def _checked(
    ctx: Context, console: Any, pending: Mapping[str, Any], answer: Mapping[str, str]
) -> tuple[dict[str, Any], str]:
    """(claims of the ID token, the flow's correlation id). Raises SignInFailed."""
    issuer = endpoints_of(console).issuer
    if answer.get("state") != pending["state"] or answer.get("iss") != issuer:
        raise SignInFailed(_("This answer belongs to another sign-in. Try again."))
    if answer.get("error") == "login_required" and "session" in pending:
        raise SignInFailed(_("Nothing was done: somebody else signed in. Sign in as yourself and do it again."))
    if "error" in answer:
        raise SignInFailed(answer.get("error_description") or _("You were not signed in."))
    claims, correlation_id = _redeem(ctx, console, pending, answer.get("code", ""))
    if claims.get("nonce") != pending["nonce"] or claims.get("aud") != console.client_id or claims.get("iss") != issuer:
        raise SignInFailed(_("This answer belongs to another sign-in. Try again."))
    return claims, correlation_id


def _cookie_of(state: str) -> str:
    return f"{_PENDING}_{state[:16]}" if _STATE.fullmatch(state) else _PENDING


def _longest_idle() -> int:
    return int(settings.CONSOLE_IDLE.total_seconds())


def _redeem(ctx: Context, console: Any, pending: Mapping[str, Any], code: str) -> tuple[dict[str, Any], str]:
    """(claims of the ID token, the flow's correlation id)."""
    form = urlencode(
        {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri(),
            "client_id": console.client_id,
            "code_verifier": pending["verifier"],
        }
    )
    try:
        answer = exchange(ctx, console, form=form, headers={})
    except TokenRefused:
        raise SignInFailed(_("This sign-in was used before, or took too long. Try again.")) from None
    return verification.read_id_token(ctx, answer.body), answer.correlation_id


def _challenge(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
