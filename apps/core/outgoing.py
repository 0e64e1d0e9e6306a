"""Asking servers that somebody else named: the one place that connects to an address which came in from outside.

Guarded against being sent to our own neighbours (contract/extensions.md §7): https only, names resolved once and the
connection pinned to what was found, nothing but public addresses, no redirects, no proxies, 5 seconds and 64 KiB in
all. OUTGOING_ALLOW_PRIVATE lifts the rule on addresses, for a network of one's own. OUTGOING_ALLOW_LOOPBACK, which the
embedded mode has on, lets http through to this very machine, by the names it has for itself. Who is bound by other rules
than these says so with a `Reach`.
"""

import http.client
import ipaddress
import json
import socket
import ssl
import threading
import time
from collections.abc import Container, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urlencode, urlsplit

from django.conf import settings

from apps.core.errors import told

SECONDS = 5.0
BODY_BYTES = 65_536
_PORTS = (443, 8443)
_ADDRESSES_TRIED = 3
_LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})
_PUBLIC_IPV6 = ipaddress.IPv6Network("2000::/3")
# Public by the letter, but each leads to an IPv4 address inside it, or to nowhere.
_NOT_PUBLIC = [
    ipaddress.ip_network(text)
    for text in ("192.0.0.0/24", "192.88.99.0/24", "224.0.0.0/4", "2001::/23", "2002::/16", "3fff::/20")
]
# The system's resolver knows no deadline; a name that takes too long is waited for here and not in the request.
_RESOLVERS = ThreadPoolExecutor(4, thread_name_prefix="resolver")


class Unreachable(Exception):
    """Nothing usable came back. Says why, for an event or a log: not for whoever named the address."""


class Unresolved(Unreachable):
    """The name leads nowhere, today."""


@dataclass(frozen=True, slots=True)
class Reach:
    """How far a request may go. `allow_loopback`: unencrypted too, to this very machine by its own names. `allow_plain`:
    unencrypted to any address that is not public. `authorities`: PEM of those that are believed besides the system's."""

    ports: Container[int] = _PORTS
    allow_private: bool = False
    allow_loopback: bool = False
    allow_plain: bool = False
    authorities: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """Whatever it said, redirects and errors too: nothing was followed."""

    status: int
    content_type: str
    body: bytes

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300


def get_json(url: str) -> Any:
    """A JSON document answered with 200. Raises Unreachable."""
    return read_json(send("GET", url, headers={"Accept": "application/json"}))


def read_json(answer: Answer) -> Any:
    """The JSON of an answer of 200. Raises Unreachable."""
    if answer.status != 200:
        raise Unreachable(told("it answered %(status)s", status=answer.status))
    media_type = answer.content_type.partition(";")[0].strip().lower()
    if media_type != "application/json" and not media_type.endswith("+json"):
        raise Unreachable("it did not answer with JSON")
    try:
        return json.loads(answer.body)
    except (ValueError, RecursionError):
        raise Unreachable("what it answered cannot be read") from None


def post_form(url: str, form: Mapping[str, str]) -> Answer:
    """Raises Unreachable when there was no answer at all."""
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "*/*"}
    return send("POST", url, body=urlencode(form).encode(), headers=headers)


def send(
    method: str, url: str, *, body: bytes | None = None, headers: Mapping[str, str], reach: Reach | None = None
) -> Answer:
    """One request, one answer, on a connection of its own. Raises Unreachable."""
    deadline = time.monotonic() + SECONDS
    reach = reach or own_reach()
    parts, port = _read(url, reach)
    host = parts.hostname or ""
    addresses = _resolve(host, port, deadline, reach, is_plain=parts.scheme == "http")
    tls = _tls(reach) if parts.scheme == "https" else None
    try:
        with _connected(addresses, host, tls, deadline) as connection:
            exchange = http.client.HTTPConnection(host, port)
            exchange.sock = connection
            own = {"Host": parts.netloc, "Accept-Encoding": "identity", "Connection": "close"}
            target = f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"
            exchange.request(method, target, body, {**own, **headers})
            response = exchange.getresponse()
            received = response.read(BODY_BYTES + 1)
            content_type = response.headers.get("Content-Type", "")
    except (OSError, http.client.HTTPException, ValueError) as problem:
        raise Unreachable(told("the connection failed: %(problem)s", problem=type(problem).__name__)) from None
    if len(received) > BODY_BYTES:
        raise Unreachable("it answered too much")
    return Answer(response.status, content_type, received)


def pour(host: str, port: int, body: bytes, *, encrypted: bool, reach: Reach) -> None:
    """Sends bytes to a server that answers nothing but by closing: whoever closes after our end has read to it, and what
    was not read breaks the connection instead. Raises Unreachable."""
    deadline = time.monotonic() + SECONDS
    addresses = _resolve(host, _allowed_port(port, reach), deadline, reach)
    try:
        with _connected(addresses, host, _tls(reach) if encrypted else None, deadline) as connection:
            connection.sendall(body)
            _end(connection)
    except (OSError, ValueError) as problem:
        raise Unreachable(told("the connection failed: %(problem)s", problem=type(problem).__name__)) from None


def _end(connection: socket.socket) -> None:
    """Says that this was all and waits until the other side is done, too. Raises OSError when it broke off."""
    if not isinstance(connection, ssl.SSLSocket):
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(4096):
            pass
        return
    try:
        connection.unwrap()
    except ssl.SSLEOFError:
        return  # closed without TLS's own farewell, as many do
    except OSError as problem:
        if problem.errno != 0:  # 0: the same, as older libraries put it
            raise


def why_unreachable(url: str, reach: Reach, *, seconds: float = 2.0) -> str:
    """Why nothing would ever be sent there, or "". A name that leads nowhere today may lead somewhere tomorrow."""
    try:
        parts, port = _read(url, reach)
        _resolve(parts.hostname or "", port, time.monotonic() + seconds, reach, is_plain=parts.scheme == "http")
    except Unresolved:
        return ""
    except Unreachable as problem:
        return str(problem)
    return ""


def why_host_unreachable(host: str, port: int, reach: Reach, *, seconds: float = 2.0) -> str:
    """The same for what is no URL."""
    try:
        _resolve(host, _allowed_port(port, reach), time.monotonic() + seconds, reach)
    except Unresolved:
        return ""
    except Unreachable as problem:
        return str(problem)
    return ""


def own_reach() -> Reach:
    """How far we go where nothing else was said."""
    return Reach(allow_private=settings.OUTGOING_ALLOW_PRIVATE, allow_loopback=settings.OUTGOING_ALLOW_LOOPBACK)


def _read(url: str, reach: Reach) -> tuple[SplitResult, int]:
    try:
        parts = urlsplit(url)
        port = parts.port or (80 if parts.scheme == "http" else 443)
    except ValueError:
        raise Unreachable("not a URL") from None
    is_loopback = reach.allow_loopback and parts.hostname in _LOOPBACK_HOSTS
    unencrypted = parts.scheme == "http" and (is_loopback or reach.allow_plain)
    if parts.scheme != "https" and not unencrypted:
        raise Unreachable("not https")
    if not parts.hostname or "@" in parts.netloc or not url.isascii():
        raise Unreachable("not a URL of a server")
    return parts, port if is_loopback else _allowed_port(port, reach)


def _allowed_port(port: int, reach: Reach) -> int:
    if port not in reach.ports and not reach.allow_private:
        raise Unreachable("not a port of the web" if reach.ports == _PORTS else "not a port that is served here")
    return port


def _resolve(host: str, port: int, deadline: float, reach: Reach, *, is_plain: bool = False) -> list[tuple[str, int]]:
    """Every address of the name, once: one that is not public spoils the rest, whichever would have been taken."""
    looking = _RESOLVERS.submit(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
    try:
        found = looking.result(deadline - time.monotonic())
    except (OSError, UnicodeError, TimeoutError):
        looking.cancel()
        raise Unresolved("its name leads nowhere") from None
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    is_loopback = reach.allow_loopback and host in _LOOPBACK_HOSTS
    if not is_loopback and not reach.allow_private and not all(map(is_public, addresses)):
        raise Unreachable("its address is not public")
    if is_plain and not is_loopback and any(map(is_public, addresses)):
        raise Unreachable("not https")
    return [(address, port) for address in addresses[:_ADDRESSES_TRIED]]


def _tls(reach: Reach) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if reach.authorities:
        context.load_verify_locations(cadata=reach.authorities)
    return context


def is_public(address: str) -> bool:
    """An address of the open internet: not ours, not a neighbour's, not one that wraps another."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:  # with a zone: link-local
        return False
    if any(found in network for network in _NOT_PUBLIC if network.version == found.version):
        return False
    return found.is_global and (found.version == 4 or found in _PUBLIC_IPV6)


@contextmanager
def _connected(
    addresses: list[tuple[str, int]], host: str, tls: ssl.SSLContext | None, deadline: float
) -> Iterator[socket.socket]:
    """A connection that is cut at the deadline, however slowly the other end drips. Without `tls` it is unencrypted."""
    connection = _first(addresses, deadline)
    if tls is not None:
        connection = tls.wrap_socket(connection, server_hostname=host, do_handshake_on_connect=False)
    watch = threading.Timer(max(0.0, deadline - time.monotonic()), _cut, [connection])
    watch.daemon = True
    watch.start()
    try:
        connection.settimeout(max(0.1, deadline - time.monotonic()))
        if isinstance(connection, ssl.SSLSocket):
            connection.do_handshake()
        yield connection
        if time.monotonic() >= deadline:
            raise TimeoutError("cut short")
    finally:
        watch.cancel()
        connection.close()


def _first(addresses: list[tuple[str, int]], deadline: float) -> socket.socket:
    for address in addresses[:-1]:
        try:
            return socket.create_connection(address, max(0.1, (deadline - time.monotonic()) / 2))
        except OSError:
            continue
    return socket.create_connection(addresses[-1], max(0.1, deadline - time.monotonic()))


def _cut(connection: socket.socket) -> None:
    """By the plain socket's own method: TLS's would take the session away from under whoever is reading."""
    try:
        socket.socket.shutdown(connection, socket.SHUT_RDWR)
    except OSError:
        return  # it was over in the same moment
