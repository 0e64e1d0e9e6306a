"""Event streams at the console: where the record goes, how each fares, what became of every batch."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.console import curls, own_events
from apps.console.access import Desk, administrator, see_other
from apps.console.dangerous import dangerous
from apps.console.event_words import type_label
from apps.console.forms.streams import KIND_CARDS, NewStreamForm, StreamForm, stored
from apps.console.forms.versioned import read_version
from apps.console.forms.violations import add_violations
from apps.console.listing import address, asked_of, beside
from apps.console.render import form_status, listed_page, page, realm_url
from apps.console.stream_pages import DELIVERIES, delivery_line, stream_line, stream_url, streams_crumb, target_of
from apps.console.undo import undo
from apps.core.errors import Invalid
from apps.core.rows import NEWEST, ChangedMeanwhile, walk
from apps.streams import selectors as streams
from apps.streams import services as verbs
from apps.streams import trials
from apps.streams.kinds import KINDS
from apps.web.states import state_words

_SHOWN = 20


@require_safe
@administrator("event-streams:read")
def index(request: HttpRequest, desk: Desk) -> HttpResponse:
    here, asked = realm_url(desk.realm, "streams"), asked_of(request, streams.STREAM_SORTS)
    shown = streams.page_of_event_streams(desk.realm, text=asked.text, **asked.steps)
    health = streams.health_of(*shown.rows)
    context = {
        "listed": [stream_line(desk, each, health[each.pk]) for each in shown.rows],
        "asked": asked.text,
        "url": here,
        **beside(here, shown, asked),
        "crumbs": [streams_crumb(desk)],
        "curls": curls.of_event_streams(desk.realm),
    }
    if desk.may("event-streams:create"):
        context["new_url"] = realm_url(desk.realm, "streams/new")
    return listed_page(request, desk, "streams", context)


@require_http_methods(["GET", "HEAD", "POST"])
@administrator("event-streams:create")
@dangerous(_lazy("Create stream"))
def new(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Cards to choose from; `?type=` is the form of one. Where a secret is made, the answer is the page that shows it."""
    kind, here = request.GET.get("type", ""), realm_url(desk.realm, "streams/new")
    crumbs = [streams_crumb(desk), {"label": _("Create stream")}]
    if kind not in KINDS:
        cards = [
            {"name": name, "icon": icon, "text": text, "url": address(here, type=each)}
            for each, (name, icon, text) in KIND_CARDS.items()
        ]
        return page(request, desk, "streams/choose.html", {"cards": cards, "crumbs": crumbs})
    form = NewStreamForm(request.POST if request.method == "POST" else None, kind=kind)
    if form.is_valid():
        given = {"display_name": form.cleaned_data["name"], "settings": form.settings(), **form.filters()}
        try:
            made = verbs.create_event_stream(desk.ctx, desk.realm, type=kind, **given)
        except Invalid as refusal:
            add_violations(form, refusal, form.paths)
        else:
            messages.success(request, _("“%(name)s” is on its way: send it a test event.") % {"name": made.stream})
            return _show_secret(request, desk, made) or see_other(request, stream_url(desk, made.stream))
    context = {"form": form, "kind": KIND_CARDS[kind][0], "choose_url": here, "crumbs": crumbs}
    return page(request, desk, "streams/new.html", context, status=form_status(form))


@require_safe
@administrator("event-streams:read")
def detail(request: HttpRequest, desk: Desk, stream_id: str) -> HttpResponse:
    stream = streams.get_event_stream(desk.realm, stream_id)
    context = {**_about(desk, stream), **_deliveries(request, desk, stream)}
    context["curls"] = curls.of_event_stream(desk.realm, stream)
    context |= own_events.of_thing(desk, stream.pk)
    return page(request, desk, "streams/detail.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@administrator("event-streams:update")
@dangerous(_lazy("Change stream"))
def edit(request: HttpRequest, desk: Desk, stream_id: str) -> HttpResponse:
    stream = streams.get_event_stream(desk.realm, stream_id)
    form = StreamForm(request.POST if request.method == "POST" else None, row=stream)
    if form.is_valid():
        given = {"display_name": form.cleaned_data["name"], "settings": form.settings(), **form.filters()}
        try:
            verbs.update_event_stream(desk.ctx, stream, seen_at=form.seen_at, **given)
        except Invalid as refusal:
            add_violations(form, refusal, form.paths)
        except ChangedMeanwhile:
            fresh = streams.get_event_stream(desk.realm, stream_id)
            form.show_both(stored(fresh), fresh.updated_at)
        else:
            messages.success(request, _("Saved. What is waiting is tried at once."))
            return see_other(request, stream_url(desk, stream))
    context = _about(desk, stream, _("Settings")) | {"form": form}
    return page(request, desk, "streams/edit.html", context, status=form_status(form))


@require_POST
@administrator("event-streams:update")
def test(request: HttpRequest, desk: Desk, stream_id: str) -> HttpResponse:
    stream = streams.get_event_stream(desk.realm, stream_id)
    told = trials.send_test_event(desk.ctx, stream)
    words = {"name": stream.display_name, "problem": told.problem, "ms": told.latency_ms, "status": told.status_code}
    if told.problem:
        messages.error(request, _("The test event did not arrive: %(problem)s (%(ms)d ms).") % words)
    elif told.status_code:
        messages.success(request, _("The test event arrived: %(status)d after %(ms)d ms.") % words)
    else:
        messages.success(request, _("The test event was taken after %(ms)d ms.") % words)
    return see_other(request, stream_url(desk, stream))


@require_POST
@administrator("event-streams:update")
def switch(request: HttpRequest, desk: Desk, stream_id: str) -> HttpResponse:
    stream = streams.get_event_stream(desk.realm, stream_id)
    enabled = request.POST.get("enabled") == "yes"
    verbs.update_event_stream(desk.ctx, stream, enabled=enabled)
    if enabled:
        told = _("The stream goes on where it was paused. {}")
    else:
        told = _("The stream is paused. It keeps its place. {}")
    here = stream_url(desk, stream)
    messages.success(request, format_html(told, undo(f"{here}/switch", "enabled", "no" if enabled else "yes")))
    return see_other(request, here)


@require_POST
@administrator("event-streams:update")
def replay(request: HttpRequest, desk: Desk, stream_id: str) -> HttpResponse:
    stream = streams.get_event_stream(desk.realm, stream_id)
    count = verbs.replay_dead_letters(desk.ctx, stream)
    told = ngettext("%(count)d batch is sent again.", "%(count)d batches are sent again.", count) % {"count": count}
    messages.success(request, told)
    return see_other(request, stream_url(desk, stream))


@require_http_methods(["GET", "HEAD", "POST"])
@administrator("event-streams:update")
@dangerous(_lazy("Make new secret"))
def rotate_secret(request: HttpRequest, desk: Desk, stream_id: str) -> HttpResponse:
    """Of a webhook. The form carries the version it was asked for, so that a reload makes no second one."""
    stream = streams.get_event_stream(desk.realm, stream_id)
    if request.method == "POST":
        try:
            made = verbs.rotate_secret(desk.ctx, stream, seen_at=read_version(request.POST.get("version", "")))
        except ChangedMeanwhile:
            messages.error(request, _("No new secret was made: the stream changed since you opened the page."))
            return see_other(request, stream_url(desk, stream))
        return _show_secret(request, desk, made, rotated=True) or see_other(request, stream_url(desk, stream))
    return page(request, desk, "streams/rotate.html", _about(desk, stream, _("New secret")))


@require_http_methods(["GET", "HEAD", "POST"])
@administrator("event-streams:delete")
@dangerous(_lazy("Delete stream"))
def delete(request: HttpRequest, desk: Desk, stream_id: str) -> HttpResponse:
    stream = streams.get_event_stream(desk.realm, stream_id)
    problem, status = "", 200
    if request.method == "POST":
        if request.POST.get("confirmation", "").strip() == stream.display_name:
            verbs.delete_event_stream(desk.ctx, stream)
            messages.success(request, _("“%(name)s” is deleted.") % {"name": stream.display_name})
            return see_other(request, realm_url(desk.realm, "streams"))
        problem, status = _("What you typed is not the stream's name."), 422
    context = _about(desk, stream, _("Delete")) | {"problem": problem}
    return page(request, desk, "streams/delete.html", context, status=status)


def _show_secret(request: HttpRequest, desk: Desk, made: Any, *, rotated: bool = False) -> HttpResponse | None:
    """None where there is none to show."""
    if "secret" not in made.made:
        return None
    context = _about(desk, made.stream) | {"secret": made.made["secret"], "rotated": rotated}
    return page(request, desk, "streams/secret.html", context)


def _about(desk: Desk, stream: Any, here: str = "") -> dict[str, Any]:
    health = streams.health_of(stream)[stream.pk]
    url = stream_url(desk, stream)
    crumbs: list[dict[str, str]] = [streams_crumb(desk), {"label": stream.display_name, "url": url}]
    return {
        "stream": stream,
        "types": [type_label(each) for each in stream.types],
        "outcomes": [state_words(each) for each in stream.outcomes],
        "line": stream_line(desk, stream, health),
        "health": health,
        "target": target_of(stream),
        "url": url,
        "version": stream.updated_at.isoformat(),
        "makes_secrets": bool(KINDS[stream.type].make_secrets()),
        "may_change": desk.may("event-streams:update"),
        "may_delete": desk.may("event-streams:delete"),
        "crumbs": [*crumbs, {"label": here}] if here else crumbs,
    }


def _deliveries(request: HttpRequest, desk: Desk, stream: Any) -> dict[str, Any]:
    """One page of the log, newest first, and the states to filter it by."""
    wanted = request.GET.get("state", "")
    wanted = wanted if wanted in DELIVERIES else ""
    here = stream_url(desk, stream)
    every = streams.deliveries_of(stream)
    before, after = request.GET.get("before", ""), request.GET.get("after", "")
    shown = walk(every, streams.deliveries_of(stream, wanted), NEWEST, before, after, _SHOWN)
    chips = [{"label": _("All"), "url": here, "current": not wanted}]
    chips += [
        {"label": word, "url": address(here, state=state), "current": state == wanted}
        for state, (word, _tone) in DELIVERIES.items()
    ]
    return {
        "deliveries": [delivery_line(each) for each in shown.rows],
        "is_filtered": bool(wanted),
        "filters": chips,
        "newer_url": address(here, state=wanted, before=shown.before) if shown.before else "",
        "older_url": address(here, state=wanted, after=shown.after) if shown.after else "",
    }
