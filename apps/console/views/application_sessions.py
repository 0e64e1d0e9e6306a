"""Who is signed in to an application: what people granted it and still works, and ending that."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from apps.applications import selectors as applications
from apps.authentication import sessions
from apps.console import several, several_acts
from apps.console.access import Desk, administrator, see_other
from apps.console.application_pages import about, url_of
from apps.console.listing import asked_of, beside
from apps.console.questions import Question, ask
from apps.console.render import listed_in, realm_url
from apps.directory import words
from apps.tokens import selectors as tokens
from apps.tokens.services import revocation
from apps.web.device_words import device_words


@require_safe
@administrator("tokens:read")
def index(request: HttpRequest, desk: Desk, application_id: str) -> HttpResponse:
    application = applications.get_application(desk.realm, application_id)
    here = f"{url_of(desk, application)}/sessions"
    asked = asked_of(request, tokens.GRANT_SORTS)
    shown = tokens.page_of_grants(desk.ctx, application, text=asked.text, **asked.steps)
    ids = [grant.session_id for grant in shown.rows if grant.session_id]
    browsers = {each.pk: each for each in sessions.sessions_in(desk.ctx, desk.realm).filter(pk__in=ids)}
    context = about(desk, application, "sessions") | {
        "listed": [_line(desk, here, grant, browsers.get(grant.session_id), application) for grant in shown.rows],
        "asked": asked.text,
        "begins": words.has_short_words(asked.text),
        "url": here,
        **beside(here, shown, asked),
        "bulk_actions": several.offered(desk, several_acts.OF_GRANTS),
        "bulk_url": f"{here}/bulk",
    }
    return listed_in(request, desk, "applications/sessions.html", "applications/_sessions.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@administrator("tokens:delete")
def end(request: HttpRequest, desk: Desk, application_id: str, grant_id: str) -> HttpResponse:
    """GET asks, where no dialog could."""
    application = applications.get_application(desk.realm, application_id)
    grant = tokens.get_grant(desk.ctx, application, grant_id)
    if request.method != "POST":
        about_it = about(desk, application, "sessions")
        here = f"{url_of(desk, application)}/sessions"
        question = _question(grant.user.display_name, application.display_name, request.path)
        return ask(request, desk, question, here, about_it["crumbs"])
    revocation.end_grant(desk.ctx, grant)
    said = _("The tokens of %(name)s are ended. Signing in again is allowed.")
    messages.success(request, said % {"name": grant.user.display_name})
    return see_other(request, f"{url_of(desk, application)}/sessions")


def _question(name: str, application: str, url: str) -> Question:
    title = _("Sign %(name)s out of %(application)s?") % {"name": name, "application": application}
    return Question(
        title, _("What this sign-in opened there ends now. Signing in again is allowed."), _("Sign out"), url
    )


def _line(desk: Desk, here: str, grant: Any, session: Any, application: Any) -> dict[str, Any]:
    """One row. `browser` is "" when there is none, or none any more: an app with its own authenticator has no session."""
    person = realm_url(desk.realm, f"identities/{grant.user_id}") if desk.may("identities:read") else ""
    return {
        "key": str(grant.pk),
        "name": grant.user.display_name,
        "username": grant.user.username,
        "url": person,
        "scopes": grant.scope.split(),
        "authenticated_at": grant.authenticated_at,
        "browser": device_words(session.client_user_agent) if session else "",
        "ip": session.client_ip if session else "",
        "end": _question(grant.user.display_name, application.display_name, f"{here}/{grant.pk}/end"),
    }
