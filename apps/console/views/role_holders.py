"""Who holds a role: look for people and groups, give it, take it away."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_http_methods, require_POST

from apps.applications import selectors as applications
from apps.applications.authority import BeyondOwnScopes
from apps.applications.services import roles
from apps.applications.services.roles import LastAdministrator
from apps.console.access import Desk, administrator, see_other, sentence
from apps.console.dangerous import dangerous, in_admin_realm
from apps.console.listing import TEXT_LENGTH
from apps.console.render import fragment, page, wants_fragment
from apps.console.several import MOST
from apps.console.undo import undo
from apps.console.views.roles import crumbs_of, role_at, url_of
from apps.core.errors import Invalid
from apps.directory import selectors as directory

_OFFERED = 6


@require_http_methods(["GET", "HEAD", "POST"])
@administrator("roles:update")
@dangerous(_lazy("Give role"), when=in_admin_realm)
def give(request: HttpRequest, desk: Desk, role_id: str) -> HttpResponse:
    """GET offers groups and people who fit `q`; POST gives the role to `group_id` or `identity_id`."""
    _may_see(desk)
    role = role_at(desk, role_id)
    if request.method == "POST":
        named, held = _named(request), _is_held(role, request)
        try:
            roles.add_members(desk.ctx, role, **named)
        except BeyondOwnScopes as refusal:
            messages.error(request, sentence(refusal.message))
        else:
            messages.success(
                request, _("Given.") if held else _with_undo(_("Given."), f"{url_of(desk, role)}/take", request)
            )
        return see_other(request, url_of(desk, role))
    text = request.GET.get("q", "")[:TEXT_LENGTH].strip()
    context = {"role": role, "url": url_of(desk, role), "text": text, "offered": _offered(desk, text)}
    if wants_fragment(request):
        return fragment(request, desk, "roles/_candidates.html", context)
    here = {"label": role.display_name, "url": url_of(desk, role)}
    context["crumbs"] = crumbs_of(desk, here, {"label": _("Give the role")})
    return page(request, desk, "roles/give.html", context)


@require_POST
@administrator("roles:update")
@dangerous(_lazy("Take role"), when=in_admin_realm)
def take(request: HttpRequest, desk: Desk, role_id: str) -> HttpResponse:
    _may_see(desk)
    role = role_at(desk, role_id)
    named, held = _named(request), _is_held(role, request)
    try:
        roles.remove_members(desk.ctx, role, **named)
    except LastAdministrator:
        messages.error(request, _("Nothing was taken: nobody would be left who administers the tenant."))
    else:
        told = _("Taken. What it gave is gone from their next token on.")
        messages.success(request, _with_undo(told, f"{url_of(desk, role)}/give", request) if held else told)
    return see_other(request, url_of(desk, role))


def _may_see(desk: Desk) -> None:
    desk.require("identities:read")
    desk.require("groups:read")


def _named(request: HttpRequest) -> dict[str, list[str]]:
    """One, or several by commas, as undoing what was given to several names them. Raises Invalid when it names nobody."""
    given = {f"{kind}_ids": named for kind in ("identity", "group") if (named := _ids(request, kind))}
    if not given:
        raise Invalid([])
    return given


def _ids(request: HttpRequest, kind: str) -> list[str]:
    return list(filter(None, request.POST.get(f"{kind}_id", "").split(",")))[:MOST]


def _is_held(role: Any, request: HttpRequest) -> bool:
    """Before: what was so already is not ours to undo."""
    people = applications.identities_with(role).filter(pk__in=_ids(request, "identity"))
    return people.exists() or applications.groups_with(role).filter(pk__in=_ids(request, "group")).exists()


def _with_undo(told: str, url: str, request: HttpRequest) -> SafeString:
    name = "identity_id" if request.POST.get("identity_id") else "group_id"
    return format_html("{} {}", told, undo(url, name, request.POST[name]))


def _offered(desk: Desk, text: str) -> list[dict[str, Any]]:
    """Nobody until something is typed; then groups first: most roles are theirs."""
    if not text:
        return []
    groups = directory.page_of_groups(desk.realm, text=text, size=_OFFERED).rows
    found = directory.search_identities(desk.realm, text)
    people = directory.page_of_identities(desk.realm, found, sort="name", size=_OFFERED).rows
    offered = [{"row": group, "kind": "group", "text": _("Group")} for group in groups]
    return offered + [{"row": person, "kind": "identity", "text": person.username} for person in people]
