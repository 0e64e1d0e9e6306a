"""Trying an application: its sign-in in a tab of its own, and what it would have been told (docs/decisions/0021)."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from apps.applications import selectors as applications
from apps.console.access import Desk, administrator, desk_of
from apps.console.application_pages import crumb, url_of
from apps.console.render import page, realm_url
from apps.core.errors import NotFound
from apps.tokens.services import rehearsals
from apps.tokens.services.rehearsals import RehearsalRefused
from apps.web import errors

_MOMENTS = ("exp", "iat", "nbf", "auth_time", "updated_at")


@require_POST
@administrator("applications:update")
def begin(request: HttpRequest, desk: Desk, application_id: str) -> HttpResponse:
    """A page that leads on by itself: browsers hold redirects after a form to our own origin, and sign-in may be another."""
    application = applications.get_application(desk.realm, application_id)
    url = rehearsals.begin(desk.ctx, application, console_session_id=desk.session.pk)
    context = {"application": application, "sign_in_url": url, "crumbs": _crumbs(desk, application)}
    response = page(request, desk, "applications/trying.html", context)
    response["Referrer-Policy"] = "no-referrer"
    return response


@require_safe
def come_back(request: HttpRequest) -> HttpResponse:
    """The redirect URI. Nobody is asked to sign in to the console first: whoever is not who began has no business here."""
    if desk_of(request) is None:
        return errors.page(
            request, 403, message=_("Only the administrator who began this sign-in sees what comes of it.")
        )
    return _show(request)


@administrator("applications:update")
def _show(request: HttpRequest, desk: Desk) -> HttpResponse:
    answer = {name: request.GET[name] for name in request.GET}
    try:
        rehearsal = rehearsals.find(desk.tenant.pk, answer.get("state", ""), console_session_id=desk.session.pk)
        desk = Desk(desk.ctx, desk.session, desk.scopes, rehearsal.application.realm)
        context = _around(desk, rehearsal.application)
        told = rehearsals.finish(desk.ctx, rehearsal, answer)
    except NotFound:
        return errors.page(
            request,
            403,
            message=_("This sign-in is over, or another administrator began it. Try the application again."),
        )
    except RehearsalRefused as refusal:
        context |= {"refused": refusal.message, "error": refusal.code}
        return _unkept(page(request, desk, "applications/tried.html", context, status=403))
    context |= {
        "told": told,
        "id_token": _rows(told.id_token),
        "access_token": _rows(told.access_token),
        "userinfo": _rows(told.userinfo),
        "events_url": realm_url(desk.realm, f"events?correlation_id={told.correlation_id}"),
    }
    return _unkept(page(request, desk, "applications/tried.html", context))


def _around(desk: Desk, application: Any) -> dict[str, Any]:
    return {
        "application": application,
        "application_url": url_of(desk, application),
        "try_url": f"{url_of(desk, application)}/try",
        "crumbs": _crumbs(desk, application),
    }


def _rows(claims: Mapping[str, Any]) -> list[dict[str, Any]]:
    """{name, text, at}: JSON as it stands, and for moments the moment."""
    return [
        {
            "name": name,
            "text": value if isinstance(value, str) else json.dumps(value, ensure_ascii=False),
            "at": datetime.fromtimestamp(value, UTC) if name in _MOMENTS and isinstance(value, int) else None,
        }
        for name, value in claims.items()
    ]


def _unkept(response: HttpResponse) -> HttpResponse:
    """Its address holds a code, spent as it is: it goes nowhere from here."""
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    return response


def _crumbs(desk: Desk, application: Any) -> list[dict[str, str]]:
    here = {"label": application.display_name, "url": url_of(desk, application)}
    return [crumb(desk), here, {"label": _("Try it")}]
