"""Browser sessions that live: finding and holding them. Rows are read by the digest of a 256-bit cookie. Opening and ending
them: services/sessions.py."""

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import Q, QuerySet

from apps.authentication.models import Session
from apps.core import ids, secrets
from apps.core.context import Context
from apps.core.errors import NotFound
from apps.core.known_statements import KnownQuery
from apps.core.planning import planned_for_its_values
from apps.core.rows import NEWEST, Key, Page, Sorts, walk
from apps.core.statements import Condition
from apps.directory.models import Identity
from apps.realms.models import Realm

SESSION_SORTS = Sorts("-signed_in", signed_in=NEWEST, seen=Key("last_seen_at", descending=True))
_SEEN_EVERY = timedelta(minutes=1)
_LOOKED_THROUGH = 2_000


def hold(session: Session) -> bool:
    """Until the transaction ends nobody else ends it or proves it anew; False when somebody was quicker."""
    return _STANDING.one(session.pk, session.token_digest) is not None


def share(session: Session) -> bool:
    """The same for who changes nothing of it: several may, as pages do that a browser opens at once."""
    return _STANDING_SHARED.one(session.pk, session.token_digest) is not None


def sharing(session: Session) -> Condition:
    """The same as a condition of what is written."""
    return Condition(_STANDING_SHARED, (session.pk, session.token_digest))


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
        live(ctx)
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
    rows = live(ctx).filter(realm=realm, application=None)
    return rows if identity is None else rows.filter(identity=identity)


def get_session(ctx: Context, realm: Realm, session_id: str) -> Session:
    """Raises NotFound, for one that has ended too."""
    session = sessions_in(ctx, realm).filter(pk=ids.parse_uuid(session_id)).first()
    if session is None:
        raise NotFound("Session", session_id)
    return session


def sessions_of(ctx: Context, identity: Identity) -> "QuerySet[Session]":
    return live(ctx).filter(realm_id=identity.realm_id, identity=identity, application=None).order_by("-id")


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


def live(ctx: Context) -> "QuerySet[Session]":
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
