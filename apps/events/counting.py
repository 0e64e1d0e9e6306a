"""How many events there were when, for a picture: exact where they are few, and estimated from samples where they are many,
so that a picture of a year costs what one of an hour does.

Moments are those of writing, which ids hold, so a bucket is a range of ids.
"""

import uuid
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from apps.events.attempt import Place
from apps.events.filtering import EventFilter, first_id
from apps.events.looking import Glance, seen
from apps.events.planning import along_indexes
from apps.events.sampling import Sample, samples
from apps.events.walks import walks, whole

COUNTED = 2_000  # rows that are looked at one by one before samples do
_MOST_WALKS = 4  # in each bucket
MOST_BUCKETS = 48
_STEPS = tuple(
    timedelta(seconds=seconds)
    for seconds in (
        1, 5, 10, 30, 60, 300, 900, 1800, 3600, 3 * 3600, 6 * 3600, 12 * 3600, 86_400, 2 * 86_400, 7 * 86_400, 28 * 86_400,
        112 * 86_400,
    )
)  # fmt: skip


@dataclass(slots=True)
class Bucket:
    """Counts by outcome. Estimated ones are about right."""

    start: datetime
    end: datetime
    counts: Counter[str] = field(default_factory=Counter)
    is_estimated: bool = False


@along_indexes()
def histogram(realm: Place, wanted: EventFilter, start: datetime, end: datetime) -> list[Bucket]:
    """The window in at most MOST_BUCKETS (+1) buckets that begin on whole steps, none of them left out."""
    buckets = _buckets(start, end)
    wanted = replace(wanted, start=None, end=None)
    if not _counted(realm, wanted, buckets):
        every = walks(realm, wanted)
        if len(every) > _MOST_WALKS or any(walk.is_of_a_thing for walk in every):
            every = [whole(realm, wanted)]
        for bucket in buckets:
            bucket.counts.clear()
        for of_walk in samples(every, _edges(buckets)):
            for bucket, sample in zip(buckets, of_walk, strict=True):
                _weigh(bucket, sample)
    return buckets


def _buckets(start: datetime, end: datetime) -> list[Bucket]:
    step = next((step for step in _STEPS if (end - start) / step <= MOST_BUCKETS), _STEPS[-1])
    seconds = int(step.total_seconds())
    first = int(start.timestamp()) // seconds * seconds
    found: list[Bucket] = []
    while first < end.timestamp() and len(found) <= MOST_BUCKETS:
        found.append(Bucket(datetime.fromtimestamp(first, UTC), datetime.fromtimestamp(first + seconds, UTC)))
        first += seconds
    return found


def _counted(realm: Place, wanted: EventFilter, buckets: list[Bucket]) -> bool:
    """One by one, if they are few; False when they are not."""
    low, high = first_id(buckets[0].start).int, first_id(buckets[-1].end).int - 1
    every = [within for walk in walks(realm, wanted) if (within := walk.within(low, high))]
    # Of a text's walks several may meet the same event, and only all of their rows say how many there are.
    most = None if wanted.text else COUNTED + 1
    events: dict[uuid.UUID, str] = {}
    for each in seen([Glance(walk, COUNTED, COUNTED) for walk in every], outcomes=True, most=most):
        events.update(each.fitting)
        if each.edge is not None or len(events) > COUNTED:
            return False
    edges = [first_id(bucket.start) for bucket in buckets]
    _put(events.items(), buckets, edges)
    return True


def _put(rows: Iterable[tuple[uuid.UUID, str]], buckets: list[Bucket], edges: list[uuid.UUID]) -> None:
    number = 0
    for pk, outcome in sorted(rows):
        while number + 1 < len(edges) and pk >= edges[number + 1]:
            number += 1
        buckets[number].counts[outcome] += 1


def _weigh(bucket: Bucket, sample: Sample) -> None:
    """How close together the first rows of the bucket are says how many there are."""
    share = 1.0
    if sample.last is not None:
        low, high = first_id(bucket.start).int >> 80, first_id(bucket.end).int >> 80
        share = max(1.0, (high - low) / max(1, (sample.last.int >> 80) - low))
        bucket.is_estimated = True
    for outcome, count in sample.counts.items():
        bucket.counts[outcome] += round(count * share)


def _edges(buckets: list[Bucket]) -> list[tuple[uuid.UUID, uuid.UUID]]:
    return [(first_id(bucket.start), first_id(bucket.end)) for bucket in buckets]
