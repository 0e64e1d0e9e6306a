"""Believing an access token, and what may be done with one: userinfo, revocation."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from apps.applications import scopes, selectors
from apps.applications.models import AccessToken, Application, Grant
from apps.core import secrets
from apps.core.context import Actor, ActorType, Context
from apps.core.errors import Denied, NotFound, Unauthenticated
from apps.directory.models import Identity
from apps.events.attempt import Draft, attempt
from apps.events.types import EventType
from apps.tokens import claims as people
from apps.tokens import jose, possession, verification
from apps.tokens.issuer import issuer_of
from apps.tokens.possession import Shown


class InvalidToken(Unauthenticated):
    """Not ours, not now, or not any more: the client learns no more than that (RFC 6750 §3.1)."""

    code = "invalid_token"


class InsufficientScope(Denied):
    code = "insufficient_scope"


@dataclass(frozen=True, slots=True)
class Bearer:
    """Who a request with an access token speaks for. `realm_id` None: every realm of the tenant."""

    token: AccessToken
    application: Application
    identity: Identity | None
    tenant_id: str
    realm_id: str | None
    audience: tuple[str, ...]
    scopes: frozenset[str]
    claims: Mapping[str, Any]

    @property
    def actor(self) -> Actor:
        if self.identity is not None:
            return Actor(ActorType.IDENTITY, self.identity.pk, self.identity.display_name)
        return Actor(ActorType.APPLICATION, str(self.application.pk), self.application.display_name)


def read_bearer(ctx: Context, token: str, *, shown: Shown | None = None) -> Bearer:
    """Signature, kind, time and issuer first, then the row: a revoked token is refused at once. `shown` is the DPoP proof
    that came with the token, None for the Bearer scheme. Raises InvalidToken, PossessionRefused.

    One indexed query, and one more for what a person's roles leave of the scopes today. Says nothing of audience, nor
    which scope is needed: the caller knows.
    """
    try:
        claims = jose.verify(token, verification.find_key, typ="at+jwt", now=ctx.now.timestamp())
    except jose.TokenRejected:
        raise InvalidToken("the access token is not valid") from None
    row = (
        AccessToken.objects.select_related("application__realm", "application__resource_server", "user")
        .filter(token_checksum=secrets.digest(token), revoked_at=None)
        .first()
    )
    if row is None or claims.get("iss") != issuer_of(row.application) or row.expires <= ctx.now:
        raise InvalidToken("the access token is not valid")
    if row.user is not None and not row.user.is_active:
        raise InvalidToken("the access token is not valid")
    _require_holder(ctx, row.dpop_jkt, token, shown)
    return Bearer(
        token=row,
        application=row.application,
        identity=row.user,
        tenant_id=row.tenant_id,
        realm_id=None if row.application.realm.is_admin else row.realm_id,
        audience=tuple(claims.get("aud", ())),
        scopes=_scopes_today(row),
        claims=claims,
    )


def _require_holder(ctx: Context, jkt: str, token: str, shown: Shown | None) -> None:
    """A token bound to a key comes with a proof of that key, any other comes as a bearer's (RFC 9449 §7.1, §7.2). Raises
    InvalidToken, PossessionRefused."""
    proof = possession.check(ctx, shown, access_token=token) if shown else None
    if (proof.jkt if proof else "") != jkt:
        raise InvalidToken("the access token is not valid", scheme=possession.SCHEME)
    if proof:
        possession.spend(ctx, proof)


def _scopes_today(row: AccessToken) -> frozenset[str]:
    """A role or a scope taken away since the token was issued is taken from the token too."""
    issued = row.scope.split()
    of_roles = None
    if row.user is not None:
        asks_roles = any(scope not in scopes.OPENID_SCOPES for scope in issued)
        of_roles = selectors.role_scopes(row.user, row.application.resource_server) if asks_roles else ()
    return scopes.still_granted(issued, allowed=row.application.allowed_scopes, of_roles=of_roles)


def read_userinfo(ctx: Context, application: Application, token: str, *, shown: Shown | None = None) -> dict[str, Any]:
    """OpenID Connect Core §5.3, for a token that this very application issued. Raises InvalidToken, InsufficientScope,
    PossessionRefused."""
    with attempt(ctx, EventType.USERINFO_READ, application.realm) as event:
        event.target(application)
        bearer = read_bearer(ctx, token, shown=shown)
        if bearer.application.pk != application.pk or bearer.identity is None:
            raise InvalidToken("the access token is not valid")
        event.acting_as(bearer.actor)
        grant = _grant_of(bearer.token)
        event.ctx = event.ctx.in_flow(grant.correlation_id if grant else "")
        if "openid" not in bearer.scopes:
            raise InsufficientScope("the openid scope is needed")
        return people.of_userinfo(application, bearer.identity, bearer.scopes, people.by_name(grant).userinfo)


def revoke_token(ctx: Context, application: Application, token: str) -> None:
    """RFC 7009: ends one of the application's own tokens; unknown ones are none of its business and change nothing."""
    row = AccessToken.objects.filter(
        token_checksum=secrets.digest(token), application=application, revoked_at=None
    ).first()
    if row is None:
        return
    with attempt(ctx, EventType.TOKEN_CHANGE, application.realm, action="REVOKE") as event:
        _target(event, row)
        AccessToken.objects.filter(pk=row.pk, revoked_at=None).update(revoked_at=ctx.now)


def end_token(ctx: Context, token: AccessToken) -> None:
    """Ends one token for whoever administers its application. Raises NotFound when somebody was quicker."""
    with attempt(ctx, EventType.TOKEN_CHANGE, token.application.realm, action="REVOKE") as event:
        _target(event, token)
        event.target(token.application)
        if AccessToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=ctx.now) != 1:
            raise NotFound("Token", token.jti)


def end_tokens_of(ctx: Context, *, identity: Identity | None = None, session_ids: list[Any] | None = None) -> int:
    """Revokes every live token of a person, or of sessions, inside somebody's attempt; a code on its way to be redeemed
    is too old from now on. Codes first: whoever redeems one just now is waited for, and the token is seen. Returns how many
    tokens."""
    whose: dict[str, Any] = {"user": identity} if identity is not None else {"session_id__in": session_ids or []}
    Grant.objects.filter(consumed_at=None, expires__gt=ctx.now, **whose).update(expires=ctx.now)
    return AccessToken.objects.filter(revoked_at=None, **whose).update(revoked_at=ctx.now)


def end_tokens_by_credential(ctx: Context, credential_id: str) -> int:
    """The same for every sign-in with one passkey: an embedded authenticator makes no session that could end instead."""
    grants = Grant.objects.filter(credential_id=credential_id)
    grants.filter(consumed_at=None, expires__gt=ctx.now).update(expires=ctx.now)
    given = AccessToken.objects.filter(revoked_at=None, grant_id__in=grants.values("pk"))
    return given.update(revoked_at=ctx.now)


def _target(event: Draft, token: AccessToken) -> None:
    event.targets.append({"type": "token", "id": token.jti, "display_name": token.display_name})


def forget(ctx: Context) -> int:
    """Deletes tokens that expired more than a day ago, and codes that none of the rest came from. Maintenance only."""
    limit = ctx.now - timedelta(days=1)
    tokens, _ = AccessToken.objects.filter(expires__lt=limit).delete()
    needed = AccessToken.objects.exclude(grant_id=None).values("grant_id")
    codes, _ = Grant.objects.filter(expires__lt=limit).exclude(pk__in=needed).delete()
    return tokens + codes


def _grant_of(token: AccessToken) -> Grant | None:
    return Grant.objects.filter(pk=token.grant_id).first() if token.grant_id else None
