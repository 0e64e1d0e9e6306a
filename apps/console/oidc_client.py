"""The console's half of OpenID Connect: PKCE, state and nonce out; code in. Against its own issuer, in process.

What a good relying party checks is checked here too (RFC 9700 §2.1, RFC 9207): the console gets no special treatment.
"""

import base64
import hashlib
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.utils.translation import gettext as _

from apps.authentication import sessions
from apps.authentication.sessions import NewSession
from apps.core import secrets
from apps.core.context import Context
from apps.tokens import verification
from apps.tokens.issuer import endpoints_of
from apps.tokens.services.exchange import TokenRefused, exchange


class SignInFailed(Exception):
    """In words for the administrator."""


def redirect_uri() -> str:
    return f"{settings.IDENTITY_CLOUD_CONSOLE_URL}/console/callback"


def start(console: Any, next_path: str, username: str) -> tuple[dict[str, str], str]:
    """(what the browser keeps meanwhile, the authorization URL)."""
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
        **({"login_hint": username} if username else {}),
    }
    return pending, f"{endpoints_of(console).authorization}?{urlencode(query)}"


def finish(ctx: Context, console: Any, pending: Mapping[str, str], answer: Mapping[str, str]) -> NewSession:
    """Redeems the code and opens the console's session. Raises SignInFailed."""
    issuer = endpoints_of(console).issuer
    if answer.get("state") != pending["state"] or answer.get("iss") != issuer:
        raise SignInFailed(_("This answer belongs to another sign-in. Try again."))
    if "error" in answer:
        raise SignInFailed(answer.get("error_description") or _("You were not signed in."))
    claims, correlation_id = _redeem(ctx, console, pending, answer.get("code", ""))
    if claims.get("nonce") != pending["nonce"] or claims.get("aud") != console.client_id or claims.get("iss") != issuer:
        raise SignInFailed(_("This answer belongs to another sign-in. Try again."))
    ctx = ctx.in_flow(correlation_id)
    return sessions.start_console_session(
        ctx, console, session_id=str(claims.get("sid", "")), identity_id=claims["sub"]
    )


def _redeem(ctx: Context, console: Any, pending: Mapping[str, str], code: str) -> tuple[dict[str, Any], str]:
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
