"""How many answers may hold on to a thread at once, in one process.

A web server's process has few threads, and an answer that is written out over seconds or minutes keeps one all the while. So
each kind of such answers has places of its own, fewer than there are threads, and a tenant has one of each kind: whatever
anybody asks for, another request finds a thread (docs/decisions).
"""

import threading
import time
from collections.abc import Callable, Iterator

from apps.core.errors import RateLimited


class Places:
    """`number` of them; `seconds` is how long one is kept for a holder that was never heard of again."""

    def __init__(self, number: int, seconds: float) -> None:
        self.number, self.seconds = number, seconds
        self._taken: dict[str, float] = {}
        self._lock = threading.Lock()

    def take(self, holder: str) -> bool:
        with self._lock:
            now = time.monotonic()
            self._taken = {each: since for each, since in self._taken.items() if now < since + self.seconds}
            if holder in self._taken or len(self._taken) >= self.number:
                return False
            self._taken[holder] = now
            return True

    def leave(self, holder: str) -> None:
        with self._lock:
            self._taken.pop(holder, None)

    def require(self, holder: str, retry_after_seconds: int) -> None:
        """Raises RateLimited when there is none for this holder."""
        if not self.take(holder):
            raise RateLimited(retry_after_seconds)


class Held:
    """What a place is held for: an answer's chunks. The place is left at the end, or when the server closes an answer that
    nobody reads any more, begun or not, as a generator's own `finally` would not be."""

    def __init__(self, chunks: Iterator[bytes], leave: Callable[[], None]) -> None:
        self._chunks, self._leave = chunks, leave

    def __iter__(self) -> "Held":
        return self

    def __next__(self) -> bytes:
        try:
            return next(self._chunks)
        except BaseException:
            self._leave()
            raise

    def close(self) -> None:
        try:
            if close := getattr(self._chunks, "close", None):
                close()
        finally:
            self._leave()


EXPORTS = Places(2, 3600.0)
STREAMS = Places(1, 60.0)
