"""Asking rules again what was asked in the past: what would they have done to real traffic?

Every evaluation's event holds the whole input and decision (contract/extensions.md §6), so the record is all that is needed.
It is walked by keyset, a page at a time: memory does not grow with the number of events.
"""

from collections import defaultdict, deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from apps.core.errors import Invalid, Violation
from apps.events.models import Event
from apps.events.types import EventType
from apps.policy.engine import Action, Rule, Transaction, TransactionType, decide
from apps.realms.models import Realm

SAMPLES = 100
AT_ONCE = 100_000  # in one request of the API: seconds, not a minute
_PAGE = 2000
_SLACK_SECONDS = 3600


@dataclass(slots=True)
class Tally:
    """Of one rule that decides now, or "default": how many it decides, and what became of them."""

    matched: int = 0
    newly_denied: int = 0
    newly_allowed: int = 0
    changed_action: int = 0


@dataclass(frozen=True, slots=True)
class Sample:
    """One evaluation that would have ended otherwise. `kind` is a name of Report's counts."""

    event_id: str
    kind: str
    before: str
    after: str
    rule_id: str


@dataclass(slots=True)
class Report:
    evaluated: int = 0
    unchanged: int = 0
    newly_denied: int = 0
    newly_allowed: int = 0
    changed_action: int = 0
    samples: list[Sample] = field(default_factory=list)
    by_rule: dict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    reached: datetime | None = None  # how far in the record's time it is
    after: UUID | None = None  # the last event that was looked at, while there may be more


def run(realm: Realm, rules: Sequence[Rule], *, start: datetime, end: datetime) -> Report:
    """Raises Invalid for a span that is none."""
    return deque(steps(realm, rules, start=start, end=end), maxlen=1).pop()


def part(realm: Realm, rules: Sequence[Rule], *, start: datetime, end: datetime, after: UUID | None = None) -> Report:
    """Of a span that may hold more than a request should count: from behind `after` on, until AT_ONCE were looked at.
    `after` of the report says where to go on; None when this was the rest. Raises Invalid for a span that is none."""
    for pages, report in enumerate(steps(realm, rules, start=start, end=end, after=after), 1):
        if report.after is None or pages * _PAGE >= AT_ONCE:
            break
    return report


def steps(
    realm: Realm, rules: Sequence[Rule], *, start: datetime, end: datetime, after: UUID | None = None
) -> Iterator[Report]:
    """The same report again and again while it grows, for who shows how far it is; the last is whole. Raises Invalid."""
    if start >= end:
        raise Invalid(Violation("end_time", "must be after start_time"))
    return _steps(realm, rules, start, end, max(after or _before(start), _before(start)))


def _steps(realm: Realm, rules: Sequence[Rule], start: datetime, end: datetime, after: UUID) -> Iterator[Report]:
    report = Report()
    asked = Event.objects.filter(
        realm_id=realm.pk, type=EventType.POLICY_EVALUATION, occurred_at__gte=start, occurred_at__lt=end
    )
    while True:
        page = list(asked.filter(id__gt=after).order_by("id").values_list("id", "occurred_at", "data")[:_PAGE])
        for event_id, occurred_at, told in page:
            after, report.reached = event_id, occurred_at
            _count(report, rules, event_id, told)
        report.after = after if len(page) == _PAGE else None
        yield report
        if report.after is None:
            return


def _before(start: datetime) -> UUID:
    """An id below those of all that happened since: an id is made when the event is written, which is never long before."""
    return UUID(int=max(int((start.timestamp() - _SLACK_SECONDS) * 1000), 0) << 80)


def _count(report: Report, rules: Sequence[Rule], event_id: UUID, told: Mapping[str, Any]) -> None:
    asked = asked_in(told)
    if asked is None:
        return
    before, transaction = asked
    decision = decide(rules, transaction)
    report.evaluated += 1
    kind = _kind(before, decision.action)
    setattr(report, kind, getattr(report, kind) + 1)
    tally = report.by_rule[decision.matched_rule_id]
    tally.matched += 1
    if kind == "unchanged":
        return
    setattr(tally, kind, getattr(tally, kind) + 1)
    if len(report.samples) < SAMPLES:
        report.samples.append(Sample(str(event_id), kind, before, decision.action, decision.matched_rule_id))


def asked_in(told: Mapping[str, Any]) -> tuple[str, Transaction] | None:
    """(action of then, transaction); None for an event that is not of this shape, such as one of an import."""
    given, decision = told.get("input"), told.get("decision")
    if not isinstance(given, Mapping) or not isinstance(decision, Mapping):
        return None
    kind, facts, action = given.get("type"), given.get("attributes"), decision.get("action")
    if not isinstance(kind, str) or kind not in _TYPES or not isinstance(facts, Mapping) or not isinstance(action, str):
        return None
    return action, Transaction(_TYPES[kind], facts)


_TYPES = {each.value: each for each in TransactionType}


def _kind(before: str, after: Action) -> str:
    if before == after:
        return "unchanged"
    if after == Action.DENY:
        return "newly_denied"
    return "newly_allowed" if before == Action.DENY else "changed_action"
