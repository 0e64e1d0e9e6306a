"""The picture above the events: how many there were when, drawn as an SVG by ourselves, with its numbers as a table."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from apps.console.event_queries import Query
from apps.console.figures import figure
from apps.events import counting
from apps.events.counting import Bucket
from apps.events.filtering import EventFilter
from apps.web.states import state_words, tone_of

WIDTH, HEIGHT = 960, 72
_TONES = {"ok": "ok", "info": "ok", "neutral": "ok", "warn": "warn", "danger": "danger"}


@dataclass(frozen=True, slots=True)
class Bar:
    """One bucket. `parts` are {tone, y, height} from the bottom up; its link narrows the time to it."""

    x: float
    width: float
    label: str
    url: str
    parts: list[dict[str, Any]]


def chart_of(realm: Any, query: Query, wanted: EventFilter, here: str) -> dict[str, Any]:
    """The context of templates/console/events/_chart.html. `wanted` is the query's."""
    start, end = query.window
    buckets = counting.histogram(realm, wanted, start, end)
    highest = max((bucket.counts.total() for bucket in buckets), default=0)
    width = WIDTH / max(1, len(buckets))
    return {
        "bars": [
            _bar(bucket, number * width, width, highest, query, here)
            for number, bucket in enumerate(buckets)
            if bucket.counts.total()
        ],
        "width": WIDTH,
        "height": HEIGHT,
        "highest": highest,
        "total": _about(
            sum(bucket.counts.total() for bucket in buckets), any(bucket.is_estimated for bucket in buckets)
        ),
        "counts": sum((bucket.counts for bucket in buckets), Counter()),
        "is_estimated": any(bucket.is_estimated for bucket in buckets),
        "from": _words(start, end - start),
        "to": _words(end, end - start),
        "each": _span(buckets[0].end - buckets[0].start) if buckets else "",
        "rows": [_row(bucket, end - start) for bucket in reversed(buckets) if bucket.counts.total()],
        "legend": _legend(buckets),
    }


def _bar(bucket: Bucket, x: float, width: float, highest: int, query: Query, here: str) -> Bar:
    tones: Counter[str] = Counter()
    for outcome, count in bucket.counts.items():
        tones[_tone(outcome)] += count
    parts, y = [], float(HEIGHT)
    for tone in ("ok", "warn", "danger"):
        if tones[tone]:
            height = max(1.5, tones[tone] / highest * (HEIGHT - 4))
            y -= height
            parts.append({"tone": tone, "y": f"{y:.1f}", "height": f"{height:.1f}"})
    local = (f"{moment:%Y-%m-%dT%H:%M:%S}" for moment in (bucket.start, bucket.end))
    narrowed = dict(zip(("from", "to"), local, strict=True))
    row = _row(bucket, query.window[1] - query.window[0])
    label = f"{row['when']}: {row['total']} ({row['outcomes']})"
    return Bar(
        round(x + 0.5, 1), round(max(1.0, width - 1), 1), label, query.url(here, **{"last": ""} | narrowed), parts
    )


def _tone(outcome: str) -> str:
    return _TONES[tone_of(outcome)]


def _row(bucket: Bucket, window: timedelta) -> dict[str, str]:
    told = ", ".join(f"{state_words(outcome)} {figure(count)}" for outcome, count in bucket.counts.most_common(6))
    return {
        "when": _words(bucket.start, window),
        "total": _about(bucket.counts.total(), bucket.is_estimated),
        "outcomes": told,
    }


def _legend(buckets: list[Bucket]) -> list[dict[str, str]]:
    words = {"ok": _("Went well"), "warn": _("Asked for more"), "danger": _("Refused")}
    there = {_tone(outcome) for bucket in buckets for outcome in bucket.counts}
    return [{"tone": tone, "label": label} for tone, label in words.items() if tone in there]


def _about(count: int, is_estimated: bool) -> str:
    return _("about %(count)s") % {"count": figure(count)} if is_estimated else figure(count)


def _words(moment: datetime, window: timedelta) -> str:
    if window <= timedelta(hours=1):
        form = pgettext("a time", "H:i:s")
    else:
        form = pgettext("a day and time", "j M H:i") if window <= timedelta(days=8) else pgettext("a day", "j M")
    return date_format(timezone.localtime(moment), form)


def _span(step: timedelta) -> str:
    seconds = int(step.total_seconds())
    if seconds < 60:
        return _("%(n)s s") % {"n": seconds}
    if seconds < 3600:
        return _("%(n)s min") % {"n": seconds // 60}
    return _("%(n)s h") % {"n": seconds // 3600} if seconds < 86_400 else _("%(n)s d") % {"n": seconds // 86_400}
