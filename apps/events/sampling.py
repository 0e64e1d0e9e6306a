"""The first rows of a walk in each of many ranges of ids, counted by outcome: what a picture over time is estimated from."""

import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from django.db import connection

from apps.events.walks import Walk

SAMPLE = 100
Range = tuple[uuid.UUID, uuid.UUID]  # from the first up to but not including the last


@dataclass(slots=True)
class Sample:
    """`last` is the last row that was looked at, None when those are all there are."""

    counts: Counter[str] = field(default_factory=Counter)
    last: uuid.UUID | None = None


def samples(walk: Walk, ranges: Sequence[Range]) -> list[Sample]:
    """One for each range. Where nothing is asked of the rows PostgreSQL takes them all at once: planning a statement for
    each takes it longer than answering them."""
    if connection.vendor == "postgresql" and walk.asked is None and not walk.is_of_a_thing:
        return _together(walk, ranges)
    return [_one(walk, each) for each in ranges]


def _one(walk: Walk, within: Range) -> Sample:
    low, high = within
    met = list(walk.part(low.int, high.int - 1, ascending=True).values_list("id", "outcome")[:SAMPLE])
    fitting = met
    if walk.asked is not None and met:
        inside = walk.part(met[0][0].int, met[-1][0].int)
        fitting = list(inside.filter(walk.asked).values_list("id", "outcome"))
    return Sample(Counter(outcome for _, outcome in fitting), met[-1][0] if len(met) == SAMPLE else None)


def _together(walk: Walk, ranges: Sequence[Range]) -> list[Sample]:
    """In the order of the walk's index and no other: see Walk.part, which says the same with values."""
    *before, (column, value) = walk.equal
    along, start = ("id", "") if not before else (f"{column}, id", f"AND ({column}, id) >= (%s, low)")
    statement = f"""
        SELECT number, outcome, count(*), max(id::text) FROM unnest(%s::uuid[], %s::uuid[]) WITH ORDINALITY
          AS ranges (low, high, number) CROSS JOIN LATERAL (
            SELECT id, outcome FROM events_event WHERE {" AND ".join(f"{name} = %s" for name, _ in before)}
            {"AND" if before else ""} {column} {"<=" if before else "="} %s AND id >= low AND id < high {start}
            ORDER BY {along} LIMIT {SAMPLE}) AS met
        GROUP BY number, outcome ORDER BY number
    """  # noqa: S608 - names of our own
    lows, highs = map(list, zip(*ranges, strict=True))
    given: list[Any] = [lows, highs, *(each for _, each in before), value, *([value] if before else [])]
    with connection.cursor() as cursor:
        cursor.execute(statement, given)
        rows = cursor.fetchall()
    found = [Sample() for _ in ranges]
    for number, group in groupby(rows, key=lambda row: row[0]):
        _fill(found[number - 1], list(group))
    return found


def _fill(sample: Sample, rows: list[tuple[int, str, int, str]]) -> None:
    sample.counts.update({outcome: count for _, outcome, count, _ in rows})
    if sample.counts.total() == SAMPLE:
        sample.last = max(uuid.UUID(last) for *_, last in rows)
