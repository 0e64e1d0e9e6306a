"""Where a person is signed in: each browser, and ending that of one."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from apps.authentication import sessions
from apps.authentication.services import sessions as sessions_verbs
from apps.console import several, several_acts
from apps.console.access import Desk, administrator, see_other
from apps.console.listing import asked_of, beside
from apps.console.questions import Question, ask
from apps.console.render import listed_in, realm_url
from apps.core.errors import NotFound
from apps.directory import selectors as directory
from apps.web.device_words import device_words

_SHOWN = 20


@require_safe
@administrator("identities:read")
def index(request: HttpRequest, desk: Desk, identity_id: str) -> HttpResponse:
    """Every browser, where the identity's own page shows the newest."""
    identity = directory.get_identity(desk.realm, identity_id)
    of_identity = realm_url(desk.realm, f"identities/{identity.pk}")
    here, asked = f"{of_identity}/sessions", asked_of(request, sessions.SESSION_SORTS)
    shown = sessions.sessions_page_of(desk.ctx, identity, text=asked.text, **asked.steps)
    context = {
        "identity": identity,
        "listed": [_line(identity, each, of_identity) for each in shown.rows],
        "asked": asked.text,
        "url": here,
        **beside(here, shown, asked),
        "bulk_actions": several.offered(desk, [several_acts.END_SESSIONS]),
        "bulk_url": f"{of_identity}/bulk",
        "crumbs": [
            {"label": _("Identities"), "url": realm_url(desk.realm, "identities")},
            {"label": identity.display_name, "url": of_identity},
            {"label": _("Sessions")},
        ],
    }
    return listed_in(request, desk, "identities/sessions.html", "identities/_sessions.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@administrator("identities:update")
def end(request: HttpRequest, desk: Desk, identity_id: str, session_id: str) -> HttpResponse:
    """GET asks, where no dialog could."""
    identity = directory.get_identity(desk.realm, identity_id)
    session = sessions.get_session(desk.ctx, desk.realm, session_id)
    if session.identity_id != identity.pk:
        raise NotFound("Session", session_id)
    here = realm_url(desk.realm, f"identities/{identity.pk}")
    if request.method != "POST":
        crumbs = [
            {"label": _("Identities"), "url": realm_url(desk.realm, "identities")},
            {"label": identity.display_name, "url": here},
        ]
        asked = _question(identity, device_words(session.client_user_agent), request.path)
        return ask(request, desk, asked, here, crumbs)
    sessions_verbs.sign_out(desk.ctx, session)
    messages.success(request, _("That browser is signed out, and every application it was signed in to."))
    return see_other(request, here)


def sessions_shown(desk: Desk, identity: Any, here: str) -> list[dict[str, Any]]:
    """The newest."""
    return [_line(identity, each, here) for each in sessions.newest_sessions_of(desk.ctx, identity, _SHOWN)]


def _line(identity: Any, session: Any, here: str) -> dict[str, Any]:
    return {
        "id": str(session.pk),
        "device": (device := device_words(session.client_user_agent)),
        "ip": session.client_ip,
        "passkey": session.credential,
        "authenticated_at": session.authenticated_at,
        "last_seen_at": session.last_seen_at,
        "expires_at": session.expires_at,
        "end": _question(identity, device, f"{here}/sessions/{session.pk}/end"),
    }


def _question(identity: Any, device: str, url: str) -> Question:
    words = {"name": identity.display_name, "browser": device or _("Unknown browser")}
    text = _("%(browser)s asks for the passkey again, and so does every application that was opened from it.")
    title = _("Sign %(name)s out of this browser?")
    return Question(title % words, text % words, _("Sign out"), url)
