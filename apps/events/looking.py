"""What walks find on their next rows: of however many of them, by one statement.

Each looks at no more rows than it may, one after the other until enough fit, so the database reads no further than a page
needs.
"""

import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.db.models import Case, F, OuterRef, QuerySet, Subquery, When

from apps.core.unions import Question, answers, numbered, question, select, together
from apps.events.walks import Walk

_OF_A_THING = 1_000  # each is looked up by its id


@dataclass(slots=True)
class Seen:
    """Of one walk: id → outcome of what fits ("" where outcomes were not asked for), and the last row that was looked at,
    None when there are no more than those."""

    fitting: dict[uuid.UUID, str] = field(default_factory=dict)
    edge: uuid.UUID | None = None


@dataclass(frozen=True, slots=True)
class Glance:
    """A walk past `beyond`, for up to `size` + 1 rows that fit among the next `bound` + 1."""

    walk: Walk
    size: int
    bound: int
    beyond: uuid.UUID | None = None
    ascending: bool = False

    def fitting(self, *, outcomes: bool = False) -> Question:
        """Rows of (id, outcome)."""
        walk = self.walk
        if walk.asked is None and not outcomes:
            ahead = _ids(walk, walk.ahead(self.beyond, self.ascending))
            return select("met, '' AS fits", question(ahead[: self.size + 1]))
        looked_at = self.size if walk.asked is None else self._bound
        rows = answered(walk, *walk.span(self.beyond, self.ascending), self.ascending)[: looked_at + 1]
        return select("met, fits", question(rows), f"WHERE fits IS NOT NULL LIMIT {self.size + 1}")

    def edge(self) -> Question | None:
        """A row of one id, or none; None where the walk asks nothing, and so sees all."""
        if self.walk.asked is None:
            return None
        return question(_ids(self.walk, self.walk.ahead(self.beyond, self.ascending))[self._bound : self._bound + 1])

    @property
    def _bound(self) -> int:
        return min(self.bound, _OF_A_THING) if self.walk.is_of_a_thing else self.bound


def seen(glances: Sequence[Glance], *, outcomes: bool = False, most: int | None = None) -> list[Seen]:
    """What each finds. With `most` no more than so many rows are read in all: whoever gets as many has not got all."""
    found = [Seen() for _ in glances]
    if not glances:
        return found
    for number, met, outcome in answers(together(list(_questions(glances, outcomes)), most=most)):
        each = found[number]
        if outcome is None:
            each.edge = _uuid(met)
        else:
            each.fitting[_uuid(met)] = outcome
    return found


def counted(glances: Sequence[Glance], most: int, *, distinct: bool) -> tuple[int, bool]:
    """(how many fit, up to `most`; whether a walk has more rows than it looked at)."""
    if not glances:
        return 0, False
    found = together([select("met", one.fitting()) for one in glances], most=most, distinct=distinct)
    edges = [edge for one in glances if (edge := one.edge())]
    each = [found, together(edges, most=1)] if edges else [found]
    counts = dict(answers(together(numbered(select("count(*)", one) for one in each))))
    return counts[0], counts.get(1, 0) > 0


def answered(walk: Walk, first: int, last: int, ascending: bool) -> "QuerySet[Any, Any]":
    """(id, outcome) of each row from one id to another, the outcome NULL where the event is not what is asked for."""
    fits: Any
    if walk.is_of_a_thing:
        events = walk.rows.filter(id=OuterRef(walk.key))
        events = events if walk.asked is None else events.filter(walk.asked)
        # One value, and no EXISTS: for that the planner may first read all events that anybody is told of in.
        fits = Subquery(events.order_by().values("outcome")[:1])
    else:
        fits = F("outcome") if walk.asked is None else Case(When(walk.asked, then=F("outcome")))
    return _ids(walk, walk.part(first, last, ascending)).annotate(fits=fits).values_list("met", "fits")


def _questions(glances: Iterable[Glance], outcomes: bool) -> Iterator[Question]:
    """Rows of (number of the walk, id, outcome); of an edge the outcome is NULL."""
    for number, each in enumerate(glances):
        yield select(f"{number} AS number, met, fits", each.fitting(outcomes=outcomes))
        if edge := each.edge():
            yield select(f"{number} AS number, met, NULL AS fits", edge)


def _ids(walk: Walk, rows: "QuerySet[Any, Any]") -> "QuerySet[Any, Any]":
    """The walk's keys, by a name that is the same for every table."""
    return rows.annotate(met=F(walk.key)).values_list("met", flat=True)


def _uuid(met: Any) -> uuid.UUID:
    return met if connection.features.has_native_uuid_field else uuid.UUID(met)
