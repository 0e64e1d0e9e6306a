"""From a one-time code to a passkey inside an app: a token that makes one binding job (contract/wire.md §2, §3.5)."""

import json
from datetime import UTC, datetime, timedelta

from apps.applications.models import Application
from apps.core import secrets
from apps.core.context import Actor, ActorType, Context
from apps.core.errors import NotFound, Unauthenticated
from apps.credentials.models import BindingReason, DeliveryMethod
from apps.credentials.services import jobs
from apps.credentials.services.jobs import JobWithLink
from apps.directory import selectors as directory
from apps.directory.models import Identity
from apps.events.attempt import Draft, attempt
from apps.events.types import EventType
from apps.tokens.used_once import Once

TOKEN_LIFE = timedelta(minutes=10)
JOB_LIFE = timedelta(minutes=15)
_LENGTH = 1024


class BindingTokenRefused(Unauthenticated):
    """Not ours, of another application, too old, used, or of somebody who may not sign in any more."""

    def __init__(self, reason: str) -> None:
        super().__init__("unauthorized")
        self.reason = reason


def token_of(ctx: Context, application: Application, identity: Identity) -> str:
    """Sealed: it says nothing to whoever holds it, and is good for this person in this application alone."""
    until = int((ctx.now + TOKEN_LIFE).timestamp())
    said = [identity.pk, until, secrets.new_token(16)]
    return secrets.base64url(secrets.seal(json.dumps(said).encode(), _purpose(application)))


def create_job(ctx: Context, application: Application, token: str) -> JobWithLink:
    """A binding job whose link is returned; of two with one token one wins. The policy is asked when it is bound.

    Raises BindingTokenRefused.
    """
    with attempt(ctx, EventType.CREDENTIAL_BINDING_JOB_CHANGE, application.realm, action="CREATE") as event:
        event.target(application)
        try:
            identity = _spent(event, ctx, application, token)
        except BindingTokenRefused as refusal:
            event.data["reason"] = refusal.reason
            raise
        event.acting_as(Actor(ActorType.IDENTITY, identity.pk, identity.display_name))
        event.target(identity)
        config = application.authenticator_config
        if config is None:
            raise BindingTokenRefused("the application has no authenticator any more")
        made = jobs.insert_job(
            event.ctx,
            identity,
            delivery_method=DeliveryMethod.RETURN,
            authenticator_config=config,
            expires_after=JOB_LIFE,
            reason=BindingReason.ADDITIONAL,
        )
        event.target(made.job, identity.display_name)
        event.data |= {"delivery_method": made.job.delivery_method, "binding_reason": made.job.reason}
        event.changed("state", None, made.job.state)
    return made


def _spent(event: Draft, ctx: Context, application: Application, token: str) -> Identity:
    try:
        if len(token) > _LENGTH:
            raise ValueError("too long")
        said = json.loads(secrets.unseal(secrets.from_base64url(token), _purpose(application)))
    except ValueError:
        raise BindingTokenRefused("not a token of this application") from None
    identity_id, until, name = said
    if until < ctx.now.timestamp():
        raise BindingTokenRefused("too old")
    once = Once("passkey_binding_token", str(application.pk), name, datetime.fromtimestamp(until, UTC).timestamp())
    if not once.spend():
        raise BindingTokenRefused("used before")
    event.keep(once.spend)
    try:
        identity = directory.get_identity(application.realm, identity_id)
    except NotFound:
        raise BindingTokenRefused("nobody has it any more") from None
    if not identity.is_active:
        raise BindingTokenRefused("the identity is suspended")
    return identity


def _purpose(application: Application) -> str:
    return f"passkey_binding_token:{application.pk}"
