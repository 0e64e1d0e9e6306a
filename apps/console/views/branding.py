"""Branding: a draft of the realm's name, logo and colours beside what people will see of it, until it is published."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from apps.console import own_events
from apps.console.access import Desk, administrator, see_other, sentence
from apps.console.forms.branding import FIELDS, LOGOS, BrandingForm, differences, form_look
from apps.console.forms.violations import add_violations
from apps.console.questions import Question, ask
from apps.console.render import form_status, fragment, page, realm_url
from apps.console.undo import undo
from apps.console.views.branding_previews import contrast_told, may_hold_frames
from apps.core.errors import Invalid, NotFound
from apps.core.rows import ChangedMeanwhile
from apps.events.types import EventType
from apps.realms import logos, pictures, theme_drafts
from apps.realms import selectors as realms
from apps.realms.theme_drafts import HardToRead


@require_http_methods(["GET", "HEAD", "POST"])
@administrator("themes:read")
def edit(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Saving changes the draft, which administrators alone see."""
    form = _form(request, desk)
    if request.method == "POST":
        desk.require("themes:update")
    if form.is_valid() and _done(desk, form, theme_drafts.keep_draft, seen_at=form.seen_at):
        messages.success(request, _("Saved in the draft. Nobody else sees it until you publish."))
        return see_other(request, realm_url(desk.realm, "branding"))
    return _shown(request, desk, form)


@require_POST
@administrator("themes:update")
def publish(request: HttpRequest, desk: Desk) -> HttpResponse:
    """What is typed goes live, saved in the draft before or not: it is what the administrator has just looked at."""
    if realms.theme_of(desk.realm)._state.adding:
        desk.require("themes:create")
    form = _form(request, desk)
    if form.is_valid():
        accepted = request.POST.get("accept_contrast") == "on"
        seen = {"seen_at": form.seen_at, "live_seen_at": form.live_seen_at}
        if _done(desk, form, theme_drafts.publish_draft, accept_contrast=accepted, **seen):
            messages.success(request, _("Published. Pages and mails look so from now on."))
            return see_other(request, realm_url(desk.realm, "branding"))
    return _shown(request, desk, form)


@require_http_methods(["GET", "HEAD", "POST"])
@administrator("themes:update")
def discard(request: HttpRequest, desk: Desk) -> HttpResponse:
    """GET asks, where no dialog could."""
    if request.method != "POST":
        return _ask(request, desk, _discarding(desk))
    theme_drafts.discard_draft(desk.ctx, desk.realm)
    messages.success(request, _("The draft is discarded. What is published stands."))
    return see_other(request, realm_url(desk.realm, "branding"))


@require_http_methods(["GET", "HEAD", "POST"])
@administrator("themes:update")
def reset(request: HttpRequest, desk: Desk) -> HttpResponse:
    """The default look. What was live is the draft from then on, unless there is another: the toast publishes it again.
    GET asks, where no dialog could."""
    if request.method != "POST":
        return _ask(request, desk, _resetting(desk, realms.theme_draft_of(desk.realm)))
    live = realms.theme_of(desk.realm)
    told = _("The default look is live.")
    if not live._state.adding and theme_drafts.reset_theme(desk.ctx, live):
        told = _("The default look is live. What was live before is your draft now.")
        if desk.may("themes:create"):
            draft = realms.theme_draft_of(desk.realm)
            back = undo(realm_url(desk.realm, "branding/restore"), "draft", draft.updated_at.isoformat())
            told = format_html("{} {}", told, back)
    messages.success(request, told)
    return see_other(request, realm_url(desk.realm, "branding"))


@require_POST
@administrator("themes:update")
def restore(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Takes the default look back: what was laid aside is live again, as it was, however hard it is to read."""
    desk.require("themes:create")
    draft = realms.theme_draft_of(desk.realm)
    if draft._state.adding or draft.updated_at.isoformat() != request.POST.get("draft"):
        messages.error(request, _("Somebody changed the draft meanwhile. Look at it before you publish it."))
    else:
        _bring_back(request, desk, draft)
    return see_other(request, realm_url(desk.realm, "branding"))


def _bring_back(request: HttpRequest, desk: Desk, draft: Any) -> None:
    seen = {"seen_at": draft.updated_at, "live_seen_at": draft.based_on}
    try:
        theme_drafts.publish_draft(desk.ctx, desk.realm, accept_contrast=True, **seen)
    except ChangedMeanwhile as refusal:
        messages.error(request, sentence(refusal.message))
    else:
        messages.success(request, _("Your look is live again."))


@require_POST
@administrator("themes:update")
def upload(request: HttpRequest, desk: Desk, name: str) -> HttpResponse:
    """A picture that was just chosen: kept at once, so that the preview shows it. The field, with its address in it."""
    if name not in LOGOS:
        raise NotFound
    form = BrandingForm(request.POST, request.FILES, stored={}, read_at=realms.NEVER_CHANGED)
    form.full_clean()
    form.set_logo(name, form.data.get(name, "")[:2048])
    status = 200 if _keep_logos(desk, form, name) else 422
    return fragment(request, desk, "branding/_logo.html", _of_logo(desk, form, name), status=status)


def _form(request: HttpRequest, desk: Desk) -> BrandingForm:
    draft, live = realms.theme_draft_of(desk.realm), realms.theme_of(desk.realm)
    posted = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    return BrandingForm(
        *posted, stored=form_look(draft), read_at=draft.updated_at, live_read_at=realms.version_of(live)
    )


def _done(desk: Desk, form: BrandingForm, verb: Any, **seen: Any) -> bool:
    """Whether the verb did it; else the form says why not."""
    kept = [_keep_logos(desk, form, name) for name in LOGOS]
    if not all(kept):
        return False
    try:
        verb(desk.ctx, desk.realm, **form.look(), **seen)
    except Invalid as refusal:
        add_violations(form, refusal, FIELDS)
    except HardToRead:
        form.add_error("color", _("Hard to read: choose colours further apart, or say below that it is to be so."))
    except ChangedMeanwhile:
        draft, live = realms.theme_draft_of(desk.realm), realms.theme_of(desk.realm)
        form.show_both(form_look(draft), draft.updated_at, realms.version_of(live))
    else:
        return True
    return False


def _keep_logos(desk: Desk, form: BrandingForm, name: str) -> bool:
    """Takes in the file that was chosen for one logo, and puts its address where the field's text was."""
    file = form.cleaned_data.get(LOGOS[name])
    if file is None:
        return not form.has_error(LOGOS[name])
    try:
        logo = logos.keep_logo(desk.ctx, desk.realm, file.read(), field=name)
    except Invalid as refusal:
        add_violations(form, refusal, {name: name})
        return False
    form.set_logo(name, logos.address_of(logos.path_of(logo)))
    return True


def _shown(request: HttpRequest, desk: Desk, form: BrandingForm) -> HttpResponse:
    draft, live = realms.theme_draft_of(desk.realm), realms.theme_of(desk.realm)
    is_draft = not draft._state.adding
    url = realm_url(desk.realm, "branding")
    context = {
        "form": form,
        "url": url,
        "draft": draft if is_draft else None,
        "is_new": live._state.adding,
        "live_differences": differences(live, draft) if is_draft else [],
        "is_overtaken": is_draft and draft.based_on != realms.version_of(live),
        "logos": [_of_logo(desk, form, name) for name in LOGOS],
        "contrast": contrast_told(form["color"].value(), form["text_color"].value()),
        "discard": _discarding(desk),
        "reset": _resetting(desk, draft),
        "may_change": desk.may("themes:update"),
        "may_publish": desk.may("themes:update") and (not live._state.adding or desk.may("themes:create")),
        "crumbs": [{"label": _("Branding")}],
        **own_events.of_type(desk, EventType.THEME_CHANGE),
    }
    return may_hold_frames(page(request, desk, "branding/edit.html", context, status=form_status(form)))


def _ask(request: HttpRequest, desk: Desk, question: Question) -> HttpResponse:
    here = realm_url(desk.realm, "branding")
    return ask(request, desk, question, here, [{"label": _("Branding"), "url": here}, {"label": question.label}])


def _discarding(desk: Desk) -> Question:
    text = _("Every change since the last publish is lost. What is published stands.")
    return Question(_("Discard the draft?"), text, _("Discard draft"), realm_url(desk.realm, "branding/discard"))


def _resetting(desk: Desk, draft: Any) -> Question:
    if draft._state.adding:
        text = _("What is live now becomes the draft, so that you can publish it again.")
    else:
        text = _("Your draft stays as it is. What is live now is lost.")
    url = realm_url(desk.realm, "branding/reset")
    return Question(_("Use the default look?"), text, _("Use the default look"), url, is_grave=False)


def _of_logo(desk: Desk, form: BrandingForm, name: str) -> dict[str, Any]:
    """What templates/console/branding/_logo.html shows. Only what is kept here is shown: our policy lets no other in."""
    address = str(form[name].value() or "")
    return {
        "field": form[name],
        "file": form[LOGOS[name]],
        "shown": address if logos.path_in(address) else "",
        "is_dark": name == "logo_dark",
        "upload_url": realm_url(desk.realm, f"branding/logos/{name}"),
        "may_change": desk.may("themes:update"),
        "most_bytes": pictures.MOST_BYTES,
    }
