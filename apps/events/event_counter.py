"""Counts the events that were committed, by type and outcome. Both are closed lists: what is in neither is OTHER."""

from collections.abc import Iterable

from django.db import transaction
from prometheus_client import Counter

from apps.events import meters, outcomes
from apps.events.models import Event

OTHER = "OTHER"
_events = Counter("identity_cloud_events", "Events written.", ["type", "outcome"], registry=meters.COUNTED)
_counters: dict[tuple[str, str], Counter] = {}


def count(events: Iterable[Event]) -> None:
    """When, and only if, the transaction that wrote them commits. Counting never fails what was counted."""
    if meters.are_on():
        told = [(event.type, event.outcome) for event in events]
        transaction.on_commit(lambda: _add(told), robust=True)


def _add(told: list[tuple[str, str]]) -> None:
    for type_and_outcome in told:
        (_counters.get(type_and_outcome) or _counter(*type_and_outcome)).inc()


def _counter(type: str, outcome: str) -> Counter:
    bounded = (str(type), outcome if outcome in outcomes.known() else OTHER)
    if bounded not in _counters:
        _counters[bounded] = _events.labels(*bounded)
    return _counters[bounded]
