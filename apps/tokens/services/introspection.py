"""Introspection (RFC 7662): whether a token is good, and what it says, for those it concerns.

It reads, so what is answered leaves no event: resource servers ask at every request. Who is turned away does.
"""

from collections.abc import Mapping
from typing import Any

from apps.applications import selectors as applications
from apps.applications.models import Application, RefreshToken
from apps.core import secrets
from apps.core.context import Context
from apps.core.errors import NotFound
from apps.events.attempt import record
from apps.events.types import EventType
from apps.realms.models import Realm
from apps.tokens import claims as people
from apps.tokens import client_authentication, live_tokens, selectors
from apps.tokens.client_authentication import ClientRefused
from apps.tokens.issuer import issuer_of
from apps.tokens.live_tokens import LiveToken
from apps.tokens.parameters import Form
from apps.tokens.services import access
from apps.tokens.services.access import Bearer

SCOPE = "tokens:introspect"
_OPERATION = "IntrospectToken"
_INACTIVE: Mapping[str, Any] = {"active": False}


def authenticate_caller(ctx: Context, realm: Realm, *, form: Form, headers: Mapping[str, str]) -> Application:
    """An application of the realm that has proven itself; a public one cannot (RFC 7662 §2.1). Raises ClientRefused."""
    try:
        application = _client(realm, client_authentication.claimed_client_id(form, headers))
        if not application.is_confidential:
            raise ClientRefused
        client_authentication.prepare(application, form)
        client_authentication.authenticate_client(ctx, application, form=form, headers=headers)
    except ClientRefused as refused:
        record(ctx, EventType.API_REQUEST_DENIED, realm, outcome=refused.event_outcome, operation=_OPERATION)
        raise
    return application


def _client(realm: Realm, client_id: str) -> Application:
    """Raises ClientRefused: who is not there has not proven itself either."""
    try:
        return applications.kept_client(realm.pk, client_id)
    except NotFound:
        raise ClientRefused from None


def read_for_bearer(ctx: Context, realm: Realm, bearer: Bearer, token: str) -> dict[str, Any]:
    """Any access token of the realm. Raises InvalidToken, InsufficientScope."""
    access.require_reach(ctx, bearer, realm, SCOPE, _OPERATION)
    found = live_tokens.find_live(ctx, token)
    return _told(ctx, found) if found and found.row.realm_id == realm.pk else dict(_INACTIVE)


def read_for_client(ctx: Context, caller: Application, token: str) -> dict[str, Any]:
    """A token of the caller's own, refresh tokens too, or an access token that is meant for it."""
    found = live_tokens.find_live(ctx, token)
    if found is not None:
        return _told(ctx, found) if _concerns(caller, found) else dict(_INACTIVE)
    refresh_token = None if "." in token else _live_refresh_token(ctx, caller, token)
    return _told_of_refresh(caller, refresh_token) if refresh_token else dict(_INACTIVE)


def _concerns(caller: Application, found: LiveToken) -> bool:
    """Given to the caller, or for the caller, or for the resource server that the caller serves."""
    of = found.row.application
    if of.realm_id != caller.realm_id:
        return False
    audience = found.claims.get("aud", ())
    if of.pk == caller.pk or caller.client_id in audience:
        return True
    server = of.resource_server
    return server is not None and server.pk == caller.resource_server_id and server.identifier in audience


def _told(ctx: Context, found: LiveToken) -> dict[str, Any]:
    """RFC 7662 §2.2: the claims as they were issued, but for the scopes, which are today's."""
    row = found.row
    live_tokens.mark_used(ctx, row)
    named = row.user is not None and row.application.subject_type != "pairwise"
    return {
        "active": True,
        **found.claims,
        "scope": " ".join(found.scopes_today()),
        "token_type": "DPoP" if row.dpop_jkt else "Bearer",
        **({"username": row.user.username} if named and row.user else {}),
    }


def _live_refresh_token(ctx: Context, caller: Application, token: str) -> RefreshToken | None:
    rows = selectors.live_refresh_tokens_of(ctx, caller)
    return rows.select_related("user").filter(token_checksum=secrets.digest(token)).first()


def _told_of_refresh(caller: Application, row: RefreshToken) -> dict[str, Any]:
    """`token_type` says that it opens nothing: a resource server that looks for Bearer will not take it for one."""
    if not row.user.is_active:
        return dict(_INACTIVE)
    return {
        "active": True,
        "token_type": "refresh_token",
        "iss": issuer_of(caller),
        "client_id": caller.client_id,
        "sub": people.subject_identifier(caller, row.user),
        "scope": " ".join(applications.scopes_today(caller, row.user, row.scope.split())),
        "exp": int(row.expires.timestamp()),
        "iat": int(row.issued_at.timestamp()),
        "jti": row.jti,
    }
