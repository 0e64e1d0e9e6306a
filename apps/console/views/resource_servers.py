"""APIs that the realm protects: find, create, look at one with its roles, change, delete."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_http_methods, require_safe

from apps.applications import selectors as applications
from apps.applications.services import resource_servers
from apps.applications.services.resource_servers import IdentifierTaken, ResourceServerInUse
from apps.console import own_events, several, several_acts
from apps.console.access import Desk, administrator, see_other
from apps.console.dangerous import dangerous
from apps.console.forms.resource_servers import FIELDS, NewResourceServerForm, ResourceServerForm, stored_in
from apps.console.forms.violations import add_violations
from apps.console.listing import address, asked_of, beside
from apps.console.render import form_status, listed_page, page, realm_url
from apps.core.errors import Invalid
from apps.core.rows import ChangedMeanwhile

_SHOWN = 500
_ROLES_SHOWN = 100


@require_safe
@administrator("resource-servers:read")
def index(request: HttpRequest, desk: Desk) -> HttpResponse:
    here, asked = _index_url(desk), asked_of(request, applications.RESOURCE_SERVER_SORTS)
    shown = applications.page_of_resource_servers(desk.realm, text=asked.text, **asked.steps)
    roles = applications.role_counts(desk.realm) if desk.may("roles:read") else {}
    context = {
        "listed": [{"row": each, "roles": roles.get(each.pk, 0)} for each in shown.rows],
        "asked": asked.text,
        "url": here,
        **beside(here, shown, asked),
        "export_url": address(f"{here}/export", q=asked.text) if desk.may("roles:read") else "",
        "bulk_actions": several.offered(desk, several_acts.OF_RESOURCE_SERVERS),
        "bulk_url": f"{here}/bulk",
        "crumbs": [{"label": _("Resource servers")}],
    }
    return listed_page(request, desk, "resource_servers", context)


@require_http_methods(["GET", "HEAD", "POST"])
@administrator("resource-servers:create")
def new(request: HttpRequest, desk: Desk) -> HttpResponse:
    form = NewResourceServerForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        given = form.cleaned_data
        try:
            server = resource_servers.create_resource_server(
                desk.ctx,
                desk.realm,
                display_name=given["name"],
                identifier=given["identifier"],
                scopes=given["scopes"],
            )
        except Invalid as refusal:
            add_violations(form, refusal, FIELDS)
        except IdentifierTaken:
            form.add_error("identifier", _("This realm has a resource server with this identifier. Choose another."))
        else:
            messages.success(request, _("“%(name)s” is created.") % {"name": server.display_name})
            return see_other(request, url_of(desk, server))
    context = {"form": form, "cancel_url": _index_url(desk), "crumbs": _crumbs(desk, {"label": _("Create")})}
    return page(request, desk, "resource_servers/new.html", context, status=form_status(form))


@require_http_methods(["GET", "HEAD", "POST"])
@administrator("resource-servers:read")
def detail(request: HttpRequest, desk: Desk, resource_server_id: str) -> HttpResponse:
    """What it is called and what may be done there, to change on the spot; its roles and who asks for its tokens."""
    server = applications.get_resource_server(desk.realm, resource_server_id)
    data = request.POST if request.method == "POST" else None
    form = ResourceServerForm(data, stored=stored_in(server), read_at=server.updated_at)
    if data is not None:
        desk.require("resource-servers:update")
    if form.is_valid() and _saved(desk, server, form):
        messages.success(request, _("Saved."))
        return see_other(request, url_of(desk, server))
    context = {
        "server": server,
        "url": url_of(desk, server),
        "form": form,
        "may_change": desk.may("resource-servers:update") and not server.is_managed,
        "roles": _roles(server) if desk.may("roles:read") else None,
        "most": _ROLES_SHOWN,
        "roles_url": realm_url(desk.realm, "roles"),
        "applications": list(applications.applications_of(server)[:_SHOWN]) if desk.may("applications:read") else [],
        "applications_url": realm_url(desk.realm, "applications/"),
        "crumbs": _crumbs(desk, {"label": server.display_name}),
    }
    context |= own_events.of_thing(desk, server.pk)
    return page(request, desk, "resource_servers/detail.html", context, status=form_status(form))


def _roles(server: Any) -> list[Any]:
    """By name; one more than are shown, where there are more."""
    return list(applications.roles_of(server).order_by("display_name", "pk")[: _ROLES_SHOWN + 1])


@require_http_methods(["GET", "HEAD", "POST"])
@administrator("resource-servers:delete")
@dangerous(_lazy("Delete resource server"))
def delete(request: HttpRequest, desk: Desk, resource_server_id: str) -> HttpResponse:
    """A page that asks, for browsers that open no dialog and for one that is still in use."""
    server = applications.get_resource_server(desk.realm, resource_server_id)
    problem, status = "", 200
    if request.method == "POST":
        try:
            resource_servers.delete_resource_server(desk.ctx, server)
        except ResourceServerInUse:
            problem, status = _("Nothing was deleted: an application or a role still names it."), 409
        else:
            messages.success(request, _("“%(name)s” is deleted.") % {"name": server.display_name})
            return see_other(request, _index_url(desk))
    here = {"label": server.display_name, "url": url_of(desk, server)}
    context = {"server": server, "url": url_of(desk, server), "problem": problem}
    context["crumbs"] = _crumbs(desk, here, {"label": _("Delete")})
    return page(request, desk, "resource_servers/delete.html", context, status=status)


def url_of(desk: Desk, server: Any) -> str:
    return realm_url(desk.realm, f"resource-servers/{server.pk}")


def _saved(desk: Desk, server: Any, form: ResourceServerForm) -> bool:
    given = form.cleaned_data
    try:
        resource_servers.update_resource_server(
            desk.ctx, server, display_name=given["name"], scopes=given["scopes"], seen_at=form.seen_at
        )
    except Invalid as refusal:
        add_violations(form, refusal, FIELDS)
    except ChangedMeanwhile:
        fresh = applications.get_resource_server(desk.realm, str(server.pk))
        form.show_both(stored_in(fresh), fresh.updated_at)
    else:
        return True
    return False


def _index_url(desk: Desk) -> str:
    return realm_url(desk.realm, "resource-servers")


def _crumbs(desk: Desk, *further: dict[str, str]) -> list[dict[str, str]]:
    return [{"label": _("Resource servers"), "url": _index_url(desk)}, *further]
