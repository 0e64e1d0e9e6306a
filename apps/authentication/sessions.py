"""Browser sessions: making, finding, ending. Rows are read by the digest of a 256-bit cookie."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Q, QuerySet

from apps.applications.models import Application
from apps.applications.services.roles import refuse_mightier_people
from apps.authentication import backchannel
from apps.authentication.models import KeptAct, KeptForm, LoginFlow, LogoutNotice, Session
from apps.core import ids, secrets
from apps.core.context import Actor, ActorType, Context
from apps.core.errors import NotFound
from apps.core.known_statements import KnownQuery
from apps.core.planning import planned_for_its_values
from apps.core.rows import NEWEST, Key, Page, Sorts, walk
from apps.core.statements import Condition
from apps.core.times import rfc3339
from apps.credentials.models import Credential
from apps.directory.models import Identity
from apps.events.attempt import Draft, attempt
from apps.events.types import EventType
from apps.realms.models import Realm
from apps.tokens.services import revocation

BROWSER_LIFE = timedelta(hours=12)
SESSION_SORTS = Sorts("-signed_in", signed_in=NEWEST, seen=Key("last_seen_at", descending=True))
_SEEN_EVERY = timedelta(minutes=1)
_LOOKED_THROUGH = 2_000


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
    before = find_session(ctx, identity.realm_id, cookie) if cookie else None
    before = before if before is not None and hold(before) else None
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


def hold(session: Session) -> bool:
    """Until the transaction ends nobody else ends it or proves it anew; False when somebody was quicker."""
    return _STANDING.one(session.pk, session.token_digest) is not None


def share(session: Session) -> bool:
    """The same for who changes nothing of it: several may, as pages do that a browser opens at once."""
    return _STANDING_SHARED.one(session.pk, session.token_digest) is not None


def sharing(session: Session) -> Condition:
    """The same as a condition of what is written."""
    return Condition(_STANDING_SHARED, (session.pk, session.token_digest))


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
        in_realm = _live(ctx).filter(realm_id=application.realm_id, identity_id=identity_id)
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


def find_session(ctx: Context, realm_id: str, token: str) -> Session | None:
    """The browser's live session in a realm, by its cookie."""
    return _live_in_browser(_BY_COOKIE.one(secrets.digest(token)), realm_id, ctx.now)


def find_answering_session(ctx: Context, realm_id: str, token: str) -> Session | None:
    """The same for who only asks whether it suffices: without its realm, and without what no policy is told."""
    return _live_in_browser(_ANSWERING.one(secrets.digest(token)), realm_id, ctx.now)


def find_console_session(ctx: Context, token: str, *, is_activity: bool = True) -> Session | None:
    """The console's live session by its cookie; too long idle is not live. What a person does is noted, once a minute;
    what their browser asks by itself (`is_activity` False) puts nothing off."""
    session = (
        _live(ctx)
        .select_related("realm__tenant", "application__resource_server", "parent")
        .filter(token_digest=secrets.digest(token), last_seen_at__gt=ctx.now - settings.CONSOLE_IDLE)
        .exclude(application=None)
        .filter(Q(parent__ended_at=None), realm__classification="ADMIN")
        .first()
    )
    if session is not None and is_activity and ctx.now - session.last_seen_at > _SEEN_EVERY:
        Session.objects.filter(pk=session.pk).update(last_seen_at=ctx.now)
        session.last_seen_at = ctx.now
    return session


def sessions_in(ctx: Context, realm: Realm, identity: Identity | None = None) -> "QuerySet[Session]":
    """Live sessions of browsers; the console's hang on one of them and end with it."""
    rows = _live(ctx).filter(realm=realm, application=None)
    return rows if identity is None else rows.filter(identity=identity)


def get_session(ctx: Context, realm: Realm, session_id: str) -> Session:
    """Raises NotFound, for one that has ended too."""
    session = sessions_in(ctx, realm).filter(pk=ids.parse_uuid(session_id)).first()
    if session is None:
        raise NotFound("Session", session_id)
    return session


def sessions_of(ctx: Context, identity: Identity) -> "QuerySet[Session]":
    return _live(ctx).filter(realm_id=identity.realm_id, identity=identity, application=None).order_by("-id")


def newest_sessions_of(ctx: Context, identity: Identity, count: int) -> list[Session]:
    with planned_for_its_values():
        return list(sessions_of(ctx, identity)[:count])


def sessions_page_of(
    ctx: Context,
    identity: Identity,
    *,
    text: str = "",
    sort: str = "",
    before: str = "",
    after: str = "",
    size: int = 20,
) -> Page:
    """Of one person, whose browser or address has the text somewhere. A cursor is a session's id. What no index knows is
    asked of the newest _LOOKED_THROUGH: people have a handful, and a programme that signs in all day has any number."""
    found = every = sessions_of(ctx, identity)
    key = SESSION_SORTS.key(sort)
    if text or not key.decides_alone:
        with planned_for_its_values():
            beyond = every.values_list("pk", flat=True)[_LOOKED_THROUGH : _LOOKED_THROUGH + 1].first()
        found = every.filter(pk__gt=beyond) if beyond else every
    if text:
        found = found.filter(Q(client_ip__icontains=text) | Q(client_user_agent__icontains=text))
    return walk(every, found, key, before, after, size)


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


def end_sessions(ctx: Context, sessions: "QuerySet[Session]") -> int:
    """Ends them, what hangs on them, and their tokens, inside somebody's attempt, and leaves a notice for applications that
    want to hear of it. Of two who end one at once the second finds it ended. Returns how many ended."""
    live = sessions.filter(ended_at=None).order_by("pk").select_for_update()
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


def _live(ctx: Context) -> "QuerySet[Session]":
    """A sign-in that raced with a revocation or suspension left a row nothing ended: hence the passkey and the person."""
    return Session.objects.select_related("identity", "credential", "realm").filter(
        Q(credential=None) | Q(credential__state="ACTIVE"),
        ended_at=None,
        expires_at__gt=ctx.now,
        identity__status="active",
    )


def _standing(pk: UUID, digest: str) -> "QuerySet[Session]":
    return Session.objects.only("pk").filter(pk=pk, token_digest=digest, ended_at=None)


_STANDING = KnownQuery(lambda pk, digest: _standing(pk, digest).select_for_update(), UUID, str)
_STANDING_SHARED = KnownQuery(_standing, UUID, str, sharing=True)


def _by_cookie(digest: str) -> "QuerySet[Session]":
    """By what is unique alone: any other condition with an index may lead PostgreSQL, which plans a statement once a
    connection, to read every session for one."""
    return Session.objects.select_related("identity", "credential", "realm").filter(token_digest=digest)


def _live_in_browser(session: Session | None, realm_id: str, now: datetime) -> Session | None:
    """As `_live` asks of many."""
    if session is None or session.realm_id != realm_id or session.application_id is not None:
        return None
    if session.ended_at is not None or session.expires_at <= now or not session.identity.is_active:
        return None
    return session if session.credential is None or session.credential.is_active else None


def _answering(digest: str) -> "QuerySet[Session]":
    of_person = [
        f"identity__{name}" for name in ("provisioned", "search_key", "username_key", "email_key", "updated_at")
    ]
    of_passkey = [f"credential__{name}" for name in _NOT_TOLD]
    own = ("client_ip", "client_user_agent", "updated_at", "created_at")
    rows = _by_cookie(digest).select_related(None).select_related("identity", "credential")
    return rows.defer(*own, *of_person, *of_passkey)


_NOT_TOLD = (
    "created_at", "updated_at", "webauthn_id", "user_handle", "public_key", "jwk", "jwk_thumbprint", "sign_count",
    "attestation_format", "backup_eligible", "backed_up", "user_verified_at_bind", "transports", "display_name",
    "last_used_at", "last_used_ip", "revoked_at",
)  # fmt: skip
_BY_COOKIE = KnownQuery(_by_cookie, str)
_ANSWERING = KnownQuery(_answering, str)


def _common(ctx: Context, token: str) -> dict[str, Any]:
    return {
        "token_digest": secrets.digest(token),
        "last_seen_at": ctx.now,
        "client_ip": ctx.client.ip[:45],
        "client_user_agent": ctx.client.user_agent[:512],
        "created_at": ctx.now,
        "updated_at": ctx.now,
    }
