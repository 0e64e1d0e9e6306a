"""The world that many tests share: each test's own transaction lies inside the one that the world was built in.

So a test's doings are taken back to the world as it was built, and no test pays for building it. Tests that commit, and
those that ask for no world, find an empty database.
"""

import pickle
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime

from django.core.cache import cache
from django.db import DEFAULT_DB_ALIAS, connections, transaction

from apps.events import kept
from apps.events import keys as checkpoint_keys
from apps.policy import selectors as policies
from apps.tokens import fetched_keys, keys, references
from tests.world import World, build

FRESH_SECONDS = 20  # what begins with a world is timed: nothing in it may run out under a test
# What a process knows by an id alone, for in the product no row comes back under it.
_KNOWN = (policies._parsed, policies._rule_names, checkpoint_keys._opened, keys._opened, references._keys)


def forget() -> None:
    """What was learned in the last test: its rows are gone, and those of the next may carry the same ids."""
    cache.clear()
    kept.changed()
    fetched_keys._remembered.clear()
    for known in _KNOWN:
        known.cache_clear()


class Ground:
    def __init__(self) -> None:
        self._atomic: transaction.Atomic | None = None
        self._connection = connections[DEFAULT_DB_ALIAS]
        self._world = b""
        self._built = self._clock = 0.0

    def prepare(self, *, world: bool) -> None:
        """Before a test's own transaction begins."""
        if not (world and self._stands()):
            self.clear()
        if world and self._atomic is None:
            self._build()

    def clear(self) -> None:
        if self._atomic is not None:
            atomic, self._atomic = self._atomic, None
            with self._where_it_began():
                transaction.set_rollback(True)
                atomic.__exit__(None, None, None)

    @contextmanager
    def _where_it_began(self) -> Iterator[None]:
        """A browser that is started meanwhile runs a loop in this thread, to which Django gives another connection."""
        today, connections[DEFAULT_DB_ALIAS] = connections[DEFAULT_DB_ALIAS], self._connection
        try:
            yield
        finally:
            connections[DEFAULT_DB_ALIAS] = today

    def world(self) -> World | None:
        """Rows of this test's own, read by nobody before, at the time that it is now."""
        if self._atomic is None:
            return None
        world: World = pickle.loads(self._world)  # noqa: S301 - written below
        return replace(world, ctx=replace(world.ctx, now=datetime.now(UTC)))

    def _stands(self) -> bool:
        today = connections[DEFAULT_DB_ALIAS]
        broken = today is not self._connection or today.needs_rollback or today.closed_in_transaction
        return self._atomic is not None and not broken and self._is_of_today()

    def _is_of_today(self) -> bool:
        """Not one that a test built while it had put the clock forward, either."""
        age = time.monotonic() - self._built
        return 0 <= age < FRESH_SECONDS and abs(time.time() - self._clock - age) < 0.5

    def _build(self) -> None:
        self._connection = connections[DEFAULT_DB_ALIAS]
        self._atomic = transaction.atomic()
        self._atomic._from_testcase = True  # as Django's own around a test: what must not be nested may be in it
        self._atomic.__enter__()
        try:
            self._world = pickle.dumps(build())
            self._built, self._clock = time.monotonic(), time.time()
            forget()  # so that the first test in a world knows no more than the others
        except BaseException:
            self.clear()
            raise
