"""Bodies on their way in: read here, up to what any endpoint takes, before a request is worked on (see lanes).

A client may take as long as it likes over the last byte, and whoever reads for it waits. Nothing scarce is held meanwhile:
no connection to the database, and of threads and memory a share, of which one address has a share. What finds none is not
read. What is longer than any body is left to Django, which refuses it, or takes an administrator's file.

Django believes a request without Content-Length (RFC 9112 §7.1) to have no body; what a client streams would be lost.
"""

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any

from apps.core.addresses import subscriber
from apps.web.context import address_of

BODY_BYTES = 1_048_576
NO_ROOM = "identity_cloud.no_room"  # in the environment: to be refused, and not to be read
_SHORT_BYTES = 65_536


class Room:
    """How many bodies may be on their way at once in a process: of all, of one line, and of those that may be long."""

    def __init__(self, bodies: int, of_one_line: int, long_ones: int) -> None:
        self.bodies, self.of_one_line, self.long_ones = bodies, of_one_line, long_ones
        self._lines: Counter[str] = Counter()
        self._long = 0
        self._lock = threading.Lock()

    @contextmanager
    def taken(self, line: str, length: int) -> Iterator[bool]:
        """Whether there is any."""
        is_long = length > _SHORT_BYTES
        found = self._take(line, is_long)
        try:
            yield found
        finally:
            if found:
                self._leave(line, is_long)

    def _take(self, line: str, is_long: bool) -> bool:
        with self._lock:
            if self._lines.total() >= self.bodies or self._lines[line] >= self.of_one_line:
                return False
            if is_long and self._long >= self.long_ones:
                return False
            self._lines[line] += 1
            self._long += is_long
        return True

    def _leave(self, line: str, is_long: bool) -> None:
        with self._lock:
            self._long -= is_long
            self._lines[line] -= 1
            if not self._lines[line]:
                del self._lines[line]


class Arriving:
    """Around a WSGI application. A body in chunks that is over the bound is said to be one byte over it, and refused so."""

    def __init__(self, application: Callable[..., Iterable[bytes]], room: Room) -> None:
        self.application, self.room = application, room

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        length = _length(environ)
        if 0 < length <= BODY_BYTES:
            with self.room.taken(subscriber(address_of(environ)), length) as found:
                if found:
                    body = _read(environ["wsgi.input"], length if "CONTENT_LENGTH" in environ else BODY_BYTES + 1)
                    environ["wsgi.input"] = BytesIO(body)
                    environ["CONTENT_LENGTH"] = str(len(body))
                else:
                    environ[NO_ROOM] = True
        return self.application(environ, start_response)


def _length(environ: dict[str, Any]) -> int:
    """As it was said, or the most there may be where none was; 0 for none, and for what is no number."""
    said = environ.get("CONTENT_LENGTH")
    if said:
        return int(said) if said.isascii() and said.isdigit() and len(said) < 20 else 0
    return BODY_BYTES if environ.get("HTTP_TRANSFER_ENCODING") else 0


def _read(stream: Any, most: int) -> bytes:
    """The server ends the stream where the body ends, or where the client left. What comes after is left unread."""
    body = bytearray()
    while len(body) < most and (chunk := stream.read(most - len(body))):
        body += chunk
    return bytes(body)
