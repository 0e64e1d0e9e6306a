"""Browser sessions and the console's: opened by a proof, ended by whoever may, with what hangs on them."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet

from apps.applications.models import Application
from apps.applications.services.roles import refuse_mightier_people
from apps.authentication import backchannel, sessions
from apps.authentication.models import KeptAct, KeptForm, LoginFlow, LogoutNotice, Session
from apps.core import ids, secrets
from apps.core.context import Actor, ActorType, Context
from apps.core.errors import NotFound
from apps.core.times import rfc3339
from apps.credentials.models import Credential
from apps.directory.models import Identity
from apps.events.attempt import Draft, attempt
from apps.events.types import EventType
from apps.realms.models import Realm
from apps.tokens.services import revocation

BROWSER_LIFE = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class NewSession:
    """A session and the cookie value that finds it, in clear only here."""

    session: Session
    token: str


def open_session(
    event: Draft,
    ctx: Context,
    identity: Identity,
    *,
    credential: Credential | None,
    acr: str,
    amr: list[str],
    cookie: str,
) -> NewSession:
    """After a proof, inside its attempt. A browser has one session in a realm (contract/extensions.md §4): the one that
    its `cookie` finds goes on under a new secret when it is the same person's, and ends when it is somebody else's."""
    before = sessions.find_session(ctx, identity.realm_id, cookie) if cookie else None
    before = before if before is not None and sessions.hold(before) else None
    if before is None or before.identity_id != identity.pk:
        if before is not None and end_sessions(ctx, Session.objects.filter(pk=before.pk)):
            event.follow(EventType.SESSION_CHANGE, outcome="SUCCESS", action="END").target(before.identity)
        event.follow(EventType.SESSION_CHANGE, outcome="SUCCESS", action="CREATE").target(identity)
        return insert_session(ctx, identity, credential=credential, acr=acr, amr=amr)
    told = event.follow(EventType.SESSION_CHANGE, outcome="SUCCESS", action="UPDATE")
    told.target(identity)
    told.changed("credential_id", before.credential_id, credential.pk if credential else None)
    told.changed("acr", before.acr, acr)
    told.changed("amr", before.amr, amr)
    told.changed("authenticated_time", rfc3339(before.authenticated_at), rfc3339(ctx.now))
    return _renew(ctx, before, credential, acr, amr)


def _renew(ctx: Context, session: Session, credential: Credential | None, acr: str, amr: list[str]) -> NewSession:
    token = secrets.new_token()
    proven = {
        "credential": credential,
        "authenticated_at": ctx.now,
        "acr": acr,
        "amr": amr,
        "expires_at": ctx.now + BROWSER_LIFE,
        **_common(ctx, token),
        "created_at": session.created_at,
    }
    for name, value in proven.items():
        setattr(session, name, value)
    session.save(update_fields=list(proven))
    return NewSession(session, token)


def insert_session(
    ctx: Context, identity: Identity, *, credential: Credential | None, acr: str, amr: list[str]
) -> NewSession:
    """The browser's session in the realm, inside the attempt that authenticated."""
    token = secrets.new_token()
    session = Session(
        tenant_id=identity.tenant_id,
        realm_id=identity.realm_id,
        identity=identity,
        credential=credential,
        authenticated_at=ctx.now,
        acr=acr,
        amr=amr,
        expires_at=ctx.now + BROWSER_LIFE,
        **_common(ctx, token),
    )
    Session.objects.bulk_create([session])
    return NewSession(session, token)


def start_console_session(ctx: Context, application: Application, *, session_id: str, identity_id: str) -> NewSession:
    """The console's own session on top of the browser's, from the `sid` and `sub` of its ID token. Raises NotFound."""
    with attempt(ctx, EventType.CONSOLE_SIGN_IN, application.realm) as event:
        in_realm = sessions.live(ctx).filter(realm_id=application.realm_id, identity_id=identity_id)
        parent = in_realm.filter(pk=ids.parse_uuid(session_id)).first()
        if parent is None:
            raise NotFound("Session", session_id)
        event.acting_as(Actor(ActorType.IDENTITY, parent.identity.pk, parent.identity.display_name))
        event.target(parent.identity)
        token = secrets.new_token()
        session = Session(
            tenant_id=parent.tenant_id,
            realm_id=parent.realm_id,
            identity=parent.identity,
            credential_id=parent.credential_id,
            application=application,
            parent=parent,
            authenticated_at=parent.authenticated_at,
            acr=parent.acr,
            amr=parent.amr,
            expires_at=min(ctx.now + settings.CONSOLE_SESSION_LIFE, parent.expires_at),
            **_common(ctx, token),
        )
        session.save(force_insert=True)
    return NewSession(session, token)


def sign_out(ctx: Context, session: Session, *, asked_by: Application | None = None) -> None:
    """Ends the browser's session in the realm, the console's on top of it, and their tokens; fine when it has ended.
    Raises BeyondOwnScopes."""
    root = session.parent or session
    with attempt(ctx, EventType.SESSION_CHANGE, root.realm, action="END") as event:
        event.target(root, "")
        event.target(session.identity)
        if asked_by is not None:
            event.target(asked_by)
        if ctx.actor.id != session.identity_id:  # whoever leaves, leaves
            refuse_mightier_people(ctx, root.realm, [session.identity_id])
        end_sessions(ctx, Session.objects.filter(pk=root.pk))


def sign_out_everywhere(ctx: Context, identity: Identity) -> int:
    """Ends every session and token of a person. Returns how many sessions there were; none is fine. Raises
    BeyondOwnScopes."""
    with attempt(ctx, EventType.SESSION_CHANGE, identity.realm, action="END") as event:
        event.target(identity)
        refuse_mightier_people(ctx, identity.realm, [identity.pk])
        ended = event.data["count"] = end_all_of(ctx, identity)
    return ended


def end_sessions(ctx: Context, rows: "QuerySet[Session]") -> int:
    """Ends them, what hangs on them, and their tokens, inside somebody's attempt, and leaves a notice for applications that
    want to hear of it. Of two who end one at once the second finds it ended. Returns how many ended."""
    live = rows.filter(ended_at=None).order_by("pk").select_for_update()
    ids = list(live.values_list("pk", flat=True))
    if not ids:
        return 0
    Session.objects.filter(Q(pk__in=ids) | Q(parent_id__in=ids), ended_at=None).update(
        ended_at=ctx.now, updated_at=ctx.now
    )
    revocation.end_tokens_of(ctx, session_ids=ids)
    backchannel.insert_notices(ctx, ids)
    return len(ids)


def end_all_of(ctx: Context, identity: Identity) -> int:
    """Every session and token of a person, those of sign-ins without a session too. Returns how many sessions."""
    ended = end_sessions(ctx, Session.objects.filter(identity=identity))
    backchannel.insert_notices_without_session(ctx, identity)
    revocation.end_tokens_of(ctx, identity=identity)
    return ended


def forget(ctx: Context) -> int:
    """Deletes flows, sessions and notices that are over for more than a day. Maintenance only: reading checks the time."""
    limit = ctx.now - timedelta(days=1)
    flows, _ = LoginFlow.objects.filter(expires_at__lt=limit).delete()
    gone, _ = Session.objects.filter(expires_at__lt=limit).delete()
    KeptAct.objects.filter(expires_at__lt=ctx.now).delete()
    KeptForm.objects.filter(expires_at__lt=ctx.now).delete()
    told, _ = LogoutNotice.objects.filter(Q(delivered_at__lt=limit) | Q(failed_at__lt=limit)).delete()
    return flows + gone + told


def remove_sessions(realm: Realm) -> None:
    KeptAct.objects.filter(realm=realm).delete()
    KeptForm.objects.filter(realm=realm).delete()
    LogoutNotice.objects.filter(realm=realm).delete()
    Session.objects.filter(realm=realm).delete()
    LoginFlow.objects.filter(realm=realm).delete()


def _common(ctx: Context, token: str) -> dict[str, Any]:
    return {
        "token_digest": secrets.digest(token),
        "last_seen_at": ctx.now,
        "client_ip": ctx.client.ip[:45],
        "client_user_agent": ctx.client.user_agent[:512],
        "created_at": ctx.now,
        "updated_at": ctx.now,
    }
