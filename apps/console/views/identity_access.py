"""Whether a person gets in: suspend, lift that, sign out everywhere."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_http_methods, require_POST

from apps.authentication.services import sessions
from apps.console.access import Desk, administrator, see_other
from apps.console.dangerous import dangerous, in_admin_realm
from apps.console.questions import Question, ask
from apps.console.render import realm_url
from apps.console.undo import undo
from apps.directory import selectors as directory
from apps.directory.services import identities


@require_http_methods(["GET", "HEAD", "POST"])
@administrator("identities:update")
@dangerous(_lazy("Suspend"), when=in_admin_realm)
def suspend(request: HttpRequest, desk: Desk, identity_id: str) -> HttpResponse:
    """GET asks, where no dialog could."""
    identity = directory.get_identity(desk.realm, identity_id)
    here = url_of(desk, identity)
    if request.method != "POST":
        return ask(request, desk, suspending(desk, identity), here, crumbs_of(desk, identity))
    identities.suspend_identity(desk.ctx, identity)
    back = undo(f"{here}/unsuspend")
    messages.success(request, format_html(_("{} is suspended and signed out. {}"), identity.display_name, back))
    return see_other(request, here)


@require_POST
@administrator("identities:update")
@dangerous(_lazy("Unsuspend"), when=in_admin_realm)
def unsuspend(request: HttpRequest, desk: Desk, identity_id: str) -> HttpResponse:
    identity = identities.unsuspend_identity(desk.ctx, directory.get_identity(desk.realm, identity_id))
    here = url_of(desk, identity)
    back = undo(f"{here}/suspend")
    messages.success(request, format_html(_("{} can sign in again. {}"), identity.display_name, back))
    return see_other(request, here)


@require_http_methods(["GET", "HEAD", "POST"])
@administrator("identities:update")
@dangerous(_lazy("Sign out everywhere"), when=in_admin_realm)
def sign_out(request: HttpRequest, desk: Desk, identity_id: str) -> HttpResponse:
    """GET asks, where no dialog could."""
    identity = directory.get_identity(desk.realm, identity_id)
    if request.method != "POST":
        here = url_of(desk, identity)
        return ask(request, desk, signing_out(desk, identity), here, crumbs_of(desk, identity))
    sessions.sign_out_everywhere(desk.ctx, identity)
    messages.success(request, _("%(name)s is signed out everywhere.") % {"name": identity.display_name})
    return see_other(request, url_of(desk, identity))


def url_of(desk: Desk, identity: Any) -> str:
    return realm_url(desk.realm, f"identities/{identity.pk}")


def crumbs_of(desk: Desk, identity: Any, *further: dict[str, str]) -> list[dict[str, str]]:
    people = {"label": _("Identities"), "url": realm_url(desk.realm, "identities")}
    return [people, {"label": identity.display_name, "url": url_of(desk, identity)}, *further]


def suspending(desk: Desk, identity: Any) -> Question:
    title = _("Suspend %(name)s?") % {"name": identity.display_name}
    text = _("Sign-in is refused and sessions end, until you lift it.")
    return Question(title, text, _("Suspend"), f"{url_of(desk, identity)}/suspend", is_grave=False)


def signing_out(desk: Desk, identity: Any) -> Question:
    title = _("Sign %(name)s out everywhere?") % {"name": identity.display_name}
    text = _("Every browser and every application asks for the passkey again.")
    return Question(title, text, _("Sign out"), f"{url_of(desk, identity)}/sign-out", is_grave=False)
