"""A person's passkeys and the links that make them: show, invite, revoke."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_http_methods, require_safe
from django_htmx.http import trigger_client_event

from apps.authenticators import selectors as authenticators
from apps.console import curls, several, several_acts
from apps.console.access import Desk, administrator, see_other
from apps.console.dangerous import dangerous, in_admin_realm
from apps.console.figures import up_to
from apps.console.forms.passkeys import FIELDS, InvitationForm
from apps.console.forms.violations import add_violations
from apps.console.questions import Question, ask
from apps.console.render import form_status, fragment, page, realm_url, wants_fragment
from apps.console.views.jobs import withdrawing
from apps.core.errors import Invalid
from apps.credentials import providers
from apps.credentials import selectors as credentials
from apps.credentials.services import jobs, passkeys
from apps.credentials.services.jobs import JobWithLink, MissingAddress
from apps.directory import selectors as directory
from apps.realms import selectors as realms

_JOBS_SHOWN = 5
_PASSKEYS_SHOWN = 50
_OPEN = ("LINK_SENT", "LINK_OPENED", "REQUEST_DELIVERED")


def _shows_link(request: HttpRequest, desk: Desk) -> bool:
    """Whoever reads a link can become the person; a mailed one reaches the person alone, but for administrators'."""
    return in_admin_realm(request, desk) or request.POST.get("delivery") != "EMAIL"


@require_safe
@administrator("identities:read")
def section(request: HttpRequest, desk: Desk, identity_id: str) -> HttpResponse:
    """The passkeys of the identity's page, asked for again while a link is open; 204 while nothing changed."""
    identity = directory.get_identity(desk.realm, identity_id)
    shown = section_of(desk, identity)
    seen = request.GET.get("seen", "")
    if seen == shown["seen"]:
        return HttpResponse(status=204)
    response = fragment(request, desk, "identities/_passkeys.html", {"section": shown, "identity": identity})
    told = _news(shown["jobs"], seen, identity)
    return trigger_client_event(response, "toast", told) if told else response


@require_http_methods(["GET", "HEAD", "POST"])
@administrator("credential-binding-jobs:create")
@dangerous(_lazy("Add a passkey"), when=_shows_link)
def new(request: HttpRequest, desk: Desk, identity_id: str) -> HttpResponse:
    """ "Add a passkey": in the dialog of the identity's page, or on a page of its own."""
    identity = directory.get_identity(desk.realm, identity_id)
    form = invitation_form(desk, identity, request.POST if request.method == "POST" else None)
    if form.is_valid():
        made = _invite(desk, identity, form)
        if made is not None and made.job.delivery_method == "RETURN":
            return _show_link(request, desk, identity, made)
        if made is not None:
            sent = _("A link is on its way to %(address)s.") % {"address": identity.primary_email_address}
            messages.success(request, sent)
            return see_other(request, _url(desk, identity))
    context = {"form": form, "identity": identity, "url": _url(desk, identity)}
    context["by_api"] = invitation_by_api(desk, identity, form)
    if wants_fragment(request):
        return fragment(request, desk, "identities/_invitation.html", context, status=form_status(form))
    context["crumbs"] = _crumbs(desk, identity, _("Add a passkey"))
    return page(request, desk, "identities/invite.html", context, status=form_status(form))


@require_http_methods(["GET", "HEAD", "POST"])
@administrator("credentials:revoke")
@dangerous(_lazy("Revoke passkey"), when=in_admin_realm)
def revoke(request: HttpRequest, desk: Desk, identity_id: str, credential_id: str) -> HttpResponse:
    """GET asks, where no dialog could."""
    identity = directory.get_identity(desk.realm, identity_id)
    credential = credentials.get_credential(desk.realm, credential_id, identity)
    if request.method != "POST":
        crumbs = _crumbs(desk, identity, _("Revoke"))
        return ask(request, desk, _revoking(desk, identity, credential), _url(desk, identity), crumbs)
    passkeys.revoke_credential(desk.ctx, credential)
    told = _("Passkey revoked. %(name)s can no longer sign in with it.") % {"name": identity.display_name}
    messages.success(request, told)
    return see_other(request, _url(desk, identity))


def invitation_form(desk: Desk, identity: Any, data: Any = None) -> InvitationForm:
    return InvitationForm(data, identity=identity, configs=_configs(desk))


def invitation_by_api(desk: Desk, identity: Any, form: InvitationForm) -> Any:
    """The command that makes the same link, with the authenticator that the form begins with; None without one."""
    configs = form.configs
    return curls.binding_link(desk.realm, identity, configs[0]) if configs else None


def _configs(desk: Desk) -> list[Any]:
    """Hosted authenticators first: they need nothing else to work."""
    return sorted(authenticators.authenticator_configs_in(desk.realm), key=lambda config: not config.is_hosted)


def section_of(desk: Desk, identity: Any) -> dict[str, Any]:
    """What templates/console/identities/_passkeys.html shows. `seen` names every link and its state."""
    listed, links = [], []
    if desk.may("credentials:read"):
        rows = credentials.credentials_of(identity).order_by("state", "-id")[: _PASSKEYS_SHOWN + 1]
        listed = [_passkey(desk, identity, row) for row in rows]
    active = sum(passkey["is_active"] for passkey in listed)
    has_more, listed = len(listed) > _PASSKEYS_SHOWN, listed[:_PASSKEYS_SHOWN]
    if desk.may("credential-binding-jobs:read"):
        links = [_job(desk, identity, row) for row in credentials.jobs_of(identity).order_by("-id")[:_JOBS_SHOWN]]
    return {
        "url": f"{_url(desk, identity)}/passkeys",
        "bulk_url": f"{_url(desk, identity)}/bulk",
        "several": _several(desk, listed, links),
        "passkeys": listed,
        "active": up_to(active, _PASSKEYS_SHOWN),
        "most": _PASSKEYS_SHOWN if has_more else 0,
        "jobs": links,
        "seen": ",".join(f"{link['id']}:{link['state']}" for link in links),
        "is_live": any(link["is_open"] for link in links),
    }


def _several(desk: Desk, listed: list[dict[str, Any]], links: list[dict[str, Any]]) -> dict[str, list[several.Act]]:
    """What can be done to more than one at once, where there is more than one."""
    counts = {
        several_acts.REVOKE_PASSKEYS: sum(passkey["is_active"] for passkey in listed),
        several_acts.WITHDRAW_LINKS: sum(link["is_open"] for link in links),
    }
    return {act.name: [act] for act, count in counts.items() if count > 1 and desk.may(act.scope)}


def _passkey(desk: Desk, identity: Any, row: Any) -> dict[str, Any]:
    return {
        "id": row.pk,
        "name": row.display_name,
        "binding": row.binding,
        "provider_name": row.provider_name if row.provider_name != row.display_name else "",
        "provider_icon": providers.icon_of(row.aaguid),
        "state": row.state,
        "created_at": row.created_at,
        "last_used_at": row.last_used_at,
        "is_active": row.is_active,
        "revoke": _revoking(desk, identity, row),
    }


def _revoking(desk: Desk, identity: Any, row: Any) -> Question:
    title = _("Revoke “%(name)s”?") % {"name": row.display_name}
    text = _(
        "%(name)s can no longer sign in with it, and what it opened is closed. "
        "This cannot be undone; a new passkey can be made."
    )
    return Question(
        title,
        text % {"name": identity.display_name},
        _("Revoke passkey"),
        f"{_url(desk, identity)}/passkeys/{row.pk}/revoke",
    )


def _job(desk: Desk, identity: Any, row: Any) -> dict[str, Any]:
    state = credentials.state_of(row)
    return {
        "id": row.pk,
        "state": state,
        "is_open": state in _OPEN,
        "is_mailed": row.delivery_method == "EMAIL",
        "created_at": row.created_at,
        "expires_at": row.expires_at,
        "problem": _mail_problem(desk, row) if state == "FAILED_TO_SEND" else "",
        "withdraw": withdrawing(f"{_url(desk, identity)}/jobs/{row.pk}/revoke"),
    }


def _mail_problem(desk: Desk, row: Any) -> str:
    mail = realms.mail_about(desk.realm, jobs.ABOUT, row.pk).first()
    return mail.problem if mail else ""


def _news(links: list[dict[str, Any]], seen: str, identity: Any) -> dict[str, str] | None:
    """What to announce to somebody who last saw other states: a passkey was made, a mail could not be sent."""
    before = dict(part.partition(":")[::2] for part in seen.split(","))
    for link in links:
        if link["state"] == before.get(link["id"]) or link["id"] not in before:
            continue
        if link["state"] == "COMPLETE":
            return {"text": _("%(name)s made a passkey.") % {"name": identity.display_name}, "tone": "ok"}
        if link["state"] == "FAILED_TO_SEND":
            return {
                "text": _("The mail to %(name)s could not be sent.") % {"name": identity.display_name},
                "tone": "danger",
            }
    return None


def _invite(desk: Desk, identity: Any, form: InvitationForm) -> JobWithLink | None:
    """None when it was refused; the form then says why."""
    cleaned = form.cleaned_data
    try:
        return jobs.create_job(
            desk.ctx,
            identity,
            delivery_method=cleaned["delivery"],
            authenticator_config=authenticators.get_authenticator_config(desk.realm, cleaned["authenticator"]),
            post_binding_redirect_uri=cleaned["redirect"],
            expires_after=form.expires_after,
        )
    except Invalid as refusal:
        add_violations(form, refusal, FIELDS)
    except MissingAddress:
        form.add_error("delivery", _("There is no e-mail address to send it to."))
    return None


def _show_link(request: HttpRequest, desk: Desk, identity: Any, made: JobWithLink) -> HttpResponse:
    context = {"identity": identity, "link": made.link, "job": made.job, "url": _url(desk, identity)}
    if wants_fragment(request):
        return fragment(request, desk, "identities/_link.html", context)
    context["crumbs"] = _crumbs(desk, identity, _("Add a passkey"))
    return page(request, desk, "identities/link.html", context)


def _url(desk: Desk, identity: Any) -> str:
    return realm_url(desk.realm, f"identities/{identity.pk}")


def _crumbs(desk: Desk, identity: Any, last: str) -> list[dict[str, str]]:
    return [
        {"label": _("Identities"), "url": realm_url(desk.realm, "identities")},
        {"label": identity.display_name, "url": _url(desk, identity)},
        {"label": last},
    ]
