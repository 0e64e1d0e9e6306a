"""Token requests as nearly all of them are: a client with its secret or none, a bearer token, nothing out of the ordinary.

They are answered without oauthlib's round of questions, of what one statement reads, and written with one other. Whatever
is unusual about a request, or wrong, is None here: `token_requests` then goes the whole way, decides, and says why. So
nothing is refused here and nothing spent, and what is good here is good there (docs/decisions/0029).
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Model

from apps.applications import scopes, selectors
from apps.applications.models import Application, Grant
from apps.core.context import Context
from apps.core.json_text import json_text
from apps.core.statements import Condition
from apps.tokens import claims, client_authentication, grants, minting, refresh_tokens, token_options
from apps.tokens.client_authentication import ClientRefused
from apps.tokens.minting import MintedToken, Subject
from apps.tokens.parameters import Form
from apps.tokens.refresh_tokens import Issued, Standing
from apps.tokens.token_options import OptionRefused

_CLIENT = frozenset({"grant_type", "client_id", "client_secret"})
_SCOPES = re.compile(r"[!#-\[\]-~]+(?: [!#-\[\]-~]+)*")  # RFC 6749 §3.3
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")  # RFC 7636 §4.1


@dataclass(frozen=True, slots=True)
class Straight:
    """What to answer once `rows` are written, which `only_if` still has to allow. `grant` None: on the client's own
    behalf."""

    body: str
    minted: MintedToken
    rows: tuple[Model, ...]
    grant: Grant | None = None
    only_if: Condition | None = None


def read(ctx: Context, application: Application, form: Form, headers: Mapping[str, str]) -> Straight | None:
    """Reads and mints; writes nothing."""
    known = _GRANTS.get(form.get("grant_type"))
    if known is None or not form.given.keys() <= known.parameters or form.resources or "HTTP_DPOP" in headers:
        return None
    if application.requires_dpop or application.token_endpoint_auth_method == "private_key_jwt":
        return None
    try:
        client_authentication.authenticate_client(ctx, application, form=form, headers=headers)
        return known.answer(ctx, application, form)
    except (ClientRefused, OptionRefused):
        return None


def _own_behalf(ctx: Context, application: Application, form: Form) -> Straight | None:
    asked = form.get("scope")
    if "client_credentials" not in application.grant_types or not application.is_confidential:
        return None
    if asked and not _SCOPES.fullmatch(asked):
        return None
    wanted = asked.split(" ") if asked else list(application.allowed_scopes)
    granted = scopes.granted(
        wanted, allowed=application.allowed_scopes, of_roles=None, openid=application.protocol == "oidc"
    )
    return None if asked and not granted else _answer(ctx, application, form, Subject(), granted)


def _code(ctx: Context, application: Application, form: Form) -> Straight | None:
    grant = grants.find(application, form.get("code")) if "authorization_code" in application.grant_types else None
    if grant is None or grant.consumed_at is not None or grant.expires <= ctx.now or not _stands(grant):
        return None
    if form.get("redirect_uri") != grant.redirect_uri or not _is_verified(application, grant, form):
        return None
    left = selectors.scopes_today(application, grant.user, grant.scope.split())
    issued = None
    if application.refresh_token_enabled:
        issued = refresh_tokens.first(ctx, application, grant, " ".join(left))
    subject = _subject(application, grant, nonce=grant.nonce)
    return _answer(ctx, application, form, subject, left, grant, issued, Condition(grants.CONSUME, (grant.pk, "")))


def _refresh(ctx: Context, application: Application, form: Form) -> Straight | None:
    if not application.refresh_token_enabled or not refresh_tokens.rotates(application):
        return None
    shown = refresh_tokens.look_at(application, form.get("refresh_token"))
    if shown is None or shown.standing is not Standing.GOOD or not _stands(shown.grant):
        return None
    grant, before = shown.grant, shown.row.scope.split()
    left = selectors.scopes_today(application, grant.user, before)
    if before and not left:
        return None
    issued, condition = refresh_tokens.exchange(ctx, shown)
    return _answer(ctx, application, form, _subject(application, grant), left, grant, issued, condition)


@dataclass(frozen=True, slots=True)
class _Known:
    answer: Callable[[Context, Application, Form], Straight | None]
    parameters: frozenset[str]


_GRANTS: Mapping[str, _Known] = {
    "client_credentials": _Known(_own_behalf, _CLIENT | {"scope"}),
    "authorization_code": _Known(_code, _CLIENT | {"code", "redirect_uri", "code_verifier"}),
    "refresh_token": _Known(_refresh, _CLIENT | {"refresh_token"}),
}


def _stands(grant: Grant) -> bool:
    """Not ended, its person not suspended, and bound to no key."""
    return grant.revoked_at is None and not grant.dpop_jkt and bool(grant.user.is_active)


def _is_verified(application: Application, grant: Grant, form: Form) -> bool:
    """By RFC 7636 §4.6 with S256, or neither asked for nor given (RFC 9700 §2.1.1)."""
    challenge, verifier = grant.code_challenge, form.get("code_verifier")
    if not challenge:
        return not verifier and application.pkce == "disabled" and application.is_confidential
    if grant.code_challenge_method != "S256" or not _VERIFIER.fullmatch(verifier):
        return False
    found = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=")
    return hmac.compare_digest(found, challenge.encode())


def _subject(application: Application, grant: Grant, nonce: str = "") -> Subject:
    """Raises OptionRefused for a resource that the application is not for any more."""
    return Subject(
        identity=grant.user,
        authenticated_at=grant.authenticated_at,
        session_id=grant.session_id,
        grant_id=grant.pk,
        acr=grant.acr,
        amr=tuple(grant.amr),
        nonce=nonce,
        id_token_claims=claims.by_name(grant.claims).id_token,
        resources=token_options.known_resources(application, grant.resource),
    )


def _answer(
    ctx: Context,
    application: Application,
    form: Form,
    subject: Subject,
    granted: Sequence[str],
    grant: Grant | None = None,
    issued: Issued | None = None,
    only_if: Condition | None = None,
) -> Straight:
    """RFC 6749 §5.1, in oauthlib's order."""
    scope = " ".join(granted)
    minted = minting.mint_access_token(ctx, application, subject, scope=scope, grant_type=form.get("grant_type"))
    said: dict[str, Any] = {
        "access_token": minted.token,
        "expires_in": application.token_expires_after_seconds,
        "token_type": "Bearer",
        "scope": scope,
    }
    if issued is not None:
        said["refresh_token"] = issued.token
    if grant is not None and "openid" in granted:
        said["id_token"] = minting.mint_id_token(ctx, application, subject, minted.token)
    row = minting.access_token_row(ctx, application, subject, minted)
    return Straight(json_text(said), minted, (*(issued.rows if issued else ()), row), grant, only_if)
