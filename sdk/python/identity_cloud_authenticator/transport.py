"""One question over HTTP. Another way to ask (a connection pool, a test's client) is any callable of the same shape."""

import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import Message
from email.utils import parsedate_to_datetime
from http.client import HTTPException, HTTPMessage
from typing import IO, Protocol

from identity_cloud_authenticator.errors import NoAnswer

TIMEOUT_SECONDS = 30.0
LIMIT_BYTES = 1_048_576


@dataclass(frozen=True, slots=True)
class Answer:
    """Names of headers in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def server_time(self) -> datetime:
        """By its Date, so that a machine whose clock is wrong makes proofs all the same; else this machine's."""
        try:
            return parsedate_to_datetime(self.headers["date"]).astimezone(UTC)
        except (KeyError, ValueError, TypeError):
            return datetime.now(UTC)


class Transport(Protocol):
    def __call__(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Answer:
        """Follows no redirects. Raises NoAnswer."""


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> None:
        return None


_OPENER = urllib.request.build_opener(_Stay)


def over_http(method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Answer:
    """With the standard library; proxies of the environment are honoured. Only http and https."""
    if not url.startswith(("https://", "http://")):
        raise NoAnswer(f"not a URL to ask: {url[:100]}")
    request = urllib.request.Request(url, body, dict(headers), method=method)
    try:
        with _OPENER.open(request, timeout=TIMEOUT_SECONDS) as response:
            return _read(response.status, response.headers, response.read(LIMIT_BYTES))
    except urllib.error.HTTPError as answered:
        with answered:
            return _read(answered.code, answered.headers, answered.read(LIMIT_BYTES))
    except (OSError, HTTPException) as problem:
        raise NoAnswer(f"no answer: {problem}") from problem


def _read(status: int, headers: Message, body: bytes) -> Answer:
    return Answer(status, {name.lower(): value for name, value in headers.items()}, body)
