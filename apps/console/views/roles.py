"""Roles of a realm: find, create, what one gives, change, delete. Who holds them: role_holders.py."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_http_methods, require_safe

from apps.applications import selectors as applications
from apps.applications.authority import BeyondOwnScopes
from apps.applications.services import roles
from apps.applications.services.roles import ManagedRole, RoleHasChildren
from apps.console import api_choices, own_events, several, several_acts
from apps.console.access import Desk, administrator, see_other, sentence
from apps.console.dangerous import dangerous, in_admin_realm
from apps.console.forms.roles import FIELDS, NewRoleForm, RoleForm, ScopesForm, stored_in
from apps.console.forms.violations import add_violations
from apps.console.listing import address, asked_of, beside
from apps.console.render import form_status, fragment, listed_page, page, realm_url
from apps.core.errors import Invalid, NotFound
from apps.core.rows import ChangedMeanwhile

_HOLDERS = 50


@require_safe
@administrator("roles:read")
def index(request: HttpRequest, desk: Desk) -> HttpResponse:
    here, asked = _index_url(desk), asked_of(request, applications.ROLE_SORTS)
    shown = applications.page_of_roles(desk.realm, text=asked.text, **asked.steps)
    listed = shown.rows
    holders = applications.holder_counts([role.pk for role in listed])
    context = {
        "listed": [{"row": role, "holders": holders.get(role.pk, 0)} for role in listed],
        "asked": asked.text,
        "url": here,
        **beside(here, shown, asked),
        "export_url": address(f"{here}/export", q=asked.text)
        if desk.may("identities:read") and desk.may("groups:read")
        else "",
        "bulk_actions": several.offered(desk, several_acts.OF_ROLES),
        "bulk_url": f"{here}/bulk",
        "servers_url": realm_url(desk.realm, "resource-servers"),
        "has_servers": bool(listed) or applications.resource_servers_in(desk.realm).exists(),
        "crumbs": [{"label": _("Roles")}],
    }
    return listed_page(request, desk, "roles", context)


def _makes_it(request: HttpRequest, desk: Desk) -> bool:
    return in_admin_realm(request, desk) and not api_choices.only_looks(request.POST)


@require_http_methods(["GET", "HEAD", "POST"])
@administrator("roles:create")
@dangerous(_lazy("Create role"), when=_makes_it)
def new(request: HttpRequest, desk: Desk) -> HttpResponse:
    given = request.POST if request.method == "POST" else request.GET
    looks = api_choices.only_looks(request.POST)
    chosen = given.get(api_choices.API, "")
    offered = api_choices.offered(desk.realm, chosen, given.get(f"find_{api_choices.API}", ""))
    form = NewRoleForm(request.POST if request.method == "POST" else None, servers=offered.servers, chosen=chosen)
    if looks:
        form.judge_nothing()
    elif form.is_valid():
        wanted = form.cleaned_data
        server = next(each for each in offered.servers if str(each.pk) == wanted["resource_server"])
        try:
            role = roles.create_role(desk.ctx, server, display_name=wanted["name"], description=wanted["description"])
        except Invalid as refusal:
            add_violations(form, refusal, FIELDS)
        else:
            told = _("“%(name)s” is created. Choose what it gives, and to whom.")
            messages.success(request, told % {"name": role.display_name})
            return see_other(request, url_of(desk, role))
    context = {
        "form": form,
        "picker": offered.picker,
        "has_servers": bool(offered.servers or offered.picker),
        "url": _index_url(desk),
        "servers_url": realm_url(desk.realm, "resource-servers"),
        "cancel_url": _index_url(desk),
        "crumbs": crumbs_of(desk, {"label": _("Create role")}),
    }
    return page(request, desk, "roles/new.html", context, status=200 if looks else form_status(form))


@require_safe
@administrator("roles:create")
def choices(request: HttpRequest, desk: Desk) -> HttpResponse:
    """APIs for whom somebody types; what is chosen stands in the field."""
    text = request.GET.get(f"find_{api_choices.API}", "")
    picker = api_choices.picker(desk.realm, request.GET.get(api_choices.API, ""), text)
    return fragment(request, desk, "policy/_choices.html", {"picker": picker})


@require_safe
@administrator("roles:read")
def detail(request: HttpRequest, desk: Desk, role_id: str) -> HttpResponse:
    role = role_at(desk, role_id)
    return _shown(request, desk, role, ScopesForm(role=role, offered=_offered(desk, role)))


@require_http_methods(["GET", "HEAD", "POST"])
@administrator("roles:update")
@dangerous(_lazy("Change scopes"), when=in_admin_realm)
def scopes(request: HttpRequest, desk: Desk, role_id: str) -> HttpResponse:
    """Of what was offered, what is checked is given and the rest is taken; what the role has beside that stays."""
    role = role_at(desk, role_id)
    if request.method != "POST":
        return see_other(request, url_of(desk, role))
    form = ScopesForm(request.POST, role=role, offered=_offered(desk, role))
    if form.is_valid():
        try:
            roles.replace_scopes(
                desk.ctx, role, form.cleaned_data["scopes"], within=form.offered, seen=form.seen_scopes
            )
        except (BeyondOwnScopes, ManagedRole) as refusal:
            form.add_error("scopes", sentence(refusal.message))
        except ChangedMeanwhile:
            form.show_both(role_at(desk, role_id).scopes)
        else:
            messages.success(request, _("Saved."))
            return see_other(request, url_of(desk, role))
    return _shown(request, desk, role_at(desk, role_id), form)


def _shown(request: HttpRequest, desk: Desk, role: Any, form: ScopesForm) -> HttpResponse:
    context: dict[str, Any] = {
        "role": role,
        "server": role.resource_server,
        "server_url": realm_url(desk.realm, f"resource-servers/{role.resource_server_id}"),
        "url": url_of(desk, role),
        "form": form,
        "withheld": len(role.resource_server.scopes) - len(form.offered),
        "may_change": desk.may("roles:update"),
        "may_change_scopes": desk.may("roles:update") and not role.is_managed,
        "crumbs": crumbs_of(desk, {"label": role.display_name}),
    }
    if desk.may("identities:read") and desk.may("groups:read"):
        context |= {
            "people": list(applications.identities_with(role).order_by("search_key")[: _HOLDERS + 1]),
            "groups": list(applications.groups_with(role).order_by("display_name", "pk")[: _HOLDERS + 1]),
            "most": _HOLDERS,
            "people_url": realm_url(desk.realm, "identities/"),
            "groups_url": realm_url(desk.realm, "groups/"),
        }
    context |= own_events.of_thing(desk, role.pk)
    return page(request, desk, "roles/detail.html", context, status=form_status(form))


@require_http_methods(["GET", "HEAD", "POST"])
@administrator("roles:update")
@dangerous(_lazy("Change role"), when=in_admin_realm)
def edit(request: HttpRequest, desk: Desk, role_id: str) -> HttpResponse:
    role = role_at(desk, role_id)
    form = RoleForm(request.POST if request.method == "POST" else None, stored=stored_in(role), read_at=role.updated_at)
    if form.is_valid():
        given = form.cleaned_data
        try:
            roles.update_role(
                desk.ctx, role, display_name=given["name"], description=given["description"], seen_at=form.seen_at
            )
        except Invalid as refusal:
            add_violations(form, refusal, FIELDS)
        except ChangedMeanwhile:
            fresh = role_at(desk, role_id)
            form.show_both(stored_in(fresh), fresh.updated_at)
        else:
            messages.success(request, _("Saved."))
            return see_other(request, url_of(desk, role))
    here = {"label": role.display_name, "url": url_of(desk, role)}
    context = {"form": form, "role": role, "url": url_of(desk, role)}
    context["crumbs"] = crumbs_of(desk, here, {"label": _("Edit")})
    return page(request, desk, "roles/edit.html", context, status=form_status(form))


@require_http_methods(["GET", "HEAD", "POST"])
@administrator("roles:delete")
@dangerous(_lazy("Delete role"))
def delete(request: HttpRequest, desk: Desk, role_id: str) -> HttpResponse:
    """A page that asks, for browsers that open no dialog and for a role that cannot go yet."""
    role = role_at(desk, role_id)
    problem, status = "", 200
    if request.method == "POST":
        try:
            roles.delete_role(desk.ctx, role)
        except RoleHasChildren:
            problem, status = _("Nothing was deleted: the role still gives scopes or somebody holds it."), 409
        else:
            messages.success(request, _("“%(name)s” is deleted.") % {"name": role.display_name})
            return see_other(request, _index_url(desk))
    here = {"label": role.display_name, "url": url_of(desk, role)}
    context = {"role": role, "url": url_of(desk, role), "problem": problem}
    context["crumbs"] = crumbs_of(desk, here, {"label": _("Delete")})
    return page(request, desk, "roles/delete.html", context, status=status)


def role_at(desk: Desk, role_id: str) -> Any:
    """Raises NotFound."""
    role = applications.roles_in(desk.realm).filter(pk=role_id).first()
    if role is None:
        raise NotFound("Role", role_id)
    return role


def url_of(desk: Desk, role: Any) -> str:
    return realm_url(desk.realm, f"roles/{role.pk}")


def crumbs_of(desk: Desk, *further: dict[str, str]) -> list[dict[str, str]]:
    return [{"label": _("Roles"), "url": _index_url(desk)}, *further]


def _index_url(desk: Desk) -> str:
    return realm_url(desk.realm, "roles")


def _offered(desk: Desk, role: Any) -> list[str]:
    """Nobody hands on management scopes that they do not hold (contract: apps.applications.authority)."""
    server = role.resource_server
    if not server.is_managed:
        return list(server.scopes)
    return [scope for scope in server.scopes if desk.may(scope)]
