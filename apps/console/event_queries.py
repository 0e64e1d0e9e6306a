"""The filters of the events' page, as they stand in its address: read, shown as chips, and offered as links."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.console.event_words import thing_name, type_label
from apps.console.listing import address
from apps.events import outcomes
from apps.events.filtering import EventFilter
from apps.events.types import EventType
from apps.events.walks import is_address
from apps.web.named_in_events import ids_named
from apps.web.states import state_words

_MANY = 50
_TEXT_LENGTH = 256
_LOCAL = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?")
_USUAL = timedelta(days=7)  # what is drawn when no time is asked for
PERIODS = {
    "15m": (timedelta(minutes=15), gettext_lazy("Last 15 minutes")),
    "1h": (timedelta(hours=1), gettext_lazy("Last hour")),
    "24h": (timedelta(hours=24), gettext_lazy("Last 24 hours")),
    "7d": (timedelta(days=7), gettext_lazy("Last 7 days")),
    "30d": (timedelta(days=30), gettext_lazy("Last 30 days")),
    "90d": (timedelta(days=90), gettext_lazy("Last 90 days")),
}
_SINGLE = ("actor", "target", "correlation_id", "ip")


@dataclass(frozen=True, slots=True)
class Query:
    """`given` goes back into an address as it is; `start` and `end` are None where no time is asked for."""

    given: dict[str, Any]
    start: datetime | None
    end: datetime | None
    now: datetime

    def url(self, here: str, **changed: Any) -> str:
        return address(here, **{**self.given, **changed})

    @property
    def text(self) -> str:
        """As it stands in an address, without "?"; the same for everybody who asks for the same."""
        return self.url("").removeprefix("?")

    @property
    def is_filtered(self) -> bool:
        return any(self.given.values())

    @property
    def window(self) -> tuple[datetime, datetime]:
        """What is drawn."""
        end = min(self.end or self.now, self.now)
        return min(self.start or end - _USUAL, end - timedelta(seconds=1)), end

    def wanted(self, realm: Any) -> EventFilter:
        given = self.given
        return EventFilter(
            types=tuple(given["type"]),
            outcomes=tuple(given["outcome"]),
            actor_id=given["actor"],
            target_id=given["target"],
            correlation_id=given["correlation_id"],
            ip=given["ip"],
            start=self.start,
            end=self.end,
            text=given["q"],
            named=ids_named(realm, given["q"]) if given["q"] else (),
        )


def _text(given: str) -> str:
    """Without NUL, which no text of an event holds and PostgreSQL takes in none."""
    return given.replace("\x00", "")


def read(get: QueryDict, now: datetime) -> Query:
    """What makes no sense is passed over: a link that somebody sent still shows something."""
    given: dict[str, Any] = {
        "q": _text(get.get("q", ""))[:_TEXT_LENGTH].strip(),
        "type": [each for each in get.getlist("type")[:_MANY] if each in set(EventType)],
        "outcome": [_text(each)[:64] for each in get.getlist("outcome")[:_MANY]],
        **{name: _text(get.get(name, ""))[:64] for name in _SINGLE},
        "last": get.get("last", "") if get.get("last") in PERIODS else "",
        "from": get.get("from", ""),
        "to": get.get("to", ""),
    }
    if not is_address(given["ip"]):
        given["ip"] = ""
    start, end = _moment(given["from"]), _moment(given["to"])
    given["from"], given["to"] = given["from"] if start else "", given["to"] if end else ""
    if given["last"]:
        given["from"] = given["to"] = ""
        start, end = now - PERIODS[given["last"]][0], None
    return Query(given, start, end, now)


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC) if _LOCAL.fullmatch(text) else None
    except ValueError:
        return None


def chips(query: Query, here: str, shown: list[Any]) -> list[dict[str, str]]:
    """One for every filter that is set; its link takes the filter away."""
    given = query.given
    found = [
        {"label": label(code), "url": query.url(here, **{name: [each for each in given[name] if each != code]})}
        for name, label in (("type", type_label), ("outcome", state_words))
        for code in given[name]
    ]
    if given["actor"]:
        named = next((event.actor_display_name for event in shown if event.actor_display_name), given["actor"])
        found.append({"label": _("By %(name)s") % {"name": named}, "url": query.url(here, actor="")})
    for name, words in (
        ("target", _("About %(value)s")),
        ("ip", _("From %(value)s")),
        ("correlation_id", _("Flow %(value)s")),
        ("q", _("“%(value)s”")),
    ):
        if given[name]:
            value = _name_of(given[name], shown) if name == "target" else given[name]
            found.append({"label": words % {"value": value}, "url": query.url(here, **{name: ""})})
    if given["last"] or given["from"] or given["to"]:
        found.append({"label": time_label(query), "url": query.url(here, **{"last": "", "from": "", "to": ""})})
    return found


def _name_of(thing_id: str, shown: list[Any]) -> str:
    targets = (target for event in shown for target in event.targets if target["id"] == thing_id)
    return next((thing_name(target) for target in targets if target.get("display_name")), thing_id)


def time_label(query: Query) -> str:
    given = query.given
    if given["last"]:
        return str(PERIODS[given["last"]][1])
    start, end = (given[name].replace("T", " ") for name in ("from", "to"))
    if start and end:
        return _("%(start)s to %(end)s UTC") % {"start": start, "end": end}
    return _("Since %(start)s UTC") % {"start": start} if start else _("Until %(end)s UTC") % {"end": end}


def types_menu(query: Query, here: str) -> dict[str, Any]:
    return _menu(_("Type"), "type", [(str(kind), type_label(kind)) for kind in EventType], query, here)


def outcomes_menu(query: Query, here: str) -> dict[str, Any]:
    return _menu(_("Outcome"), "outcome", [(code, state_words(code)) for code in outcomes.known()], query, here)


def periods_menu(query: Query, here: str) -> list[dict[str, Any]]:
    return [
        {
            "label": words,
            "url": query.url(here, **{"last": code, "from": "", "to": ""}),
            "current": query.given["last"] == code,
        }
        for code, (_span, words) in PERIODS.items()
    ]


def _menu(label: str, name: str, offered: list[tuple[str, str]], query: Query, here: str) -> dict[str, Any]:
    """Every value of a filter as a link that adds it, or takes it away again."""
    chosen = query.given[name]
    items = []
    for code, words in sorted(offered, key=lambda pair: pair[1]):
        left = [each for each in chosen if each != code]
        url = query.url(here, **{name: left if code in chosen else [*chosen, code]})
        items.append({"code": code, "label": words, "url": url, "current": code in chosen})
    return {"label": label, "items": items}
