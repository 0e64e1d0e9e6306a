"""Several things of a list at once, as many as a page shows: asked about first, then done one after the other, each by the
verb, with the event and under the guards of a single one. What could not be done is told and spares the rest. Whatever may
be many more, people, is the worker's (bulk.py)."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from apps.console.access import Desk, closed, see_other, sentence
from apps.console.forms.several import SeveralForm
from apps.console.recorded_words import CODES, reader_words
from apps.console.render import form_status, page
from apps.core.errors import NotFound, Refusal, Unavailable

MOST = 100
_ID = re.compile(r"[0-9a-zA-Z_-]{1,64}")

Verb = Callable[[Any], object]  # False when there was nothing left to do to it


@dataclass(frozen=True, slots=True)
class Act:
    """`title` and `done` take the number of things; `text` says what comes of it. `typed`: so grave that a word is typed."""

    name: str
    scope: str
    label: Any
    title: Any
    text: Any
    done: Any
    icon: str
    typed: bool = False
    is_grave: bool = True


@dataclass(frozen=True, slots=True)
class Thing:
    key: str
    name: str
    row: Any
    text: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """Where it is done: the list's address, the path of the page that asks, what the list is of."""

    url: str
    ask_url: str
    crumbs: Sequence[dict[str, str]]


@dataclass(slots=True)
class Outcome:
    done: list[Thing] = field(default_factory=list)
    left: list[Thing] = field(default_factory=list)
    failed: list[tuple[Thing, str]] = field(default_factory=list)


def act_of(request: HttpRequest, desk: Desk, acts: Iterable[Act]) -> Act:
    """The one that is asked for. Raises NotFound, ScopeMissing."""
    given = request.POST if request.method == "POST" else request.GET
    act = next((each for each in acts if each.name == given.get("action", "")), None)
    if act is None:
        raise NotFound("Action", given.get("action", "")[:16])
    desk.require(act.scope)
    return act


def offered(desk: Desk, acts: Iterable[Act]) -> list[Act]:
    return [act for act in acts if desk.may(act.scope)]


def ids_in(request: HttpRequest) -> list[str]:
    """Each once, in order, those that may be ids at all; no more than a page shows."""
    given = request.POST if request.method == "POST" else request.GET
    texts = [*given.getlist("id"), given.get("ids", "")]
    return list(dict.fromkeys(pk for text in texts for pk in text.split(",") if _ID.fullmatch(pk)))[:MOST]


def answer(
    request: HttpRequest,
    desk: Desk,
    act: Act,
    place: Place,
    things: Sequence[Thing],
    verb: Callable[[SeveralForm], Verb],
    *,
    choices: Sequence[tuple[str, str]] | None = None,
    undo: Callable[[SeveralForm, Sequence[Thing]], SafeString] | None = None,
) -> HttpResponse:
    """GET asks, POST does it. `verb` is made of the form, which offers `choices` where the act needs one."""
    if not things:
        messages.warning(request, _("Select something first."))
        return see_other(request, place.url)
    data = request.POST if request.method == "POST" else None
    form = SeveralForm(data, ids=[thing.key for thing in things], typed=act.name if act.typed else "", choices=choices)
    context = {
        "act": act,
        "form": form,
        "things": things,
        "url": place.url,
        "ask_url": place.ask_url,
        "title": act.title % {"count": len(things)},
        "crumbs": [*place.crumbs, {"label": str(act.label)}],
    }
    if not form.is_valid():
        return page(request, desk, "several/ask.html", context, status=form_status(form))
    outcome = do(things, verb(form))
    told = act.done % {"count": len(outcome.done)}
    if outcome.failed:
        context |= {"outcome": outcome, "told": told}
        return page(request, desk, "several/failed.html", context, status=200 if outcome.done else 409)
    back = undo(form, outcome.done) if undo and outcome.done else ""
    messages.success(request, format_html("{} {}", told, back) if back else told)
    return see_other(request, place.url)


def do(things: Iterable[Thing], verb: Verb) -> Outcome:
    outcome = Outcome()
    for thing in things:
        try:
            (outcome.left if verb(thing.row) is False else outcome.done).append(thing)
        except Unavailable:
            raise
        except NotFound:
            outcome.failed.append((thing, _("Somebody else was quicker: it is gone.")))
        except Refusal as refusal:
            outcome.failed.append(
                (
                    thing,
                    closed(reader_words(refusal.message)) if refusal.message in CODES else sentence(refusal.message),
                )
            )
    return outcome
