"""What ends with a person, a passkey or a membership: registered with the apps below, and run inside their attempts."""

from apps.authentication.models import Session
from apps.authentication.services import sessions
from apps.core.context import Context
from apps.credentials.models import Credential
from apps.directory.models import Group, Identity
from apps.events.attempt import Draft
from apps.events.types import EventType
from apps.tokens.services import revocation


def end_for_identity(ctx: Context, identity: Identity, event: Draft) -> None:
    """Suspended or deleted: everything of theirs stops at once. Registered with the directory."""
    if ended := sessions.end_all_of(ctx, identity):
        event.follow(EventType.SESSION_CHANGE, outcome="SUCCESS", action="END", count=ended).target(identity)


def end_for_credential(ctx: Context, credential: Credential, event: Draft) -> None:
    """A revoked passkey takes along the sessions it opened, and tokens that never had one. Registered with credentials."""
    ended = sessions.end_sessions(ctx, Session.objects.filter(credential=credential))
    revocation.end_tokens_by_credential(ctx, credential.pk)
    if ended:
        event.follow(EventType.SESSION_CHANGE, outcome="SUCCESS", action="END", count=ended).target(credential.identity)


def end_for_former_members(ctx: Context, group: Group, left: list[Identity], event: Draft) -> None:
    """Who leaves the group that the console hangs on is out of the console at once. Registered with the directory."""
    for identity in left if group.is_managed else ():
        if ended := sessions.end_sessions(ctx, Session.objects.filter(identity=identity)):
            event.follow(EventType.SESSION_CHANGE, outcome="SUCCESS", action="END", count=ended).target(identity)
