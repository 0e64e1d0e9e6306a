"""Where a person is signed in: each browser, and ending that of one."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from apps.authentication import sessions
from apps.console.access import Desk, administrator, see_other
from apps.console.render import page, realm_url
from apps.core.errors import NotFound
from apps.directory import selectors as directory
from apps.web.device_words import device_words

_SHOWN = 20


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
        asked = asking(identity, device_words(session.client_user_agent))
        return page(request, desk, "sure.html", {**asked, "cancel_url": here, "crumbs": crumbs})
    sessions.sign_out(desk.ctx, session)
    messages.success(request, _("That browser is signed out, and every application it was signed in to."))
    return see_other(request, here)


def sessions_shown(desk: Desk, identity: Any, here: str) -> list[dict[str, Any]]:
    """Newest first."""
    return [
        {
            "id": str(each.pk),
            "device": (device := device_words(each.client_user_agent)),
            "ip": each.client_ip,
            "passkey": each.credential,
            "authenticated_at": each.authenticated_at,
            "last_seen_at": each.last_seen_at,
            "expires_at": each.expires_at,
            "end_url": f"{here}/sessions/{each.pk}/end",
            "sure": asking(identity, device),
        }
        for each in sessions.sessions_of(desk.ctx, identity)[:_SHOWN]
    ]


def asking(identity: Any, device: str) -> dict[str, str]:
    words = {"name": identity.display_name, "browser": device or _("Unknown browser")}
    return {
        "title": _("Sign %(name)s out of this browser?") % words,
        "text": _("%(browser)s asks for the passkey again, and so does every application that was opened from it.")
        % words,
        "label": _("Sign out"),
    }
