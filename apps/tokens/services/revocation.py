"""Ending tokens: by the client that has them (RFC 7009), by who administers it, and with what they hang on."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db.models import Exists, OuterRef

from apps.applications.models import AccessToken, Application, Grant, RefreshToken
from apps.applications.services.roles import refuse_mightier_people
from apps.core import secrets
from apps.core.context import Actor, ActorType, Context
from apps.core.errors import NotFound
from apps.directory.models import Identity
from apps.events.attempt import Draft, attempt, record
from apps.events.types import EventType
from apps.tokens import client_authentication, families
from apps.tokens.client_authentication import ClientRefused
from apps.tokens.parameters import Form
from apps.tokens.services import access
from apps.tokens.services.access import Bearer


def revoke_for_client(ctx: Context, application: Application, *, form: Form, headers: Mapping[str, str]) -> None:
    """RFC 7009 §2.1. Raises ClientRefused, which leaves an event."""
    client_authentication.prepare(application, form)
    try:
        client_authentication.authenticate_client(ctx, application, form=form, headers=headers)
    except ClientRefused as refused:
        record(ctx, EventType.TOKEN_CHANGE, application.realm, outcome=refused.event_outcome, action="REVOKE")
        raise
    actor = Actor(ActorType.APPLICATION, str(application.pk), application.display_name)
    _revoke(ctx.acting_as(actor), application, form.get("token"))


def revoke_for_bearer(ctx: Context, bearer: Bearer, application: Application, token: str) -> None:
    """The same for who holds a management token. Raises InvalidToken, InsufficientScope."""
    access.require_reach(ctx, bearer, application.realm, "tokens:delete", "RevokeToken")
    _revoke(ctx.acting_as(bearer.actor), application, token)


def revoke_token(ctx: Context, application: Application, token: str) -> None:
    """Ends one of the application's own tokens, and with a refresh token all that came of the same grant; unknown ones are
    none of its business and change nothing."""
    _revoke(ctx, application, token)


def end_token(ctx: Context, token: AccessToken | RefreshToken) -> None:
    """The same for whoever administers its application. Raises NotFound when somebody was quicker, BeyondOwnScopes."""
    with attempt(ctx, EventType.TOKEN_CHANGE, token.application.realm, action="REVOKE") as event:
        _refuse_mightier(ctx, token)
        ended = _end(ctx, event, token)
        event.target(token.application)
        if not ended:
            raise NotFound("Token", token.jti)


def end_grant(ctx: Context, grant: Grant) -> None:
    """Ends every token of one sign-in, for whoever administers the application; the session that it came from goes on.
    Raises NotFound when somebody was quicker, BeyondOwnScopes."""
    with attempt(ctx, EventType.TOKEN_CHANGE, grant.application.realm, action="FAMILY_REVOKE") as event:
        event.target(grant.application)
        event.target(grant.user)
        _refuse_mightier(ctx, grant)
        if Grant.objects.filter(pk=grant.pk, revoked_at=None).update(revoked_at=ctx.now) != 1:
            raise NotFound("Grant", str(grant.pk))
        families.end_grants(ctx, pk=grant.pk)


def _refuse_mightier(ctx: Context, given: AccessToken | RefreshToken | Grant) -> None:
    """Whoever leaves, leaves; an application's own token is nobody's. Raises BeyondOwnScopes."""
    if given.user_id is not None and given.user_id != ctx.actor.id:
        refuse_mightier_people(ctx, given.application.realm, [given.user_id])


def end_tokens_of(ctx: Context, *, identity: Identity | None = None, session_ids: list[Any] | None = None) -> int:
    """Ends every code, refresh token and access token of a person, or of sessions, inside somebody's attempt. Returns how
    many access tokens."""
    if identity is not None:
        return families.end_tokens(ctx, user=identity)
    return families.end_tokens(ctx, session_id__in=session_ids or [])


def end_tokens_by_credential(ctx: Context, credential_id: str) -> int:
    """The same for every sign-in with one passkey: an embedded authenticator makes no session that could end instead."""
    return families.end_grants(ctx, credential_id=credential_id)


def forget(ctx: Context) -> int:
    """Deletes tokens that expired more than a day ago, and grants that none of the rest came from. Maintenance only."""
    limit = ctx.now - timedelta(days=1)
    access_tokens, _ = AccessToken.objects.filter(expires__lt=limit).delete()
    refresh_tokens, _ = RefreshToken.objects.filter(expires__lt=limit).delete()
    of_access = Exists(AccessToken.objects.filter(grant_id=OuterRef("pk")))
    of_refresh = Exists(RefreshToken.objects.filter(grant_id=OuterRef("pk")))
    grants, _ = Grant.objects.filter(~of_access, ~of_refresh, expires__lt=limit).delete()
    return access_tokens + refresh_tokens + grants


def _revoke(ctx: Context, application: Application, token: str) -> None:
    digest = secrets.digest(token)
    row: AccessToken | RefreshToken | None = AccessToken.objects.filter(
        token_checksum=digest, application=application, revoked_at=None
    ).first()
    if row is None:
        row = RefreshToken.objects.filter(token_checksum=digest, application=application, revoked=None).first()
    if row is None:
        return
    with attempt(ctx, EventType.TOKEN_CHANGE, application.realm, action="REVOKE") as event:
        _end(ctx, event, row)


def _end(ctx: Context, event: Draft, token: AccessToken | RefreshToken) -> bool:
    """False when it had ended already."""
    event.targets.append({"type": "token", "id": token.jti, "display_name": token.display_name})
    if isinstance(token, AccessToken):
        return AccessToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=ctx.now) == 1
    family: Any = token.grant_id
    first = Grant.objects.filter(pk=family, revoked_at=None).update(revoked_at=ctx.now) == 1
    event.data["access_tokens"] = families.end_grants(ctx, pk=family)
    return first
