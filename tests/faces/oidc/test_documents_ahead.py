"""Discovery and keys as the WSGI server sees them: repeated from memory, and anew as soon as something changed."""

import io
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import Client

from apps.applications.services import applications
from apps.tokens.services import signing_keys
from identity_cloud.wsgi import application as wsgi
from tests.faces.oidc.shop import Shop

DOCUMENTS = (".well-known/openid-configuration", ".well-known/jwks.json")


@pytest.fixture(autouse=True)
def _one_connection() -> Iterator[None]:
    """The server lets go of connections between requests; the test's own must outlive them."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def ask(path: str, method: str = "GET", **environ: str) -> tuple[str, dict[str, str], bytes]:
    said: list[Any] = []
    base = Client()._base_environ(PATH_INFO=path, REQUEST_METHOD=method, HTTP_HOST="localhost")
    answer = wsgi(
        {**base, "wsgi.input": io.BytesIO(), **environ}, lambda status, headers, *_: said.extend((status, headers))
    )
    body = b"".join(answer)
    if hasattr(answer, "close"):
        answer.close()
    return said[0], dict(said[1]), body


@pytest.mark.parametrize("document", DOCUMENTS)
def test_the_second_answer_asks_the_database_nothing_and_is_the_same(
    shop: Shop, document: str, django_assert_num_queries: Any
) -> None:
    first = ask(shop.path(document))
    with django_assert_num_queries(0):
        second = ask(shop.path(document))
    assert first[0] == second[0] == "200 OK"
    assert first[2] == second[2]
    assert first[1].pop("X-Correlation-Id") != second[1].pop("X-Correlation-Id")
    assert first[1] == second[1]
    assert second[1]["Cache-Control"].startswith("public")
    assert second[1]["X-Content-Type-Options"] == "nosniff"


def test_a_rotated_key_is_published_at_once(shop: Shop) -> None:
    before = ask(shop.path(DOCUMENTS[1]))[2]
    signing_keys.rotate_signing_keys(shop.world.ctx, shop.application.realm)
    assert ask(shop.path(DOCUMENTS[1]))[2] != before


def test_an_application_that_changed_is_discovered_as_it_is(shop: Shop) -> None:
    before = ask(shop.path(DOCUMENTS[0]))[2]
    applications.update_application(
        shop.world.request,
        shop.application,
        protocol_config={"grant_type": ["authorization_code", "client_credentials"]},
    )
    assert ask(shop.path(DOCUMENTS[0]))[2] != before


def test_a_deleted_application_is_gone(shop: Shop) -> None:
    assert ask(shop.path(DOCUMENTS[0]))[0] == "200 OK"
    applications.delete_application(shop.world.request, shop.application)
    assert ask(shop.path(DOCUMENTS[0]))[0] == "404 Not Found"


def test_a_foreign_host_learns_nothing_from_memory(shop: Shop) -> None:
    assert ask(shop.path(DOCUMENTS[0]))[0] == "200 OK"
    assert ask(shop.path(DOCUMENTS[0]), HTTP_HOST="evil.example")[0] == "400 Bad Request"


def test_what_somebody_asks_in_another_way_is_answered_anew(shop: Shop) -> None:
    path = shop.path(DOCUMENTS[1])
    _, headers, body = ask(path)
    assert ask(path, HTTP_X_CORRELATION_ID="flow-0123456789")[1]["X-Correlation-Id"] == "flow-0123456789"
    assert ask(path, HTTP_IF_NONE_MATCH=headers["ETag"])[0] == "304 Not Modified"
    assert ask(path, "HEAD")[0] == "200 OK"
    assert ask(path, "POST")[0] == "405 Method Not Allowed"
    assert ask(path)[2] == body


def test_errors_are_not_kept(shop: Shop) -> None:
    path = shop.path(DOCUMENTS[0]).replace(shop.application.realm_id, "0" * 16)
    assert [ask(path)[0] for _ in range(2)] == ["404 Not Found"] * 2
