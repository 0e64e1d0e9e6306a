"""Signing out because an application asks for it (OpenID Connect RP-Initiated Logout 1.0).

Nothing is believed that is not proven: who asks by the ID token it got from us, where to go back to by what is registered.
"""

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from apps.applications.models import Application
from apps.authentication import sessions
from apps.authentication.models import Session
from apps.authentication.services import sessions as sessions_verbs
from apps.core import ids
from apps.core.context import Actor, ActorType, Context
from apps.core.errors import Invalid
from apps.events.attempt import record
from apps.events.types import EventType
from apps.tokens import claims, jose, parameters, redirects, verification

_PARAMETERS = ("id_token_hint", "client_id", "post_logout_redirect_uri", "state", "ui_locales", "logout_hint")
_LENGTH = 2048


class LogoutRefused(Invalid):
    """A page, never a redirect (RP-Initiated Logout §3, §4). Says what is wrong."""

    code = "logout_refused"


@dataclass(frozen=True, slots=True)
class Logout:
    """`ended` False: ask the person first. `redirect_url` is where they go afterwards; "" is nowhere."""

    ended: bool
    redirect_url: str


@dataclass(frozen=True, slots=True)
class _Asked:
    hint: dict[str, Any] | None
    redirect_url: str


def request_logout(ctx: Context, application: Application, encoded: str, *, session: Session | None) -> Logout:
    """An application's request, as it came urlencoded; `session` is the browser's in this realm.

    A hint that speaks of that session, or comes where there is none, suffices; anything else the person has to confirm.
    Raises LogoutRefused.
    """
    asked = _checked(ctx, application, encoded)
    if asked.hint is None or (session is not None and not _is_about(application, session, asked.hint)):
        return Logout(False, asked.redirect_url)
    # Without the cookie (browsers keep it from forms that other sites post) the hint still says which session.
    _end(ctx, application, session or _named(ctx, application, asked.hint))
    return Logout(True, asked.redirect_url)


def confirm_logout(ctx: Context, application: Application, encoded: str, *, session: Session | None) -> Logout:
    """The same request, and the person says yes. Fine when nobody is signed in any more. Raises LogoutRefused."""
    asked = _checked(ctx, application, encoded)
    _end(ctx, application, session)
    return Logout(True, asked.redirect_url)


def _end(ctx: Context, application: Application, session: Session | None) -> None:
    if session is not None:
        person = Actor(ActorType.IDENTITY, session.identity_id, session.identity.display_name)
        sessions_verbs.sign_out(ctx.acting_as(person), session, asked_by=application)


def _checked(ctx: Context, application: Application, encoded: str) -> _Asked:
    try:
        return _read(ctx, application, encoded)
    except LogoutRefused as refusal:
        told = {"action": "END", "reason": refusal.message, "application_id": str(application.pk)}
        record(ctx, EventType.SESSION_CHANGE, application.realm, outcome=refusal.event_outcome, **told)
        raise


def _read(ctx: Context, application: Application, encoded: str) -> _Asked:
    try:
        given = dict(parse_qsl(encoded, max_num_fields=100))
    except ValueError:
        raise LogoutRefused(message="the request cannot be read") from None
    if repeated := [name for name in parameters.repeated(encoded) if name in _PARAMETERS]:
        raise LogoutRefused(message=f"{repeated[0]} is given twice")
    hint_text = given.pop("id_token_hint", "")
    if any(len(given.get(name, "")) > _LENGTH or "\x00" in given.get(name, "") for name in _PARAMETERS):
        raise LogoutRefused(message="a parameter is too long or holds a NUL")
    hint = _hint(ctx, application, hint_text) if hint_text else None
    if given.get("client_id", application.client_id) != application.client_id:
        raise LogoutRefused(message="the client is not the one that is asked here")
    knows_client = hint is not None or "client_id" in given
    return _Asked(hint, _redirect_url(application, given, knows_client=knows_client))


def _hint(ctx: Context, application: Application, hint: str) -> dict[str, Any]:
    try:
        return verification.read_id_token_hint(ctx, application, hint)
    except jose.TokenRejected:
        raise LogoutRefused(message="the id_token_hint was not issued to it by us") from None


def _redirect_url(application: Application, given: dict[str, str], *, knows_client: bool) -> str:
    """Exactly a registered one, nothing added (§3); nowhere when nothing shows who wants it (§2)."""
    wanted = given.get("post_logout_redirect_uri", "")
    if not wanted or not knows_client:
        return ""
    if wanted not in application.post_logout_redirect_uri_list:
        raise LogoutRefused(message="the address to go back to is not registered for it")
    state = given.get("state", "")
    return redirects.with_parameters(wanted, {"state": state}) if state else wanted


def _is_about(application: Application, session: Session, hint: dict[str, Any]) -> bool:
    if claims.subject_identifier(application, session.identity) != hint["sub"]:
        return False
    return hint.get("sid") in (None, str(session.pk))


def _named(ctx: Context, application: Application, hint: dict[str, Any]) -> Session | None:
    found = sessions.sessions_in(ctx, application.realm).filter(pk=ids.parse_uuid(str(hint.get("sid", "")))).first()
    return found if found is not None and _is_about(application, found, hint) else None
