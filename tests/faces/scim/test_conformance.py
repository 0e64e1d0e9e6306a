"""scim2-tester, a checker of SCIM servers that nobody here wrote, run whole against a realm (RFC 7643, RFC 7644)."""

from collections.abc import Iterator

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from scim2_client.engines.wsgi import WSGISCIMClient
from scim2_tester import Status, check_server

from tests.faces.scim.provisioner import Provisioner

pytestmark = pytest.mark.django_db


@pytest.fixture
def connection_of_the_test() -> Iterator[None]:
    """A request would close the connection that holds the test's transaction."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def test_a_checker_of_others_finds_nothing(scim: Provisioner, connection_of_the_test: None) -> None:
    client = WSGISCIMClient(
        WSGIHandler(), f"http://testserver{scim.base}", headers={"Authorization": f"Bearer {scim.token}"}
    )
    client.discover()
    results = check_server(client)
    wrong = [each for each in results if each.status in (Status.ERROR, Status.CRITICAL)]
    assert [(each.title, each.reason, each.data) for each in wrong] == []
    assert sum(each.status is Status.SUCCESS for each in results) > 100
