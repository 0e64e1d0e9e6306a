"""Groups of a realm: find, create, look at one, change, delete. Who is in them: members.py."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_http_methods, require_safe

from apps.console import curls, own_events, several, several_acts
from apps.console.access import Desk, administrator, see_other
from apps.console.dangerous import dangerous, in_admin_realm
from apps.console.figures import up_to
from apps.console.forms.groups import FIELDS, GroupForm, NewGroupForm, stored_in
from apps.console.forms.violations import add_violations
from apps.console.listing import address, asked_of, beside
from apps.console.render import form_status, fragment, listed_page, page, realm_url, wants_fragment
from apps.core.errors import Invalid
from apps.core.rows import ChangedMeanwhile
from apps.directory import selectors as directory
from apps.directory import words
from apps.directory.services import groups
from apps.directory.services.groups import GroupHasChildren, GroupNameTaken

_SHOWN = 50
_MEMBERS_SHOWN = 20
_COUNTED = 10_000


@require_safe
@administrator("groups:read")
def index(request: HttpRequest, desk: Desk) -> HttpResponse:
    here, asked = realm_url(desk.realm, "groups"), asked_of(request, directory.GROUP_SORTS)
    text = asked.text
    shown = directory.page_of_groups(desk.realm, text=text, size=_SHOWN, **asked.steps)
    sizes = directory.group_sizes(desk.realm, [group.pk for group in shown.rows])
    context = {
        "listed": [{"row": group, "size": sizes.get(group.pk, 0)} for group in shown.rows],
        "text": text,
        "url": here,
        **beside(here, shown, asked),
        "export_url": address(f"{here}/export", q=text) if desk.may("identities:read") else "",
        "bulk_actions": several.offered(desk, several_acts.OF_GROUPS),
        "bulk_url": f"{here}/bulk",
        "crumbs": [{"label": _("Groups")}],
        "curls": curls.of_groups(desk.realm),
    }
    return listed_page(request, desk, "groups", context)


@require_http_methods(["GET", "HEAD", "POST"])
@administrator("groups:create")
def new(request: HttpRequest, desk: Desk) -> HttpResponse:
    form = NewGroupForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        named = form.cleaned_data
        try:
            group = groups.create_group(
                desk.ctx, desk.realm, display_name=named["name"], description=named["description"]
            )
        except Invalid as refusal:
            add_violations(form, refusal, FIELDS)
        except GroupNameTaken:
            form.add_error("name", _("This realm has a group with this name. Choose another."))
        else:
            messages.success(request, _("“%(name)s” is created. Add its members.") % {"name": group.display_name})
            return see_other(request, url_of(desk, group))
    crumbs = [{"label": _("Groups"), "url": realm_url(desk.realm, "groups")}, {"label": _("Create group")}]
    context = {"form": form, "cancel_url": realm_url(desk.realm, "groups"), "crumbs": crumbs}
    return page(request, desk, "groups/new.html", context, status=form_status(form))


@require_safe
@administrator("groups:read")
def detail(request: HttpRequest, desk: Desk, group_id: str) -> HttpResponse:
    """With its members where the administrator may see people. `q` searches among them."""
    group = directory.get_group(desk.realm, group_id)
    here = url_of(desk, group)
    context: dict[str, Any] = {"group": group, "url": here, "may_change": desk.may("groups:update")}
    if desk.may("identities:read"):
        context |= members_of(request, desk, group)
    if wants_fragment(request):
        return fragment(request, desk, "groups/_members.html", context)
    context["crumbs"] = crumbs_of(desk, {"label": group.display_name})
    context["curls"] = curls.of_group(desk.realm, group)
    context |= own_events.of_thing(desk, group.pk)
    return page(request, desk, "groups/detail.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@administrator("groups:update")
@dangerous(_lazy("Change group"), when=in_admin_realm)
def edit(request: HttpRequest, desk: Desk, group_id: str) -> HttpResponse:
    group = directory.get_group(desk.realm, group_id)
    form = GroupForm(
        request.POST if request.method == "POST" else None, stored=stored_in(group), read_at=group.updated_at
    )
    if form.is_valid():
        named = form.cleaned_data
        try:
            groups.update_group(
                desk.ctx, group, display_name=named["name"], description=named["description"], seen_at=form.seen_at
            )
        except Invalid as refusal:
            add_violations(form, refusal, FIELDS)
        except GroupNameTaken:
            form.add_error("name", _("This realm has a group with this name. Choose another."))
        except ChangedMeanwhile:
            fresh = directory.get_group(desk.realm, group_id)
            form.show_both(stored_in(fresh), fresh.updated_at)
        else:
            messages.success(request, _("Saved."))
            return see_other(request, url_of(desk, group))
    crumbs = crumbs_of(desk, {"label": group.display_name, "url": url_of(desk, group)}, {"label": _("Edit")})
    context = {"form": form, "group": group, "url": url_of(desk, group), "crumbs": crumbs}
    return page(request, desk, "groups/edit.html", context, status=form_status(form))


@require_http_methods(["GET", "HEAD", "POST"])
@administrator("groups:delete")
@dangerous(_lazy("Delete group"))
def delete(request: HttpRequest, desk: Desk, group_id: str) -> HttpResponse:
    """A page that asks, for browsers that open no dialog and for a group that cannot go yet."""
    group = directory.get_group(desk.realm, group_id)
    problem, status = "", 200
    if request.method == "POST":
        try:
            groups.delete_group(desk.ctx, group)
        except GroupHasChildren:
            problem, status = _("Nothing was deleted: the group still has members."), 409
        else:
            messages.success(request, _("“%(name)s” is deleted.") % {"name": group.display_name})
            return see_other(request, realm_url(desk.realm, "groups"))
    crumbs = crumbs_of(desk, {"label": group.display_name, "url": url_of(desk, group)}, {"label": _("Delete")})
    context = {"group": group, "url": url_of(desk, group), "problem": problem, "crumbs": crumbs}
    context["size"] = directory.member_count(group, _COUNTED)
    return page(request, desk, "groups/delete.html", context, status=status)


def members_of(request: HttpRequest, desk: Desk, group: Any) -> dict[str, Any]:
    """A page of the group's members by name, as templates/console/groups/_members.html shows it."""
    here = url_of(desk, group)
    asked = asked_of(request, directory.MEMBER_SORTS)
    text = asked.text
    shown = directory.page_of_members(group, text=text, size=_MEMBERS_SHOWN, **asked.steps)
    count = directory.member_count(group, _COUNTED)
    return {
        "members": shown.rows,
        "text": text,
        "begins": words.has_short_words(text),
        "size": up_to(count, _COUNTED),
        "is_empty": not count,
        "is_long": count > _MEMBERS_SHOWN,
        "people_url": realm_url(desk.realm, "identities/"),
        **beside(here, shown, asked),
    }


def url_of(desk: Desk, group: Any) -> str:
    return realm_url(desk.realm, f"groups/{group.pk}")


def crumbs_of(desk: Desk, *further: dict[str, str]) -> list[dict[str, str]]:
    return [{"label": _("Groups"), "url": realm_url(desk.realm, "groups")}, *further]
