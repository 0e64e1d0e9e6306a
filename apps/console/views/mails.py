"""How the realm words its mails: each kind, what it may name, what it will look like, and one to try."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language_info
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.console import own_events
from apps.console.access import Desk, administrator, see_other, sentence
from apps.console.forms.branding import WORDS, WordingForm, words_of
from apps.console.forms.violations import add_violations
from apps.console.mail_titles import TITLES
from apps.console.questions import Question, ask
from apps.console.render import form_status, fragment, page, realm_url, wants_fragment
from apps.console.views.branding_previews import for_our_frame, mail_in_frame, may_hold_frames, scheme_of
from apps.core.errors import Invalid, RateLimited
from apps.core.rows import ChangedMeanwhile
from apps.realms import email_templates as mails
from apps.realms import trial_mails
from apps.realms.mail_kinds import KINDS
from apps.realms.trial_mails import NowhereToSend
from apps.web import limits

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
    return _shown(request, desk, wording, form)


@require_POST
@administrator("themes:read")
def preview(request: HttpRequest, desk: Desk, kind: str) -> HttpResponse:
    """The message as it would be with what is typed, for a frame: its own styles, no script, nothing that leads anywhere.
    `shown` in the address is "text" for the part without HTML."""
    mails.get_wording(desk.realm, kind)
    try:
        message = trial_mails.preview(desk.realm, kind, _typed(request))
    except Invalid as refusal:
        told = {"wrong": _wrong(refusal), "scheme": scheme_of(request)}
        return for_our_frame(render(request, "console/mails/wrong.html", told))
    if request.GET.get("shown") == "text":
        shown = {"message": message, "scheme": scheme_of(request)}
        return for_our_frame(render(request, "console/mails/text.html", shown))
    return mail_in_frame(message["html"], scheme_of(request), subject=message["subject"])


@require_POST
@administrator("themes:update")
def send(request: HttpRequest, desk: Desk, kind: str) -> HttpResponse:
    """One to the administrator who asks, with what is typed, which stays in the form, saved or not."""
    wording = mails.get_wording(desk.realm, kind)
    told = _sent(request, desk, kind)
    if wants_fragment(request):
        return fragment(request, desk, "mails/_sent.html", told)
    form = WordingForm(request.POST, stored=words_of(wording), read_at=wording.updated_at)
    return _shown(request, desk, wording, form, told, status=200 if "sent_to" in told else 422)


def _sent(request: HttpRequest, desk: Desk, kind: str) -> dict[str, str]:
    """What templates/console/mails/_sent.html shows."""
    me = desk.administrator
    address = me.primary_email_address
    try:
        limits.spend(limits.TEST_MAILS, me.pk)
        trial_mails.send_test(
            desk.ctx, desk.realm, kind, _typed(request), recipient=address, display_name=me.display_name
        )
    except Invalid as refusal:
        return {"not_sent": "; ".join(_wrong(refusal))}
    except RateLimited:
        return {"not_sent": _("Ten tests an hour are the most. Try again later.")}
    except NowhereToSend as refusal:
        return {"not_sent": sentence(refusal.message)}
    return {"sent_to": address}


@require_http_methods(["GET", "HEAD", "POST"])
@administrator("themes:update")
def reset(request: HttpRequest, desk: Desk, kind: str) -> HttpResponse:
    """GET asks, where no dialog could."""
    if request.method != "POST":
        mails.get_wording(desk.realm, kind)
        return ask(request, desk, _resetting(desk, kind), _url(desk, kind), _crumbs(desk, kind, _("Reset")))
    mails.reset_wording(desk.ctx, desk.realm, kind)
    messages.success(request, _("It reads as it came."))
    return see_other(request, _url(desk, kind))


def _variables(kind: str) -> list[dict[str, Any]]:
    return [
        {
            "token": f"{{{{ {name} }}}}",
            "about": _(known.about),
            "sample": known.sample,
            "needed": known.needed,
        }
        for name, known in KINDS[kind].variables.items()
    ]


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


def _shown(
    request: HttpRequest, desk: Desk, wording: Any, form: WordingForm, told: Any = None, *, status: int = 0
) -> HttpResponse:
    kind = wording.kind
    context = {
        "form": form,
        "wording": wording,
        "variables": _variables(kind),
        "languages": [get_language_info(code)["name_local"].capitalize() for code, _name in settings.LANGUAGES],
        "url": _url(desk, kind),
        "may_change": desk.may("themes:update"),
        **_titles(kind),
        **own_events.of_thing(desk, kind),
        "reset": _resetting(desk, kind),
        "crumbs": _crumbs(desk, kind),
        **(told or {}),
    }
    return may_hold_frames(page(request, desk, "mails/edit.html", context, status=status or form_status(form)))


def _wrong(refusal: Invalid) -> list[str]:
    """Each violation behind the name of its field."""
    labels = {path: WordingForm.base_fields[field].label for path, field in WORDS.items()}
    return [f"{labels.get(each.field, each.field)}: {sentence(each.description)}" for each in refusal.violations]


def _typed(request: HttpRequest) -> dict[str, Any]:
    return {
        path.partition(".")[2]: request.POST[field][:_LENGTH] for path, field in WORDS.items() if field in request.POST
    }


def _resetting(desk: Desk, kind: str) -> Question:
    return Question(_("Word it as it came?"), _("Your wording is lost."), _("Reset"), f"{_url(desk, kind)}/reset")


def _crumbs(desk: Desk, kind: str, *further: str) -> list[dict[str, str]]:
    return [
        {"label": _("Mails"), "url": realm_url(desk.realm, "mails")},
        {"label": _titles(kind)["title"], "url": _url(desk, kind)},
        *({"label": label} for label in further),
    ]


def _titles(kind: str) -> dict[str, str]:
    title, text = TITLES.get(kind, (kind, ""))
    return {"title": str(title), "about": str(text)}


def _url(desk: Desk, kind: str) -> str:
    return realm_url(desk.realm, f"mails/{kind}")
