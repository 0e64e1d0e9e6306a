"""Replay: what the draft would have done to the sign-ins of the past, slice by slice, so that the page shows how far it is.

What was counted so far travels with the page, signed: nothing is stored, and a closed page leaves nothing behind.
"""

from datetime import datetime, timedelta
from typing import Any

from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from apps.console.access import Desk, administrator
from apps.console.policy_tabs import crumbs, policy_tabs
from apps.console.render import fragment, page, realm_url, wants_fragment
from apps.console.rule_sentences import ACTIONS
from apps.policy import engine, replay, selectors
from apps.policy.engine import DEFAULT_RULE

_SLICES = 12
_SPANS = {"1": 1, "7": 7, "30": 30, "90": 90}
_KINDS = ("unchanged", "newly_denied", "newly_allowed", "changed_action")
_TONES = {"newly_denied": "danger", "newly_allowed": "ok", "changed_action": "warn", "unchanged": "neutral"}
_SHOWN = 20
_SALT = "console.policy.replay"
WIDTH, HEIGHT = 600, 120


@require_http_methods(["GET", "HEAD", "POST"])
@administrator("policy:read")
def index(request: HttpRequest, desk: Desk) -> HttpResponse:
    """GET offers it; POST runs it: whole, or with a script one slice at a time."""
    draft = selectors.draft_of(desk.realm)
    context: dict[str, Any] = {
        "spans": [(days, _words(int(days))) for days in _SPANS],
        "url": realm_url(desk.realm, "policy"),
        "tabs": policy_tabs(desk, "replay"),
        "has_draft": bool(draft.revision),
        "crumbs": crumbs(desk, _("Replay")),
        "may_see": desk.may("events:read"),
    }
    if request.method == "POST":
        state = _state(desk, request, draft)
        while state["done"] < _SLICES:
            _run_slice(desk, draft, state)
            if wants_fragment(request):
                break
        context |= _shown(desk, draft, state)
        if wants_fragment(request):
            return fragment(request, desk, "policy/_replay.html", context)
    return page(request, desk, "policy/replay.html", context)


def _state(desk: Desk, request: HttpRequest, draft: Any) -> dict[str, Any]:
    """What was counted so far; begun anew when there is none, or when the draft has changed since."""
    seen = draft.updated_at.isoformat()
    try:
        state: dict[str, Any] = signing.loads(request.POST.get("state", ""), salt=_SALT, max_age=3600)
    except signing.BadSignature:
        state = {}
    if state.get("realm") == desk.realm.pk and state.get("draft") == seen:
        return state
    days = _SPANS.get(request.POST.get("days", ""), 30)
    return {
        "realm": desk.realm.pk,
        "draft": seen,
        "days": days,
        "until": desk.ctx.now.isoformat(),
        "done": 0,
        "bars": [],
        "rules": {},
        "samples": [],
    }


def _run_slice(desk: Desk, draft: Any, state: dict[str, Any]) -> None:
    end = datetime.fromisoformat(state["until"])
    span = timedelta(days=state["days"])
    start = end - span + span * state["done"] / _SLICES
    report = replay.run(desk.realm, engine.parse(draft.rules), start=start, end=start + span / _SLICES)
    state["done"] += 1
    state["bars"].append([getattr(report, kind) for kind in _KINDS])
    for rule_id, tally in report.by_rule.items():
        told = state["rules"].setdefault(rule_id, [0, 0, 0, 0])
        for place, count in enumerate((tally.matched, tally.newly_denied, tally.newly_allowed, tally.changed_action)):
            told[place] += count
    room = _SHOWN - len(state["samples"])
    state["samples"] += [[s.event_id, s.kind, s.before, s.after, s.rule_id] for s in report.samples[:room]]


def _shown(desk: Desk, draft: Any, state: dict[str, Any]) -> dict[str, Any]:
    totals = [sum(bar[place] for bar in state["bars"]) for place in range(len(_KINDS))]
    named = {rule["id"]: rule.get("name") or rule["id"] for rule in draft.rules} | {DEFAULT_RULE: _("Default")}
    labels = {
        "newly_denied": _("Newly denied"),
        "newly_allowed": _("Newly allowed"),
        "changed_action": _("Otherwise decided"),
        "unchanged": _("Unchanged"),
    }
    order = [*(rule["id"] for rule in draft.rules), DEFAULT_RULE]
    return {
        "is_over": state["done"] >= _SLICES,
        "progress": round(100 * state["done"] / _SLICES),
        "state": signing.dumps(state, salt=_SALT, compress=True),
        "evaluated": sum(totals),
        "totals": [
            {"label": labels[kind], "count": totals[_KINDS.index(kind)], "tone": _TONES[kind]}
            for kind in ("newly_denied", "newly_allowed", "changed_action", "unchanged")
        ],
        "bars": _bars(state),
        "width": WIDTH,
        "height": HEIGHT,
        "by_rule": [{"name": named.get(pk, pk), "counts": state["rules"][pk]} for pk in order if pk in state["rules"]],
        "samples": [
            {
                "url": realm_url(desk.realm, f"events/{event_id}"),
                "kind": labels[kind],
                "tone": _TONES[kind],
                "before": _action(before),
                "after": _action(after),
                "rule": named.get(rule_id, rule_id),
            }
            for event_id, kind, before, after, rule_id in state["samples"]
        ],
    }


def _bars(state: dict[str, Any]) -> list[dict[str, Any]]:
    """Of the whole span, those to come empty; changes stand on what is unchanged, drawn to one scale."""
    end = datetime.fromisoformat(state["until"])
    step = timedelta(days=state["days"]) / _SLICES
    highest = max((sum(bar) for bar in state["bars"]), default=0) or 1
    wide, drawn = WIDTH / _SLICES, []
    for number, bar in enumerate(state["bars"]):
        parts, y = [], float(HEIGHT)
        for kind, count in zip(_KINDS, bar, strict=True):
            tall = count / highest * HEIGHT
            y -= tall
            if count:
                parts.append({"tone": _TONES[kind], "y": f"{y:.1f}", "height": f"{max(tall, 1):.1f}"})
        began = end - timedelta(days=state["days"]) + step * number
        drawn.append(
            {
                "x": f"{number * wide + 2:.1f}",
                "width": f"{wide - 4:.1f}",
                "parts": parts,
                "when": date_format(began, "SHORT_DATETIME_FORMAT"),
                "counts": dict(zip(_KINDS, bar, strict=True)),
                "total": sum(bar),
            }
        )
    return drawn


def _action(name: str) -> str:
    return str(ACTIONS[name][0]) if name in ACTIONS else name


def _words(days: int) -> str:
    return _("Last 24 hours") if days == 1 else _("Last %(days)s days") % {"days": days}
