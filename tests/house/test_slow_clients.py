"""Clients that never end what they say hold up nobody else, with no proxy in front (security.md R25, R26, C9)."""

import http.client
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from identity_cloud import wsgi
from identity_cloud.serve import HEAD_BYTES, LANES, THREADS, Listener, web_server
from tests.house.test_serve import engines as engines  # noqa: PLC0414 - fixtures
from tests.house.test_serve import get, read_until
from tests.house.test_serve import running as running  # noqa: PLC0414
from tests.waiting import PATIENCE_SECONDS, until

HEAD = "POST /signup HTTP/1.1\r\nHost: localhost:{port}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
BEGINNINGS = ("Content-Length: 900\r\n\r\nname=A", "Transfer-Encoding: chunked\r\n\r\n6\r\nname=A\r\n")


@contextmanager
def unfinished(port: int, number: int) -> Iterator[list[socket.socket]]:
    with ExitStack() as stack:
        sockets = []
        for each in range(number):
            client = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_SECONDS))
            client.sendall((HEAD.format(port=port) + BEGINNINGS[each % 2]).encode())
            sockets.append(client)
        yield sockets


def answers(port: int) -> bool:
    """Asked anew until it does: a server that has no thread left for it never will."""

    def asked() -> bool:
        try:
            return get(port, "/signup") == 200
        except OSError:
            return False

    return until(asked)


@pytest.mark.parametrize(
    "number", [5 * LANES, 20 * LANES], ids=["more than work at once", "more than one line may have"]
)
def test_bodies_that_never_end_keep_nobody_waiting(running: tuple[subprocess.Popen[str], int], number: int) -> None:
    process, port = running
    read_until(process, "Ctrl-C")
    with unfinished(port, number):
        assert answers(port)


def test_a_head_is_bounded(running: tuple[subprocess.Popen[str], int]) -> None:
    process, port = running
    read_until(process, "Ctrl-C")
    assert head_of(port, HEAD_BYTES // 2) == 404
    assert head_of(port, 2 * HEAD_BYTES) == 431


def test_behind_a_proxy_which_waits_for_them_every_thread_works() -> None:
    listener = Listener("127.0.0.1", 8000, 1)
    behind, exposed = web_server(listener, behind_proxy=True), web_server(listener, behind_proxy=False)
    assert behind[behind.index("--blocking-threads") + 1] == str(LANES)
    assert exposed[exposed.index("--blocking-threads") + 1] == str(THREADS)
    assert wsgi.application is not wsgi.exposed
    assert [behind[-1], exposed[-1]] == ["identity_cloud.wsgi:application", "identity_cloud.wsgi:exposed"]


def head_of(port: int, size: int) -> int:
    connection = http.client.HTTPConnection("localhost", port, timeout=PATIENCE_SECONDS)
    connection.request("GET", "/nothing", headers={"X-Long": "x" * size})
    try:
        return connection.getresponse().status
    finally:
        connection.close()
