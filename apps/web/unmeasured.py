"""Bodies sent in chunks, with no length said before (RFC 9112 §7.1): read here, up to what any endpoint takes.

Django believes a request without Content-Length to have no body; what a client streams would silently be lost.
"""

from collections.abc import Callable, Iterable
from io import BytesIO
from typing import Any

BODY_BYTES = 1_048_576


class Unmeasured:
    """Around Django's WSGI application. A body over the bound is said to be one byte over it, and is refused as such."""

    def __init__(self, application: Callable[..., Iterable[bytes]]) -> None:
        self.application = application

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ.get("HTTP_TRANSFER_ENCODING") and not environ.get("CONTENT_LENGTH"):
            body = _read(environ["wsgi.input"])
            environ["wsgi.input"] = BytesIO(body)
            environ["CONTENT_LENGTH"] = str(len(body))
        return self.application(environ, start_response)


def _read(stream: Any) -> bytes:
    """The server ends the stream where the body ends. What comes after the bound is left unread."""
    body = bytearray()
    while len(body) <= BODY_BYTES and (chunk := stream.read(BODY_BYTES + 1 - len(body))):
        body += chunk
    return bytes(body)
