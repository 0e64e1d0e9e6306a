"""Bodies whose length nobody said before, as streaming clients send them (RFC 9112 §7.1)."""

import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import Client

from apps.directory.models import Identity
from identity_cloud.wsgi import application as wsgi
from tests.faces.api.caller import Caller

BOB = b'{"identity":{"display_name":"Streamed","traits":{"type":"traits_v0","username":"streamed"}}}'


@pytest.fixture(autouse=True)
def _one_connection() -> Iterator[None]:
    """The server lets go of connections between requests; the test's own must outlive them."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


class Stream(io.BytesIO):
    """As a socket gives it: a little at a time."""

    def read(self, size: int | None = -1) -> bytes:
        return super().read(min(65_536, size) if size and size > 0 else 65_536)


def send(api: Caller, body: io.BytesIO, content_type: str = "application/json") -> tuple[int, dict[str, Any]]:
    said: list[str] = []
    environ = Client()._base_environ(PATH_INFO=f"{api.base}/identities", REQUEST_METHOD="POST", HTTP_HOST="localhost")
    streamed = {
        **environ,
        "HTTP_TRANSFER_ENCODING": "chunked",
        "HTTP_AUTHORIZATION": f"Bearer {api.token}",
        "CONTENT_TYPE": content_type,
        "wsgi.input": body,
    }
    answer = wsgi(streamed, lambda status, headers, *_: said.append(status))
    return int(said[0].split()[0]), json.loads(b"".join(answer))


def test_a_body_in_chunks_is_read_as_any_other(api: Caller) -> None:
    status, identity = send(api, Stream(BOB))
    assert (status, identity["display_name"]) == (200, "Streamed")
    assert Identity.objects.get(pk=identity["id"]).username == "streamed"


def test_chunks_without_end_are_too_much_and_are_not_read_to_it(api: Caller) -> None:
    body = Stream(b" " * 4_194_304)
    assert send(api, body) == (413, {"code": "payload_too_large", "message": "the request is too large"})
    assert body.tell() == 1_048_577


def test_no_chunks_are_no_body(api: Caller) -> None:
    status, refusal = send(api, Stream())
    assert (status, refusal["details"][0]["field_violations"]) == (
        400,
        [{"field": "identity", "description": "missing"}],
    )
