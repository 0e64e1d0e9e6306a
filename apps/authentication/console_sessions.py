"""How long the console's own session lasts, why it is over, and the fresh proof that a dangerous act asks for.

decisions/0022-the-passkey-before-what-is-dangerous.md
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.conf import settings

from apps.authentication import sessions
from apps.authentication.models import Session
from apps.authentication.services.sessions import NewSession
from apps.core import ids, secrets
from apps.core.context import Context
from apps.core.errors import Denied, Unauthenticated
from apps.events.attempt import attempt
from apps.events.types import EventType
from apps.tokens import assurance

PROOF_LIFE = timedelta(minutes=5)


class NotProven(Denied):
    """Somebody else's proof, an older one, or none by a passkey."""


class SessionOver(Unauthenticated):
    """It ended while its holder was proving who they are, or another tab was quicker."""


class Over(StrEnum):
    """Why a cookie opens the console no more."""

    IDLE = "idle"
    OLD = "old"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Ending:
    """When the session ends if nothing is done, and whether doing something would put that off."""

    at: datetime
    can_be_put_off: bool


def ending_of(session: Session) -> Ending:
    idle = session.last_seen_at + settings.CONSOLE_IDLE
    return Ending(min(idle, session.expires_at), idle < session.expires_at)


def stay(ctx: Context, session: Session) -> Ending:
    """Its holder is there: to the second, unlike what a page notes."""
    Session.objects.filter(pk=session.pk, ended_at=None).update(last_seen_at=ctx.now)
    session.last_seen_at = ctx.now
    return ending_of(session)


def is_proven_lately(ctx: Context, session: Session) -> bool:
    """By a passkey, within the last five minutes (RFC 9470 §4: recent enough and good enough)."""
    recent = ctx.now - session.authenticated_at <= PROOF_LIFE
    return recent and assurance.suffices(session.acr, (assurance.PHISHING_RESISTANT,))


def prove_anew(ctx: Context, session: Session, claims: Mapping[str, Any], *, asked_at: datetime) -> NewSession:
    """What an ID token says of a proof asked for at `asked_at` goes into the session, under a new cookie: a copy of the old
    one is worth nothing from here on. Raises NotProven, SessionOver; both leave an event."""
    with attempt(ctx, EventType.CONSOLE_SIGN_IN, session.realm, action="PROVE") as event:
        event.target(session.identity)
        parent = sessions.sessions_in(ctx, session.realm).filter(pk=ids.parse_uuid(str(claims.get("sid", "")))).first()
        parent = _own_proof(session, parent, claims, asked_at)
        token = secrets.new_token()
        proven = {
            "parent": parent,
            "credential_id": parent.credential_id,
            "authenticated_at": parent.authenticated_at,
            "acr": parent.acr,
            "amr": parent.amr,
            "token_digest": secrets.digest(token),
            "last_seen_at": ctx.now,
            "updated_at": ctx.now,
        }
        standing = Session.objects.filter(pk=session.pk, token_digest=session.token_digest, ended_at=None)
        if standing.update(**proven) != 1:
            raise SessionOver("this session has ended")
    for name, value in proven.items():
        setattr(session, name, value)
    return NewSession(session, token)


def why_over(ctx: Context, token: str) -> Over:
    """For the page that says so; of a cookie that never was one: ENDED."""
    session = (
        Session.objects.filter(token_digest=secrets.digest(token), ended_at=None).exclude(application=None).first()
    )
    if session is None:
        return Over.ENDED
    if session.expires_at <= ctx.now:
        return Over.OLD
    return Over.IDLE if session.last_seen_at <= ctx.now - settings.CONSOLE_IDLE else Over.ENDED


def _own_proof(session: Session, parent: Session | None, claims: Mapping[str, Any], asked_at: datetime) -> Session:
    """The browser's session behind the token is the judge, not the token alone. Whole seconds: `auth_time` has no parts."""
    if claims.get("sub") != session.identity_id or parent is None or parent.identity_id != session.identity_id:
        raise NotProven("somebody else signed in")
    if parent.authenticated_at < asked_at.replace(microsecond=0):
        raise NotProven("the proof is older than what it was asked for")
    if not assurance.suffices(parent.acr, (assurance.PHISHING_RESISTANT,)):
        raise NotProven("a passkey was asked for")
    return parent
