"""Several administrators at once: links, another role, out of the console. Guarded as a single one is: nobody does it to
themselves, to who may do more than they, or to the last who could administer the tenant."""

from functools import partial

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_http_methods

from apps.console import several, several_acts
from apps.console.access import Desk, administrator
from apps.console.dangerous import dangerous
from apps.console.forms.several import SeveralForm
from apps.console.several import Act, Place, Thing, act_of, ids_in
from apps.onboarding import administrators as office

_LIST = "/console/administrators"
_NEEDS = {
    several_acts.CHANGE_ROLES.name: ("groups:update", "roles:update"),
    several_acts.REMOVE_ADMINISTRATORS.name: ("groups:update", "roles:update"),
}


def offered(desk: Desk) -> list[Act]:
    acts = several.offered(desk, several_acts.OF_ADMINISTRATORS)
    return [act for act in acts if desk.scopes.issuperset(_NEEDS.get(act.name, ()))]


@require_http_methods(["GET", "HEAD", "POST"])
@administrator("identities:read")
@dangerous(_lazy("Change administrators"))
def administrators(request: HttpRequest, desk: Desk) -> HttpResponse:
    desk.require("roles:read")
    act = act_of(request, desk, several_acts.OF_ADMINISTRATORS)
    for scope in _NEEDS.get(act.name, ()):
        desk.require(scope)
    here = office.office_of(desk.admin_realm)
    rows = office.administrators_in(here).select_related("realm").filter(pk__in=ids_in(request))
    things = [
        Thing(row.pk, row.display_name, row, row.primary_email_address) for row in rows.order_by("display_name", "pk")
    ]
    place = Place(_LIST, f"{_LIST}/bulk", [{"label": _("Administrators"), "url": _LIST}])
    if act == several_acts.REMOVE_ADMINISTRATORS:
        remove = partial(office.remove_administrator, desk.ctx, here)
        return several.answer(request, desk, act, place, things, lambda form: remove)
    if act == several_acts.SEND_LINKS:
        send = partial(office.send_link, desk.ctx, here)
        return several.answer(request, desk, act, place, things, lambda form: send)
    roles = {role.pk: role for role in office.roles_offered(here) if desk.scopes.issuperset(role.scopes)}

    def change(form: SeveralForm) -> several.Verb:
        role = roles[form.cleaned_data["role"]]
        return lambda person: office.change_role(desk.ctx, here, person, role)

    choices = [(pk, role.display_name) for pk, role in roles.items()]
    return several.answer(request, desk, act, place, things, change, choices=choices)
