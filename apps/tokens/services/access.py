"""Believing an access token, and what may be read with one."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from apps.applications.models import AccessToken, Application
from apps.applications.scopes import MANAGEMENT_IDENTIFIER
from apps.core.context import Actor, ActorType, Context
from apps.core.errors import Denied, Unauthenticated
from apps.directory.models import Identity
from apps.events.attempt import attempt, record
from apps.events.types import EventType
from apps.realms.models import Realm
from apps.tokens import claims as people
from apps.tokens import client_keys, live_tokens, possession
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
    of_grant: tuple[str, str] = ("", "")  # see live_tokens.LiveToken

    @property
    def actor(self) -> Actor:
        if self.identity is not None:
            return Actor(ActorType.IDENTITY, self.identity.pk, self.identity.display_name)
        return Actor(ActorType.APPLICATION, str(self.application.pk), self.application.display_name)


def read_bearer(ctx: Context, token: str, *, shown: Shown | None = None) -> Bearer:
    """A revoked token is refused at once (see live_tokens). `shown` is the DPoP proof that came with the token, None for
    the Bearer scheme. Raises InvalidToken, PossessionRefused.

    One indexed query, and one more for what a person's roles leave of the scopes today. Says nothing of audience, nor
    which scope is needed: the caller knows.
    """
    found = live_tokens.find_live(ctx, token)
    if found is None:
        raise InvalidToken("the access token is not valid")
    row = found.row
    _require_holder(ctx, row, token, shown)
    live_tokens.mark_used(ctx, row)
    return Bearer(
        token=row,
        application=row.application,
        identity=row.user,
        tenant_id=row.tenant_id,
        realm_id=row.application.reaches,
        audience=tuple(found.claims.get("aud", ())),
        scopes=frozenset(found.scopes_today()),
        claims=found.claims,
        of_grant=found.of_grant,
    )


def _require_holder(ctx: Context, row: AccessToken, token: str, shown: Shown | None) -> None:
    """A token bound to a key comes with a proof of that key, any other comes as a bearer's (RFC 9449 §7.1, §7.2). Raises
    InvalidToken, PossessionRefused."""
    algorithms = client_keys.algorithms_of(row.application)
    proof = possession.check(ctx, shown, algorithms=algorithms, access_token=token) if shown else None
    if (proof.jkt if proof else "") != row.dpop_jkt:
        raise InvalidToken("the access token is not valid", scheme=possession.SCHEME)
    if proof:
        possession.spend(ctx, proof)


def require_reach(ctx: Context, bearer: Bearer, realm: Realm, scope: str, operation: str) -> None:
    """A management token that reaches the realm and has the scope. Raises InvalidToken, InsufficientScope; the latter leaves
    an event where the caller lives."""
    if MANAGEMENT_IDENTIFIER not in bearer.audience:
        raise InvalidToken("the access token is not valid")
    here = bearer.tenant_id == realm.tenant_id and bearer.realm_id in (None, realm.pk)
    if here and scope in bearer.scopes:
        return
    outcome = "INSUFFICIENT_SCOPE" if here else "FOREIGN_TENANT"
    place = bearer.application.realm
    record(ctx.acting_as(bearer.actor), EventType.API_REQUEST_DENIED, place, outcome=outcome, operation=operation)
    raise InsufficientScope(f"the {scope} scope is needed")


def read_userinfo(ctx: Context, application: Application, token: str, *, shown: Shown | None = None) -> dict[str, Any]:
    """OpenID Connect Core §5.3, for a token that this very application issued. Raises InvalidToken, InsufficientScope,
    PossessionRefused."""
    with attempt(ctx, EventType.USERINFO_READ, application.realm, reading=True) as event:
        event.target(application)
        bearer = read_bearer(ctx, token, shown=shown)
        if bearer.application.pk != application.pk or bearer.identity is None:
            raise InvalidToken("the access token is not valid")
        event.acting_as(bearer.actor)
        flow_id, asked = bearer.of_grant
        event.ctx = event.ctx.in_flow(flow_id)
        if "openid" not in bearer.scopes:
            raise InsufficientScope("the openid scope is needed")
        return people.of_userinfo(application, bearer.identity, bearer.scopes, people.by_name(asked).userinfo)
