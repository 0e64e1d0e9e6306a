"""A rehearsal: an administrator signs in to an application from the console, to see what it would be told.

The application's own registration stays as it is. The request is pushed by us, in process, and that one row alone allows the
console's address; the code comes back there, and is redeemed in process by the console session that began. What is minted
is read and dropped: nobody gets a token, none is kept, and the family ends in the same transaction (docs/decisions/0021).
"""

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.db.models.functions import Now

from apps.applications.models import Application
from apps.core import ids, secrets
from apps.core.context import Context
from apps.core.errors import Conflict, Denied, NotFound
from apps.events.attempt import Draft, attempt
from apps.events.types import EventType
from apps.tokens import authorization, claims, families, request_sources, token_requests, verification
from apps.tokens.authorization import AuthorizationRefused, UntrustedClient
from apps.tokens.issuer import endpoints_of, issuer_of
from apps.tokens.models import PushedRequest, Rehearsal
from apps.tokens.token_requests import TokenAnswer

LIFE = timedelta(minutes=10)
_PUSHED_LIFE = timedelta(seconds=60)
_ERROR = re.compile(r"[a-z_]{1,64}")


class CannotBeRehearsed(Conflict):
    """Nobody signs in to it on our pages."""

    code = "conflict"


class RehearsalRefused(Denied):
    """What came back is no sign-in. `code` is OAuth's error, and the event's outcome where it is our own word."""

    def __init__(self, error: str, description: str, *, outcome: str = "") -> None:
        super().__init__(description or error)
        self.code, self.outcome = error, outcome


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """Everything an application would have learned. `access_token` are claims; no token is among this."""

    application: Application
    display_name: str
    id_token: Mapping[str, Any]
    access_token: Mapping[str, Any]
    userinfo: Mapping[str, Any]
    scopes: tuple[str, ...]
    correlation_id: str


def redirect_uri() -> str:
    return f"{settings.IDENTITY_CLOUD_CONSOLE_URL}/console/try-it"


def is_possible(application: Application) -> bool:
    """An application of ours is not tried: its tokens open the console and the management API."""
    config = application.authenticator_config
    signs_in_here = config is not None and config.is_hosted and config.config.get("invocation_type") != "manual"
    return "authorization_code" in application.grant_types and signs_in_here and not application.is_managed


def begin(ctx: Context, application: Application, *, console_session_id: UUID) -> str:
    """Where to send the administrator's browser within a minute. Raises CannotBeRehearsed."""
    state, nonce, verifier = (secrets.new_token() for _ in range(3))
    with attempt(ctx, EventType.AUTHORIZE_REQUEST, application.realm, action="REHEARSE") as event:
        event.target(application)
        if not is_possible(application):
            raise CannotBeRehearsed("nobody signs in to this application on our pages")
        query = _query(application, state, nonce, verifier)
        try:
            authorization.check_authorization_request(ctx, application, query, own_redirect_uri=redirect_uri())
        except (UntrustedClient, AuthorizationRefused) as problem:
            raise CannotBeRehearsed(str(problem)) from None
        request_uri = f"{request_sources.URI_PREFIX}{secrets.new_token()}"
        common = _common(ctx, application)
        PushedRequest.objects.create(
            digest=secrets.digest(request_uri),
            parameters=query,
            own_redirect_uri=redirect_uri(),
            expires_at=ctx.now + _PUSHED_LIFE,
            **common,
        )
        row = Rehearsal(
            id=ids.uuid7(), console_session_id=console_session_id, state_digest=secrets.digest(state), **common
        )
        row.expires_at = ctx.now + LIFE
        row.sealed = secrets.seal(json.dumps({"nonce": nonce, "verifier": verifier}).encode(), _purpose(row))
        row.save(force_insert=True)
    asked = urlencode({"client_id": application.client_id, "request_uri": request_uri})
    return f"{endpoints_of(application).authorization}?{asked}"


def find(tenant_id: str, state: str, *, console_session_id: UUID) -> Rehearsal:
    """Of this session's, still open. Raises NotFound: for another administrator's, another tenant's, an ended one alike."""
    row = (
        Rehearsal.objects.select_related("application__realm", "application__authenticator_config")
        .filter(state_digest=secrets.digest(state), console_session_id=console_session_id, tenant_id=tenant_id)
        .filter(consumed_at=None, expires_at__gt=Now())
        .first()
    )
    if row is None:
        raise NotFound("Rehearsal", "")
    return row


def finish(ctx: Context, rehearsal: Rehearsal, answer: Mapping[str, str]) -> Rehearsed:
    """`answer` is the query that the browser came back with. Raises RehearsalRefused, NotFound when it was ended meanwhile.
    It is spent either way."""
    application = rehearsal.application
    with attempt(ctx, EventType.TOKEN_REQUEST, application.realm, data={"rehearsal": True}) as event:
        event.target(application)
        if not _take(rehearsal):
            raise NotFound("Rehearsal", "")
        event.keep(lambda: _take(rehearsal))
        if answer.get("iss") != issuer_of(application):
            raise RehearsalRefused("invalid_request", "the answer is of another issuer")
        if "error" in answer:
            event.data["error"] = error = _error_of(answer)
            raise RehearsalRefused(error, answer.get("error_description", "")[:300], outcome="ERROR")
        kept = json.loads(secrets.unseal(rehearsal.sealed, _purpose(rehearsal)))
        told = token_requests.answer_rehearsal(
            ctx, application, body=_form(application, answer.get("code", ""), kept["verifier"])
        )
        return _read(event, ctx, application, told, kept["nonce"])


def forget(ctx: Context) -> int:
    """Maintenance only."""
    forgotten, _ = Rehearsal.objects.filter(expires_at__lt=ctx.now - timedelta(hours=1)).delete()
    return forgotten


def _read(event: Draft, ctx: Context, application: Application, told: TokenAnswer, nonce: str) -> Rehearsed:
    """Ends what was given out before anybody could have it. Raises RehearsalRefused."""
    validator = told.validator
    if told.error or validator is None or validator.grant is None or validator.minted is None:
        raise RehearsalRefused(told.error or "server_error", json.loads(told.body).get("error_description", ""))
    grant, scopes = validator.grant, tuple(json.loads(told.body).get("scope", "").split())
    families.end_grants(ctx, pk=grant.pk)
    event.ctx = event.ctx.in_flow(grant.correlation_id)
    event.target(grant.user)
    id_token: dict[str, Any] = {}
    if "id_token" in json.loads(told.body):
        id_token = verification.read_id_token(ctx, told.body)
        if id_token.get("nonce") != nonce:
            raise RehearsalRefused("invalid_grant", "the code is of another sign-in")
    asked = claims.by_name(grant.claims).userinfo
    userinfo = claims.of_userinfo(application, grant.user, scopes, asked) if "openid" in scopes else {}
    return Rehearsed(
        application,
        grant.user.display_name,
        id_token,
        validator.minted.claims,
        userinfo,
        scopes,
        grant.correlation_id,
    )


def _error_of(answer: Mapping[str, str]) -> str:
    """A browser brought it: nothing that OAuth has no word like stands in the record."""
    return answer["error"] if _ERROR.fullmatch(answer["error"]) else "invalid_request"


def _take(rehearsal: Rehearsal) -> bool:
    unused = Rehearsal.objects.filter(pk=rehearsal.pk, consumed_at=None, expires_at__gt=Now())
    return unused.update(consumed_at=Now()) == 1


def _query(application: Application, state: str, nonce: str, verifier: str) -> str:
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    scopes = ("openid", "profile", "email") if application.protocol == "oidc" else ()
    asked = {
        "response_type": "code",
        "client_id": application.client_id,
        "redirect_uri": redirect_uri(),
        "scope": " ".join((*scopes, *application.allowed_scopes)),
        "state": state,
        "nonce": nonce,
        "prompt": "login",
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    return urlencode({name: value for name, value in asked.items() if value})


def _form(application: Application, code: str, verifier: str) -> str:
    return urlencode(
        {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri(),
            "client_id": application.client_id,
            "code_verifier": verifier,
        }
    )


def _common(ctx: Context, application: Application) -> dict[str, Any]:
    return {
        "tenant_id": application.tenant_id,
        "realm_id": application.realm_id,
        "application": application,
        "created_at": ctx.now,
        "updated_at": ctx.now,
    }


def _purpose(rehearsal: Rehearsal) -> str:
    return f"rehearsal.sealed:{rehearsal.pk}"
