"""Several groups, applications, roles, resource servers, tokens, or passkeys, sessions and links of a person at once: which,
and by which verb."""

from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_http_methods

from apps.applications import selectors as applications
from apps.applications.services import applications as applications_verbs
from apps.applications.services import resource_servers, roles
from apps.authentication import sessions
from apps.authentication.services import federated
from apps.authentication.services import sessions as sessions_verbs
from apps.console import several, several_acts
from apps.console.access import Desk, administrator
from apps.console.application_pages import crumb
from apps.console.application_pages import url_of as application_url
from apps.console.dangerous import dangerous, in_admin_realm
from apps.console.forms.several import SeveralForm
from apps.console.render import realm_url
from apps.console.several import Place, Thing, act_of, ids_in
from apps.console.undo import undo
from apps.console.views.roles import role_at
from apps.console.views.roles import url_of as role_url
from apps.core import ids
from apps.credentials import selectors as credentials
from apps.credentials.services import jobs, passkeys
from apps.directory import selectors as directory
from apps.directory.services import groups as groups_verbs
from apps.federation import selectors as federation
from apps.tokens import selectors as tokens
from apps.tokens.services import revocation
from apps.web.device_words import device_words

_ROLES = 200


def _is_grave(request: HttpRequest, desk: Desk) -> bool:
    """As of a single one: a group is never deleted without the passkey, a role is given so to administrators alone."""
    return in_admin_realm(request, desk) or request.POST.get("action") == several_acts.DELETE_GROUPS.name


@require_http_methods(["GET", "HEAD", "POST"])
@administrator("groups:read")
@dangerous(_lazy("Change groups"), when=_is_grave)
def groups(request: HttpRequest, desk: Desk) -> HttpResponse:
    act, here = act_of(request, desk, several_acts.OF_GROUPS), realm_url(desk.realm, "groups")
    place = Place(here, f"{here}/bulk", [{"label": _("Groups"), "url": here}])
    rows = directory.groups_in(desk.realm).select_related("realm").filter(pk__in=ids_in(request), is_managed=False)
    things = [Thing(row.pk, row.display_name, row, row.description) for row in rows.order_by("display_name", "pk")]
    if act == several_acts.DELETE_GROUPS:
        delete = partial(groups_verbs.delete_group, desk.ctx)
        return several.answer(request, desk, act, place, things, lambda form: delete)
    desk.require("identities:read")
    offered = applications.roles_in(desk.realm)[:_ROLES]
    choices = [(role.pk, f"{role.display_name} · {role.resource_server.display_name}") for role in offered]

    def give(form: SeveralForm) -> several.Verb:
        role = role_at(desk, form.cleaned_data["role"])
        held = set(applications.groups_with(role).values_list("pk", flat=True))
        return lambda group: group.pk not in held and bool(roles.add_members(desk.ctx, role, group_ids=[group.pk]))

    def back(form: SeveralForm, done: Any) -> Any:
        given = ",".join(thing.key for thing in done)
        return undo(f"{role_url(desk, role_at(desk, form.cleaned_data['role']))}/take", "group_id", given)

    return several.answer(request, desk, act, place, things, give, choices=choices, undo=back)


@require_http_methods(["GET", "HEAD", "POST"])
@administrator("applications:read")
@dangerous(_lazy("Delete applications"))
def apps(request: HttpRequest, desk: Desk) -> HttpResponse:
    act, here = act_of(request, desk, several_acts.OF_APPLICATIONS), realm_url(desk.realm, "applications")
    rows = applications.applications_in(desk.realm).select_related("realm__tenant", "resource_server")
    named = [ids.parse_uuid(pk) for pk in ids_in(request)]
    found = rows.filter(pk__in=named, is_managed=False).order_by("display_name", "pk")
    things = [Thing(str(row.pk), row.display_name, row, row.client_id) for row in found]
    delete = partial(applications_verbs.delete_application, desk.ctx)
    return several.answer(request, desk, act, Place(here, f"{here}/bulk", [crumb(desk)]), things, lambda form: delete)


@require_http_methods(["GET", "HEAD", "POST"])
@administrator("roles:read")
@dangerous(_lazy("Delete roles"))
def several_roles(request: HttpRequest, desk: Desk) -> HttpResponse:
    act, here = act_of(request, desk, several_acts.OF_ROLES), realm_url(desk.realm, "roles")
    place = Place(here, f"{here}/bulk", [{"label": _("Roles"), "url": here}])
    found = applications.roles_in(desk.realm).filter(pk__in=ids_in(request), is_managed=False)
    rows = found.select_related("realm", "resource_server").order_by("display_name", "pk")
    things = [Thing(row.pk, row.display_name, row, row.resource_server.display_name) for row in rows]
    delete = partial(roles.delete_role, desk.ctx)
    return several.answer(request, desk, act, place, things, lambda form: delete)


@require_http_methods(["GET", "HEAD", "POST"])
@administrator("resource-servers:read")
@dangerous(_lazy("Delete resource servers"))
def servers(request: HttpRequest, desk: Desk) -> HttpResponse:
    act, here = act_of(request, desk, several_acts.OF_RESOURCE_SERVERS), realm_url(desk.realm, "resource-servers")
    place = Place(here, f"{here}/bulk", [{"label": _("Resource servers"), "url": here}])
    named = [ids.parse_uuid(pk) for pk in ids_in(request)]
    found = applications.resource_servers_in(desk.realm).select_related("realm").filter(pk__in=named, is_managed=False)
    rows = found.order_by("display_name", "pk")
    things = [Thing(str(row.pk), row.display_name, row, row.identifier) for row in rows]
    delete = partial(resource_servers.delete_resource_server, desk.ctx)
    return several.answer(request, desk, act, place, things, lambda form: delete)


@require_http_methods(["GET", "HEAD", "POST"])
@administrator("tokens:read")
def grants(request: HttpRequest, desk: Desk, application_id: str) -> HttpResponse:
    """Sign-ins of people to one application."""
    application = applications.get_application(desk.realm, application_id)
    act = act_of(request, desk, several_acts.OF_GRANTS)
    named = [ids.parse_uuid(pk) for pk in ids_in(request)]
    found = tokens.live_grants_of(desk.ctx, application).filter(pk__in=named).order_by("-authenticated_at")
    things = [Thing(str(row.pk), row.user.display_name, row, row.user.username) for row in found]
    end = partial(revocation.end_grant, desk.ctx)
    place = _of_application(desk, application, "sessions", _("Sessions"))
    return several.answer(request, desk, act, place, things, lambda form: end)


@require_http_methods(["GET", "HEAD", "POST"])
@administrator("tokens:read")
@dangerous(_lazy("Revoke tokens"), when=in_admin_realm)
def api_tokens(request: HttpRequest, desk: Desk, application_id: str) -> HttpResponse:
    application = applications.get_application(desk.realm, application_id)
    act = act_of(request, desk, several_acts.OF_TOKENS)
    found = tokens.own_tokens_of(desk.ctx, application).filter(jti__in=ids_in(request)).order_by("-id")
    unnamed = _("Asked for at the token endpoint")
    things = [Thing(row.jti, row.display_name or unnamed, row, f"…{row.token_suffix}") for row in found]
    end = partial(revocation.end_token, desk.ctx)
    place = _of_application(desk, application, "tokens", _("API tokens"))
    return several.answer(request, desk, act, place, things, lambda form: end)


@require_http_methods(["GET", "HEAD", "POST"])
@administrator("identities:read")
@dangerous(_lazy("Change identity"), when=in_admin_realm)
def of_identity(request: HttpRequest, desk: Desk, identity_id: str) -> HttpResponse:
    """Passkeys, sessions or links of one person."""
    identity = directory.get_identity(desk.realm, identity_id)
    act = act_of(request, desk, several_acts.OF_IDENTITY)
    things, verb = _OF_IDENTITY[act.name](desk, identity, ids_in(request))
    here = realm_url(desk.realm, f"identities/{identity.pk}")
    crumbs = [
        {"label": _("Identities"), "url": realm_url(desk.realm, "identities")},
        {"label": identity.display_name, "url": here},
    ]
    return several.answer(request, desk, act, Place(here, f"{here}/bulk", crumbs), things, lambda form: verb)


def _passkeys(desk: Desk, identity: Any, named: list[str]) -> tuple[list[Thing], several.Verb]:
    desk.require("credentials:read")
    rows = credentials.active_credentials_of(identity).select_related("realm", "identity__realm").filter(pk__in=named)
    things = [Thing(row.pk, row.display_name, row, row.provider_name) for row in rows.order_by("-id")]
    return things, partial(passkeys.revoke_credential, desk.ctx)


def _sessions(desk: Desk, identity: Any, named: list[str]) -> tuple[list[Thing], several.Verb]:
    rows = sessions.sessions_of(desk.ctx, identity).filter(pk__in=[ids.parse_uuid(text) for text in named])
    unknown = _("Unknown browser")
    things = [Thing(str(row.pk), device_words(row.client_user_agent) or unknown, row, row.client_ip) for row in rows]
    return things, partial(sessions_verbs.sign_out, desk.ctx)


def _links(desk: Desk, identity: Any, named: list[str]) -> tuple[list[Thing], several.Verb]:
    desk.require("credential-binding-jobs:read")
    rows = credentials.jobs_of(identity).select_related("realm", "identity__realm").filter(pk__in=named).order_by("-id")
    things = [
        Thing(row.pk, _("Mailed link") if row.delivery_method == "EMAIL" else _("Shown link"), row, row.pk)
        for row in rows
        if credentials.is_open(row)
    ]
    return things, partial(jobs.revoke_job, desk.ctx)


def _providers(desk: Desk, identity: Any, named: list[str]) -> tuple[list[Thing], several.Verb]:
    rows = federation.links_of(identity).select_related("provider", "identity__realm").filter(provider_id__in=named)
    things = [Thing(row.provider_id, row.provider.display_name, row, row.provider.issuer) for row in rows]
    return things, partial(federated.disconnect, desk.ctx)


_OF_IDENTITY = {
    several_acts.REVOKE_PASSKEYS.name: _passkeys,
    several_acts.END_SESSIONS.name: _sessions,
    several_acts.WITHDRAW_LINKS.name: _links,
    several_acts.DISCONNECT.name: _providers,
}


def _of_application(desk: Desk, application: Any, path: str, label: str) -> Place:
    here = application_url(desk, application)
    crumbs = [crumb(desk), {"label": application.display_name, "url": here}, {"label": label, "url": f"{here}/{path}"}]
    return Place(f"{here}/{path}", f"{here}/{path}/bulk", crumbs)
