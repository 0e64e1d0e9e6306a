"""Where requests are worked on: so many at once as there are connections to the database, however many threads there are.

Threads are for waiting: for bodies that come slowly (see arriving), and for a lane. A connection is a lane's and not a
thread's, as Django would have it, so that it is these few that are opened. The cache's goes with it.
"""

from collections.abc import Callable, Iterable, Iterator
from queue import SimpleQueue
from typing import Any

from django.core.cache import DEFAULT_CACHE_ALIAS, caches
from django.db import DEFAULT_DB_ALIAS, connections

from apps.core.own_connection import work_with

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class Lane:
    def __init__(self) -> None:
        self.connection = connections.create_connection(DEFAULT_DB_ALIAS)
        self.connection.inc_thread_sharing()  # by one thread after the other
        self.cache = caches.create_connection(DEFAULT_CACHE_ALIAS)

    def enter(self) -> None:
        work_with(self.connection)
        caches[DEFAULT_CACHE_ALIAS] = self.cache


class Lanes:
    """Around the whole WSGI application, within what waits for bodies."""

    def __init__(self, application: Wsgi, number: int) -> None:
        self.application = application
        self._free: SimpleQueue[Lane] = SimpleQueue()
        for _ in range(number):
            self._free.put(Lane())

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        lane = self._free.get()
        try:
            lane.enter()
            answer = self.application(environ, start_response)
        except BaseException:
            self._free.put(lane)
            raise
        if isinstance(answer, (tuple, list)):
            self._free.put(lane)
            return answer
        return _Answer(answer, lambda: self._free.put(lane))


class _Answer:
    """One that is still being written: the lane is left when the server closes it, as it does with each (PEP 3333)."""

    def __init__(self, chunks: Iterable[bytes], leave: Callable[[], None]) -> None:
        self._chunks, self._leave = chunks, leave

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._chunks)

    def close(self) -> None:
        try:
            if (close := getattr(self._chunks, "close", None)) is not None:
                close()
        finally:
            self._leave()
