"""Who may enter the console: list, invite, change the role, remove. Of the tenant, whatever realm was looked at before."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.applications.authority import BeyondOwnScopes
from apps.authentication.lockout import WouldLockOut
from apps.console import own_events
from apps.console.access import Desk, administrator, see_other, sentence
from apps.console.dangerous import dangerous
from apps.console.forms.administrators import FIELDS, ChangeRoleForm, InviteForm
from apps.console.forms.violations import add_violations
from apps.console.listing import address, asked_of, beside
from apps.console.render import form_status, listed_page, page, realm_url
from apps.console.views import several_administrators
from apps.core.errors import Conflict, Invalid, NotFound, Refusal
from apps.core.rows import ChangedMeanwhile
from apps.credentials import selectors as credentials
from apps.directory import selectors as directory
from apps.directory import words
from apps.directory.services.groups import LastAdministrator
from apps.directory.services.identities import OwnIdentity
from apps.directory.services.identity_rows import UsernameTaken
from apps.onboarding import administrators as office
from apps.onboarding.administrators import Office

_LIST = "/console/administrators"
_SHOWN = 50
_CHANGING = ("groups:update", "roles:update")
_INVITING = (*_CHANGING, "identities:create", "credential-binding-jobs:create")
_SETTING_UP = ("roles:create", "roles:update", "groups:create", "policy:update", "policy:publish")


@require_safe
@administrator("identities:read")
def index(request: HttpRequest, desk: Desk) -> HttpResponse:
    desk.require("roles:read")
    here = office.office_of(desk.admin_realm)
    asked = asked_of(request, directory.MEMBER_SORTS)
    text = asked.text
    fitting = directory.search_identities(desk.admin_realm, text).values("pk")
    shown = directory.page_of_identities(
        desk.admin_realm,
        office.administrators_in(here).filter(pk__in=fitting),
        size=_SHOWN,
        **asked.steps,
    )
    context = {
        "people": _lines(desk, here, shown.rows),
        "text": text,
        "begins": words.has_short_words(text),
        "url": _LIST,
        **beside(_LIST, shown, asked),
        "export_url": address(f"{_LIST}/export", q=text),
        "missing": office.roles_missing(here) if _may(desk, _SETTING_UP) else [],
        "is_shut": _may(desk, _SETTING_UP) and not office.is_door_open(here),
        "may_invite": _may(desk, _INVITING),
        "bulk_actions": several_administrators.offered(desk),
        "bulk_url": f"{_LIST}/bulk",
        "crumbs": [{"label": _("Administrators")}],
    }
    return listed_page(request, desk, "administrators", context)


@require_http_methods(["GET", "HEAD", "POST"])
@administrator("identities:create")
@dangerous(_lazy("Invite administrator"))
def new(request: HttpRequest, desk: Desk) -> HttpResponse:
    _require(desk, _INVITING)
    here = office.office_of(desk.admin_realm)
    form = InviteForm(request.POST if request.method == "POST" else None, roles=_offered(desk, here))
    if form.is_valid():
        given = form.cleaned_data
        try:
            person = office.invite_administrator(desk.ctx, here, form.chosen, name=given["name"], email=given["email"])
        except Invalid as refusal:
            add_violations(form, refusal, FIELDS)
        except UsernameTaken:
            form.add_error("email", _("Somebody in the admin realm has this address as username. Choose another."))
        except (BeyondOwnScopes, Conflict) as refusal:
            form.add_error(None, sentence(refusal.message))
        else:
            told = _("%(name)s is invited. A link to create a passkey is on its way to %(address)s.")
            messages.success(request, told % {"name": person.display_name, "address": person.primary_email_address})
            return see_other(request, _LIST)
    context = {"form": form, "cancel_url": _LIST, "is_set_up": here.limited is not None}
    context["crumbs"] = _crumbs({"label": _("Invite administrator")})
    return page(request, desk, "administrators/new.html", context, status=form_status(form))


@require_POST
@administrator("roles:create")
@dangerous(_lazy("Set up roles"))
def set_up(request: HttpRequest, desk: Desk) -> HttpResponse:
    """The predefined roles, on first use."""
    _require(desk, _SETTING_UP)
    office.set_up_roles(desk.ctx, office.office_of(desk.admin_realm))
    messages.success(request, _("The roles are there. Invite somebody, or change the role of who is here."))
    return see_other(request, _LIST)


@require_http_methods(["GET", "HEAD", "POST"])
@administrator("identities:read")
@dangerous(_lazy("Change role"))
def detail(request: HttpRequest, desk: Desk, identity_id: str) -> HttpResponse:
    desk.require("roles:read")
    here, person = _person(desk, identity_id)
    held = office.roles_held(here, [person.pk]).get(person.pk, [])
    if request.method == "POST":
        _require(desk, _CHANGING)
    form = ChangeRoleForm(request.POST if request.method == "POST" else None, roles=_offered(desk, here), held=held)
    if form.is_valid() and _changed(desk, here, person, form):
        told = _("%(name)s: %(role)s, from now on.")
        messages.success(request, told % {"name": person.display_name, "role": form.chosen.display_name})
        return see_other(request, _url(person))
    context = {
        "person": person,
        "held": held,
        "form": form,
        "url": _url(person),
        "identity_url": realm_url(desk.admin_realm, f"identities/{person.pk}"),
        "passkeys": _passkeys(desk, [person]).get(person.pk, 0),
        "sees_passkeys": desk.may("credentials:read"),
        "is_self": person.pk == desk.administrator.pk,
        "may_change": _may(desk, _CHANGING) and person.pk != desk.administrator.pk,
        "may_invite": desk.may("credential-binding-jobs:create"),
        "crumbs": _crumbs({"label": person.display_name}),
    }
    context |= own_events.of_thing(desk, person.pk, desk.admin_realm)
    return page(request, desk, "administrators/detail.html", context, status=form_status(form))


def _changed(desk: Desk, here: Office, person: Any, form: ChangeRoleForm) -> bool:
    try:
        problem = _refused(desk, lambda: office.change_role(desk.ctx, here, person, form.chosen, seen=form.seen_roles))
    except ChangedMeanwhile:
        form.show_both(office.roles_held(here, [person.pk]).get(person.pk, []))
        return False
    if problem:
        form.add_error(None, problem)
    return not problem


@require_POST
@administrator("credential-binding-jobs:create")
@dangerous(_lazy("Send link"))
def link(request: HttpRequest, desk: Desk, identity_id: str) -> HttpResponse:
    """Another link, when the first was lost or a device was."""
    here, person = _person(desk, identity_id)
    office.send_link(desk.ctx, here, person)
    messages.success(request, _("A link is on its way to %(address)s.") % {"address": person.primary_email_address})
    return see_other(request, _url(person))


@require_http_methods(["GET", "HEAD", "POST"])
@administrator("groups:update")
@dangerous(_lazy("Remove administrator"))
def remove(request: HttpRequest, desk: Desk, identity_id: str) -> HttpResponse:
    """A page that asks, and says who would be locked out."""
    _require(desk, ("identities:read", *_CHANGING))
    here, person = _person(desk, identity_id)
    problem = ""
    if request.method == "POST":
        problem = _refused(desk, lambda: office.remove_administrator(desk.ctx, here, person))
        if not problem:
            told = _("%(name)s can no longer enter the console.")
            messages.success(request, told % {"name": person.display_name})
            return see_other(request, _LIST)
    crumbs = _crumbs({"label": person.display_name, "url": _url(person)}, {"label": _("Remove")})
    context = {"person": person, "url": _url(person), "problem": problem, "crumbs": crumbs}
    return page(request, desk, "administrators/remove.html", context, status=409 if problem else 200)


def _person(desk: Desk, identity_id: str) -> tuple[Office, Any]:
    """Raises NotFound for whoever is no administrator."""
    here = office.office_of(desk.admin_realm)
    person = office.administrators_in(here).filter(pk=identity_id).first()
    if person is None:
        raise NotFound("Identity", identity_id)
    return here, person


def _refused(desk: Desk, verb: Any) -> str:
    """Why it was not done, with the names of whom it is about; "" when it was."""
    try:
        verb()
    except (LastAdministrator, WouldLockOut) as refusal:
        told = _("Nothing was changed: %(why)s (%(names)s)")
        return told % {"why": refusal.message, "names": _names(desk, refusal)}
    except OwnIdentity:
        return _("Nothing was changed: ask another administrator, so that nobody locks themselves out.")
    except (BeyondOwnScopes, Conflict) as refusal:
        return sentence(refusal.message)
    return ""


def _names(desk: Desk, refusal: Refusal) -> str:
    people = directory.identities_in(desk.admin_realm).filter(pk__in=refusal.facts.get("identity_ids", ()))
    return ", ".join(people.order_by("display_name").values_list("display_name", flat=True)[:5])


def _offered(desk: Desk, here: Office) -> list[Any]:
    """Nobody hands on scopes that they do not hold."""
    return [role for role in office.roles_offered(here) if desk.scopes.issuperset(role.scopes)]


def _lines(desk: Desk, here: Office, people: list[Any]) -> list[dict[str, Any]]:
    held = office.roles_held(here, [person.pk for person in people])
    passkeys = _passkeys(desk, people)
    return [
        {
            "row": person,
            "roles": ", ".join(role.display_name for role in held.get(person.pk, ())),
            "is_self": person.pk == desk.administrator.pk,
            "passkeys": passkeys.get(person.pk, 0),
            "told": _told(passkeys.get(person.pk, 0)) if desk.may("credentials:read") else "",
        }
        for person in people
    ]


def _passkeys(desk: Desk, people: list[Any]) -> dict[str, int]:
    if not desk.may("credentials:read"):
        return {}
    return credentials.active_counts(desk.admin_realm, [person.pk for person in people])


def _told(passkeys: int) -> str:
    if not passkeys:
        return _("None yet")
    return ngettext("%(count)s passkey", "%(count)s passkeys", passkeys) % {"count": passkeys}


def _may(desk: Desk, scopes: tuple[str, ...]) -> bool:
    return desk.scopes.issuperset(scopes)


def _require(desk: Desk, scopes: tuple[str, ...]) -> None:
    for scope in scopes:
        desk.require(scope)


def _url(person: Any) -> str:
    return f"{_LIST}/{person.pk}"


def _crumbs(*further: dict[str, str]) -> list[dict[str, str]]:
    return [{"label": _("Administrators"), "url": _LIST}, *further]
