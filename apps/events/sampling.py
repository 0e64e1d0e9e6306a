"""The first rows of walks in each of many ranges of ids, counted by outcome: what a picture over time is estimated from.

All of them are asked for by one statement. None of the walks is of a thing.
"""

import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from apps.core.unions import Question, answers, numbered, question, select, together
from apps.events.looking import answered
from apps.events.walks import Walk

SAMPLE = 100
Range = tuple[uuid.UUID, uuid.UUID]  # from the first up to but not including the last


@dataclass(slots=True)
class Sample:
    """`last` is the last row that was looked at, None when those are all there are."""

    counts: Counter[str] = field(default_factory=Counter)
    last: uuid.UUID | None = None


def samples(walks: Sequence[Walk], ranges: Sequence[Range]) -> list[list[Sample]]:
    """For each walk one of each range. On PostgreSQL a walk's are one question: planning one for each range takes it longer
    than answering them."""
    on_postgresql = connection.vendor == "postgresql"
    asked = [_of_all(walk, ranges) for walk in walks] if on_postgresql else list(_one_by_one(walks, ranges))
    found = [[Sample() for _ in ranges] for _ in walks]
    met: Counter[tuple[int, int]] = Counter()
    for number, within, outcome, rows, fitting, last in answers(together(numbered(asked))):
        number, within = (number, within - 1) if on_postgresql else divmod(number, len(ranges))
        sample = found[number][within]
        met[number, within] += rows
        sample.last = max(filter(None, (sample.last, uuid.UUID(str(last)))))
        if fitting:
            sample.counts[outcome] += fitting
    for number, of_walk in enumerate(found):
        for within, sample in enumerate(of_walk):
            if met[number, within] < SAMPLE:
                sample.last = None
    return found


def _one_by_one(walks: Sequence[Walk], ranges: Sequence[Range]) -> Iterator[Question]:
    """Rows of (nothing, outcome, rows met, of these fitting, last id) of each range of each walk."""
    for walk in walks:
        for low, high in ranges:
            met = question(answered(walk, low.int, high.int - 1, ascending=True)[:SAMPLE])
            yield select("0, fits, count(*), count(fits), max(met)", met, "GROUP BY fits")


def _of_all(walk: Walk, ranges: Sequence[Range]) -> Question:
    """Rows of (number of the range, outcome, rows met, of these fitting, last id), in the order of the walk's index and no
    other: see Walk.part, which says the same with values."""
    *before, (column, value) = walk.equal
    along, start = ("id", "") if not before else (f"{column}, id", f"AND ({column}, id) >= (%s, low)")
    fits, asked = _asked_of_each(walk)
    statement = f"""
        SELECT number, outcome, count(*), count(*) FILTER (WHERE fits), max(id::text)
          FROM unnest(%s::uuid[], %s::uuid[]) WITH ORDINALITY AS ranges (low, high, number) CROSS JOIN LATERAL (
            SELECT id, outcome, {fits} AS fits FROM events_event WHERE {" AND ".join(f"{name} = %s" for name, _ in before)}
            {"AND" if before else ""} {column} {"<=" if before else "="} %s AND id >= low AND id < high {start}
            ORDER BY {along} LIMIT {SAMPLE}) AS met
        GROUP BY number, outcome
    """  # noqa: S608 - names of our own
    lows, highs = map(list, zip(*ranges, strict=True))
    given: list[Any] = [lows, highs, *asked, *(each for _, each in before), value, *([value] if before else [])]
    return statement, given


def _asked_of_each(walk: Walk) -> tuple[str, tuple[Any, ...]]:
    """What the walk asks of an event, as SQL, and its values."""
    if walk.asked is None:
        return "true", ()
    compiler = walk.rows.filter(walk.asked).order_by().query.get_compiler(connection=connection)
    compiler.pre_sql_setup()
    return compiler.compile(compiler.where)
