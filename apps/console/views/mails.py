"""How the realm words its mails: each kind, what it may name, what it will look like, and one to try."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.html import escape
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.console.access import Desk, administrator, see_other, sentence
from apps.console.forms.branding import WORDS, WordingForm, words_of
from apps.console.forms.violations import add_violations
from apps.console.render import form_status, page, realm_url
from apps.console.views.branding import for_our_frame, may_hold_frames
from apps.core.errors import Invalid
from apps.core.rows import ChangedMeanwhile
from apps.realms import email_templates as mails
from apps.realms import trial_mails
from apps.realms.mail_kinds import KINDS
from apps.realms.trial_mails import NowhereToSend
from apps.web import limits

_TITLES = {
    "binding_link": (_lazy("Invitation"), _lazy("The link with which somebody creates a passkey.")),
    "one_time_password": (
        _lazy("One-time code"),
        _lazy("The code with which somebody proves that the address is theirs."),
    ),
    "recovery": (_lazy("Recovery"), _lazy("The way back in for who has lost their passkey.")),
    "security_notice": (_lazy("Security notice"), _lazy("Tells somebody what happened to their account.")),
}
_LENGTH = 25_000


@require_safe
@administrator("themes:read")
def index(request: HttpRequest, desk: Desk) -> HttpResponse:
    here = realm_url(desk.realm, "mails")
    context = {
        "listed": [
            {"wording": each, **_titles(each.kind), "url": f"{here}/{each.kind}"}
            for each in mails.wordings_in(desk.realm)
        ],
        "crumbs": [{"label": _("Mails")}],
    }
    return page(request, desk, "mails/index.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@administrator("themes:read")
def edit(request: HttpRequest, desk: Desk, kind: str) -> HttpResponse:
    wording = mails.get_wording(desk.realm, kind)
    data = request.POST if request.method == "POST" else None
    form = WordingForm(data, stored=words_of(wording), read_at=wording.updated_at)
    if data is not None:
        desk.require("themes:update")
    if form.is_valid() and _saved(desk, kind, form):
        messages.success(request, _("Saved. The next mail of this kind reads so."))
        return see_other(request, _url(desk, kind))
    context = {
        "form": form,
        "wording": wording,
        "variables": [{"name": f"{{{{ {name} }}}}", "known": known} for name, known in KINDS[kind].variables.items()],
        "url": _url(desk, kind),
        "may_change": desk.may("themes:update"),
        **_titles(kind),
        "crumbs": [{"label": _("Mails"), "url": realm_url(desk.realm, "mails")}, {"label": _titles(kind)["title"]}],
    }
    return may_hold_frames(page(request, desk, "mails/edit.html", context, status=form_status(form)))


@require_POST
@administrator("themes:read")
def preview(request: HttpRequest, desk: Desk, kind: str) -> HttpResponse:
    """The message as it would be with what is typed, for a frame: its own styles, no script, nothing that leads anywhere."""
    mails.get_wording(desk.realm, kind)
    try:
        html = trial_mails.preview(desk.realm, kind, _typed(request))["html"]
    except Invalid as refusal:
        said = "".join(f"<li>{escape(each.field)}: {escape(each.description)}</li>" for each in refusal.violations)
        html = f"<!doctype html><meta charset=utf-8><title>{escape(_('Not yet'))}</title><ul>{said}</ul>"
    response = for_our_frame(HttpResponse(html))
    allowed = {
        "style-src": ["'unsafe-inline'"],
        "img-src": ["https:", "'self'"],
        "default-src": ["'none'"],
        "sandbox": True,
    }
    response._csp_replace = {**allowed, "frame-ancestors": ["'self'"]}  # type: ignore[attr-defined]
    return response


@require_POST
@administrator("themes:update")
def send(request: HttpRequest, desk: Desk, kind: str) -> HttpResponse:
    """One to the administrator who asks, with what is typed."""
    me = desk.administrator
    mails.get_wording(desk.realm, kind)
    limits.spend(limits.TEST_MAILS, me.pk)
    address = me.primary_email_address
    try:
        trial_mails.send_test(
            desk.ctx, desk.realm, kind, _typed(request), recipient=address, display_name=me.display_name
        )
    except Invalid as refusal:
        messages.error(request, "; ".join(f"{each.field}: {each.description}" for each in refusal.violations))
    except NowhereToSend as refusal:
        messages.error(request, sentence(refusal.message))
    else:
        messages.success(request, _("A test is on its way to %(address)s.") % {"address": address})
    return see_other(request, _url(desk, kind))


@require_POST
@administrator("themes:update")
def reset(request: HttpRequest, desk: Desk, kind: str) -> HttpResponse:
    mails.reset_wording(desk.ctx, desk.realm, kind)
    messages.success(request, _("It reads as it came."))
    return see_other(request, _url(desk, kind))


def _saved(desk: Desk, kind: str, form: WordingForm) -> bool:
    try:
        mails.update_wording(desk.ctx, desk.realm, kind, seen_at=form.seen_at, **form.changes())
    except Invalid as refusal:
        add_violations(form, refusal, WORDS)
    except ChangedMeanwhile:
        fresh = mails.get_wording(desk.realm, kind)
        form.show_both(words_of(fresh), fresh.updated_at)
    else:
        return True
    return False


def _typed(request: HttpRequest) -> dict[str, Any]:
    return {
        path.partition(".")[2]: request.POST[field][:_LENGTH] for path, field in WORDS.items() if field in request.POST
    }


def _titles(kind: str) -> dict[str, str]:
    title, text = _TITLES.get(kind, (kind, ""))
    return {"title": str(title), "about": str(text)}


def _url(desk: Desk, kind: str) -> str:
    return realm_url(desk.realm, f"mails/{kind}")
