"""Who is in a group: look for somebody, add them, remove them."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import trigger_client_event

from apps.console.access import Desk, administrator, see_other
from apps.console.dangerous import dangerous, in_admin_realm
from apps.console.listing import TEXT_LENGTH, address
from apps.console.render import fragment, page, wants_fragment
from apps.console.undo import undo
from apps.console.views.groups import crumbs_of, url_of
from apps.directory import selectors as directory
from apps.directory.services import groups
from apps.directory.services.groups import LastAdministrator

_OFFERED = 8


@require_http_methods(["GET", "HEAD", "POST"])
@administrator("groups:update")
@dangerous(_lazy("Add members"), when=in_admin_realm)
def add(request: HttpRequest, desk: Desk, group_id: str) -> HttpResponse:
    """GET offers people who fit `q`; POST adds `identity_id`. In the dialog of the group's page, or on its own."""
    desk.require("identities:read")
    group = directory.get_group(desk.realm, group_id)
    if request.method == "POST":
        return _added(request, desk, group)
    text = request.GET.get("q", "")[:TEXT_LENGTH].strip()
    context = {"group": group, "url": url_of(desk, group), "text": text, "offered": _offered(desk, group, text)}
    if wants_fragment(request):
        return fragment(request, desk, "groups/_candidates.html", context)
    here = {"label": group.display_name, "url": url_of(desk, group)}
    context["crumbs"] = crumbs_of(desk, here, {"label": _("Add members")})
    return page(request, desk, "groups/add.html", context)


@require_POST
@administrator("groups:update")
@dangerous(_lazy("Remove members"), when=in_admin_realm)
def remove(request: HttpRequest, desk: Desk, group_id: str) -> HttpResponse:
    desk.require("identities:read")
    group = directory.get_group(desk.realm, group_id)
    identity = directory.get_identity(desk.realm, request.POST.get("identity_id", ""))
    was_in = bool(directory.member_ids_among(group, [identity.pk]))
    try:
        groups.remove_members(desk.ctx, group, [identity.pk])
    except LastAdministrator:
        told = _("%(name)s stays in “%(group)s”: nobody else is left who could sign in to the console.")
        messages.error(request, told % {"name": identity.display_name, "group": group.display_name})
        return see_other(request, url_of(desk, group))
    back = undo(f"{url_of(desk, group)}/add", "identity_id", identity.pk) if was_in else ""
    told = _("{} is no longer in “{}”. {}")
    messages.success(request, format_html(told, identity.display_name, group.display_name, back))
    return see_other(request, url_of(desk, group))


def _added(request: HttpRequest, desk: Desk, group: Any) -> HttpResponse:
    identity = directory.get_identity(desk.realm, request.POST.get("identity_id", ""))
    was_in = bool(directory.member_ids_among(group, [identity.pk]))
    groups.add_members(desk.ctx, group, [identity.pk])
    if wants_fragment(request):
        context = {"offer": {"row": identity, "is_member": True}, "url": url_of(desk, group)}
        answer = fragment(request, desk, "groups/_candidate.html", context)
        return trigger_client_event(answer, "members-changed")
    told = _("%(name)s is in “%(group)s”.") % {"name": identity.display_name, "group": group.display_name}
    leave = undo(f"{url_of(desk, group)}/remove", "identity_id", identity.pk)
    messages.success(request, told if was_in else format_html("{} {}", told, leave))
    back = address(f"{url_of(desk, group)}/add", q=request.POST.get("q", ""))
    return see_other(request, back if "q" in request.POST else url_of(desk, group))


def _offered(desk: Desk, group: Any, text: str) -> list[dict[str, Any]]:
    """Nobody until something is typed; then the first who fit, by name, members among them."""
    if not text:
        return []
    found = directory.page_of_identities(
        desk.realm, directory.search_identities(desk.realm, text), sort="name", size=_OFFERED
    ).rows
    inside = directory.member_ids_among(group, [identity.pk for identity in found])
    return [{"row": identity, "is_member": identity.pk in inside} for identity in found]
