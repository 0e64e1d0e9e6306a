"""Public documents, answered ahead of Django: discovery and keys, which every relying party reads and nobody changes.

The first answer of each is made as any other; the next ones repeat its bytes, for as long as copies may be kept (see
events.kept). Whoever asks in a way that could change the answer is answered anew.
"""

import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from apps.core import ids
from apps.events import kept

Environ = dict[str, Any]
Headers = list[tuple[str, str]]
Key = tuple[str, str, str]  # path, host, how it came
Wsgi = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]

_ENTRIES = 4096
_SCHEME = 8  # characters, of which a list of them shows its first
_ENDINGS = ("/.well-known/openid-configuration", "/.well-known/jwks.json")
_BEGINNING = "/.well-known/"
_CHANGES_THE_ANSWER = (
    "QUERY_STRING", "CONTENT_LENGTH", "HTTP_TRANSFER_ENCODING", "HTTP_IF_NONE_MATCH", "HTTP_X_CORRELATION_ID",
)  # fmt: skip
_CORRELATION = "x-correlation-id"
# Seconds after which a thread that waits for the interpreter asks the one that computes for a turn. Python's own 5 ms are a
# hundred times what a copy takes, and were what one in a hundred of them took. What computes for longer only loses by turns.
_COPYING, _COMPUTING = 0.0001, 0.005


@dataclass(frozen=True, slots=True)
class Copy:
    stamp: int
    until: float
    headers: Headers
    body: bytes


class Ahead:
    """Around the whole WSGI application."""

    def __init__(self, application: Wsgi) -> None:
        self.application = application
        self.copies: dict[Key, Copy] = {}

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if not (path.endswith(_ENDINGS) or path.startswith(_BEGINNING)) or not _is_plain(environ):
            sys.setswitchinterval(_COMPUTING)
            return self.application(environ, start_response)
        sys.setswitchinterval(_COPYING)
        stamp = kept.known_stamp()
        key = (path, environ.get("HTTP_HOST", ""), environ.get("HTTP_X_FORWARDED_PROTO", "")[:_SCHEME])
        copy = self.copies.get(key)
        if stamp is not None and copy is not None and copy.stamp == stamp and time.monotonic() < copy.until:
            start_response("200 OK", [*copy.headers, ("X-Correlation-Id", str(ids.uuid7()))])
            return (copy.body,)
        return self._anew(environ, start_response, key, stamp)

    def _anew(
        self, environ: Environ, start_response: Callable[..., Any], key: Key, stamp: int | None
    ) -> Iterable[bytes]:
        said: list[tuple[str, Headers]] = []

        def listen(status: str, headers: Headers, problem: Any = None) -> Any:
            said.append((status, headers))
            return start_response(status, headers, problem) if problem else start_response(status, headers)

        answer = self.application(environ, listen)
        try:
            body = b"".join(answer)
        finally:
            if (close := getattr(answer, "close", None)) is not None:
                close()
        if stamp is not None:
            self._keep(key, stamp, *said[-1], body)
        return (body,)

    def _keep(self, key: Key, stamp: int, status: str, headers: Headers, body: bytes) -> None:
        """The stamp is the one from before the answer was made. What is for one caller alone is not kept."""
        names = {name.lower() for name, _ in headers}
        if not status.startswith("200") or names & {"vary", "set-cookie"}:
            return
        if len(self.copies) >= _ENTRIES:
            self.copies.clear()
        headers = [(name, value) for name, value in headers if name.lower() != _CORRELATION]
        self.copies[key] = Copy(stamp, time.monotonic() + kept.LIFE_SECONDS, headers, body)


def _is_plain(environ: Environ) -> bool:
    return environ["REQUEST_METHOD"] == "GET" and not any(
        environ.get(name) not in (None, "", "0") for name in _CHANGES_THE_ANSWER
    )
