"""Making an application, by what it is for: what it is, then what that kind is asked, then a page that connects it.

The steps are one address. What was typed travels with the form, and the way back loses nothing; it rests on the server only
while an authenticator is made in between (kept_forms.py). An API comes first of its two: it is made, or chosen, before the
program that calls it.
"""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_http_methods

from apps.applications import selectors as applications
from apps.applications.authority import BeyondOwnScopes
from apps.applications.services import applications as applications_verbs
from apps.applications.services import resource_servers
from apps.applications.services.applications import CreatedBefore
from apps.applications.services.resource_servers import IdentifierTaken
from apps.authenticators import selectors as authenticators
from apps.console import kept_forms, scope_choices
from apps.console.access import Desk, administrator, see_other, sentence
from apps.console.application_pages import crumb, url_of
from apps.console.dangerous import dangerous
from apps.console.forms.applications import FIELDS, NewApplicationForm
from apps.console.forms.resource_servers import FIELDS as API_FIELDS
from apps.console.forms.resource_servers import NewResourceServerForm
from apps.console.forms.uses import API, OF_PROGRAMS, USES
from apps.console.forms.violations import add_violations
from apps.console.render import form_status, listed_in, page, realm_url
from apps.console.scope_choices import Offered
from apps.console.views.client_secrets import show_once
from apps.core.errors import Invalid

_APIS = 12  # that are seen at a glance; others are found by typing
_LISTS = ("scopes",)
_ASKING = ("use", "details", "authenticator")
_ICONS = {"web": "server", "spa": "app-window", "native": "smartphone", "machine": "terminal", "api": "shield-check"}


def _makes_it(request: HttpRequest, desk: Desk) -> bool:
    """The last step; those before only ask."""
    asks = request.POST.get("kind", "") not in USES or request.POST.get("step") in _ASKING
    asks = asks or scope_choices.only_looks(request.POST)
    return not asks and bool(request.POST["kind"] != API or request.GET.get("server") or request.POST.get("server"))


@require_http_methods(["GET", "HEAD", "POST"])
@administrator("applications:create")
@dangerous(_lazy("Create application"), when=_makes_it)
def new(request: HttpRequest, desk: Desk) -> HttpResponse:
    given = request.POST if request.method == "POST" else request.GET
    use, step = given.get("kind", ""), given.get("step", "")
    if use not in USES or step == "use":
        return _ask_use(request, desk, use, wrong=request.method == "POST" and use not in USES)
    if step == "authenticator" and request.method == "POST":
        return _make_authenticator(request, desk, use)
    if use != API:
        return _details(request, desk, use)
    if not given.get("server"):
        return _api(request, desk)
    return _details(request, desk, use, applications.get_resource_server(desk.realm, given["server"]))


def _ask_use(request: HttpRequest, desk: Desk, use: str, *, wrong: bool) -> HttpResponse:
    left_out = ("kind", "csrfmiddlewaretoken", "step", "server", "enter", "find", "find_scopes")
    kept = [(name, text) for name in request.POST if name not in left_out for text in request.POST.getlist(name)]
    cards = [
        {"use": name, "icon": _ICONS[name], "title": title, "text": text, "current": name == use}
        for name, (title, _line, text) in ((name, str(words).partition("\n")) for name, words in USES.items())
    ]
    context = {"cards": cards, "kept": kept, "wrong": wrong, **_around(desk, 0, use)}
    return page(request, desk, "applications/new_use.html", context, status=422 if wrong else 200)


def _api(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Which API it is: one that is known, or a new one, which is made here so that it has scopes to choose from."""
    form = NewResourceServerForm(request.POST if request.method == "POST" else None)
    if form.is_bound:
        desk.require("resource-servers:create")
    if form.is_valid() and (server := _made_api(desk, form)):
        asked = urlencode({"kind": API, "server": str(server.pk)})
        return see_other(request, realm_url(desk.realm, f"applications/new?{asked}"))
    text = request.GET.get("q", "")[:100].replace("\x00", "")
    found = list(applications.resource_servers_named(desk.realm, text).order_by("display_name", "pk")[: _APIS + 1])
    context = {
        "form": form,
        "text": text,
        "kept": [{"name": "kind", "value": API}],
        "has_more": len(found) > _APIS,
        "may_create": desk.may("resource-servers:create"),
        "apis": [
            {
                "name": each.display_name,
                "identifier": each.identifier,
                "count": len(each.scopes),
                "url": f"?{urlencode({'kind': API, 'server': str(each.pk)})}",
            }
            for each in found[:_APIS]
        ],
        **_around(desk, 1, API),
    }
    if form.is_bound:
        return page(request, desk, "applications/new_api.html", context, status=form_status(form))
    return listed_in(request, desk, "applications/new_api.html", "applications/_apis.html", context)


def _made_api(desk: Desk, form: NewResourceServerForm) -> Any:
    given = form.cleaned_data
    try:
        return resource_servers.create_resource_server(
            desk.ctx, desk.realm, display_name=given["name"], identifier=given["identifier"], scopes=given["scopes"]
        )
    except Invalid as refusal:
        add_violations(form, refusal, API_FIELDS)
    except IdentifierTaken:
        form.add_error("identifier", _("This realm has a resource server with this identifier: choose it above."))
    return None


def _details(request: HttpRequest, desk: Desk, use: str, server: Any = None) -> HttpResponse:
    """`server` is the API's, of which alone scopes are chosen."""
    looks = scope_choices.only_looks(request.POST)
    sent = request.method == "POST" and request.POST.get("step") != "details"
    text = request.POST.get("find_scopes", "")
    form = NewApplicationForm(
        request.POST if sent else None,
        use=use,
        authenticators=authenticators.authenticator_configs_in(desk.realm),
        offering=lambda chosen: Offered([server]) if server else scope_choices.offered(desk.realm, chosen, text),
        api=server,
        typed=_typed(request.POST),
    )
    if looks:
        form.judge_nothing()
    elif form.is_valid() and (answer := _create(request, desk, form)):
        return answer
    context = {
        "form": form,
        "server": server,
        "may_make_authenticator": desk.may("authenticator-configs:create"),
        **_around(desk, 2 if use == API else 1, use),
    }
    return page(request, desk, "applications/new.html", context, status=200 if looks else form_status(form))


def _make_authenticator(request: HttpRequest, desk: Desk, use: str) -> HttpResponse:
    """And back again with what was typed (views/authenticators.py)."""
    desk.require("authenticator-configs:create")
    back = realm_url(desk.realm, f"applications/new?{urlencode({'kind': use})}")
    asked = urlencode({"for": kept_forms.set_aside(request, desk, back)})
    return see_other(request, realm_url(desk.realm, f"authenticators/new?{asked}"))


def _create(request: HttpRequest, desk: Desk, form: NewApplicationForm) -> HttpResponse | None:
    try:
        made = applications_verbs.create_application(
            desk.ctx,
            desk.realm,
            display_name=form.cleaned_data["name"],
            protocol_config=form.protocol_config(),
            authenticator_config=form.authenticator_config,
            resource_server=form.resource_server,
            once=form.cleaned_data["once"],
        )
    except Invalid as refusal:
        add_violations(form, refusal, FIELDS)
    except BeyondOwnScopes as refusal:
        form.add_error("scopes", sentence(refusal.message))
    except CreatedBefore as refusal:
        return _made_before(request, desk, str(refusal.facts["application_id"]))
    else:
        return show_once(request, desk, made, rotated=False)
    return None


def _made_before(request: HttpRequest, desk: Desk, application_id: str) -> HttpResponse:
    application = applications.get_application(desk.realm, application_id)
    if application.is_confidential:
        said = _("“%(name)s” was made by this form already. Its secret was shown then: if it is lost, rotate it.")
    else:
        said = _("“%(name)s” was made by this form already.")
    messages.warning(request, said % {"name": application.display_name})
    return see_other(request, url_of(desk, application))


def _typed(posted: QueryDict) -> dict[str, Any]:
    """What a step before carried along, in the shape that a form begins with."""
    return {name: posted.getlist(name) if name in _LISTS else posted[name] for name in posted}


def _around(desk: Desk, reached: int, use: str) -> dict[str, Any]:
    """Steps, and where to go instead."""
    labels = [_("What it is"), _("Details"), _("Connect it")]
    if use == API:
        labels = [_("What it is"), _("The API"), _("Who calls it"), _("Connect it")]
    states = ["done"] * reached + ["current"] + ["next"] * len(labels)
    return {
        "steps": [{"label": label, "state": state} for label, state in zip(labels, states, strict=False)],
        "use": use,
        "use_label": str(USES[use]).partition("\n")[0] if use in USES else "",
        "is_program": use in OF_PROGRAMS,
        "list_url": realm_url(desk.realm, "applications"),
        "crumbs": [crumb(desk), {"label": _("Create application")}],
    }
