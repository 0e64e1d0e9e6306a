"""Copies of what is configured, kept by each process while the record tells of no change.

Applications and keys are read with every token and seldom change. Every change leaves an event, so the record is the
version stamp: a process lets go of its copies when an attempt of its own changed something, and twice a second looks for
changes that others made. So a copy is a second old at most; whatever the record says, none is kept for longer than a
minute. Copies are shared by threads: for reading, never for changing.
"""

import time
import uuid
from collections.abc import Callable
from functools import wraps
from typing import TypeVar, TypeVarTuple

from apps.events.models import Event
from apps.events.types import CONFIGURATION

Key = TypeVarTuple("Key")
Value = TypeVar("Value")

ASKED_EVERY_SECONDS = 0.5
LIFE_SECONDS = 60.0
_LOOKED_BACK_SECONDS = 60  # longer than it takes from making an event's id to its commit


class _Stamp:
    """`number` grows with every change that this process made or heard of."""

    def __init__(self) -> None:
        self.number = 0
        self.heard: frozenset[uuid.UUID] = frozenset()
        self.ask_at = 0.0


_stamp = _Stamp()


def kept(entries: int) -> Callable[[Callable[[*Key], Value]], Callable[[*Key], Value]]:
    """Decorates a reader whose arguments, given by position, say all about its answer. What it raises is not kept."""

    def decorate(read: Callable[[*Key], Value]) -> Callable[[*Key], Value]:
        copies: dict[tuple[object, ...], tuple[int, float, Value]] = {}

        @wraps(read)
        def answer(*key: *Key) -> Value:
            stamp, now = current_stamp(), time.monotonic()
            if (copy := copies.get(key)) is not None and copy[0] == stamp and now < copy[1]:
                return copy[2]
            value = read(*key)
            if len(copies) >= entries:
                copies.clear()
            copies[key] = (stamp, now + LIFE_SECONDS, value)  # the stamp from before the reading
            return value

        return answer

    return decorate


def current_stamp() -> int:
    """The number that copies of now carry; asks the database when it is time to."""
    if time.monotonic() >= _stamp.ask_at:
        _stamp.ask_at = time.monotonic() + ASKED_EVERY_SECONDS  # first, so that of many threads one asks
        _hear()
    return _stamp.number


def known_stamp() -> int | None:
    """The same for who cannot ask the database; None when it is time to."""
    return None if time.monotonic() >= _stamp.ask_at else _stamp.number


def changed() -> None:
    """An attempt of this process has changed something."""
    _stamp.number += 1


def _hear() -> None:
    """Ids are compared as a set, not by the greatest: of two attempts the one begun first may commit last."""
    since = uuid.UUID(int=(int(time.time() - _LOOKED_BACK_SECONDS) * 1000) << 80)
    heard = frozenset(Event.objects.filter(type__in=CONFIGURATION, id__gt=since).values_list("id", flat=True))
    if not heard <= _stamp.heard:
        _stamp.number += 1
    _stamp.heard = heard
