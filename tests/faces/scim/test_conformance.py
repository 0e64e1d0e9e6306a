"""scim2-tester, a checker of SCIM servers that nobody here wrote, run whole against a realm (RFC 7643, RFC 7644)."""

from collections.abc import Iterator

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from scim2_client.engines.wsgi import WSGISCIMClient
from scim2_tester import CheckResult, Status, check_server

from tests.faces.scim.provisioner import Provisioner

pytestmark = pytest.mark.django_db

# Departures that are meant, each with its reason (docs/scim.md). What is not here is a mistake.
MEANT = {
    "displayName": "always there: taken away, it is derived from the name or the user name",
    "active": "always there: a person is active or suspended, and taking the word away changes neither",
    "emails": "the primary address is shown as `work`, whatever it was called",
}


@pytest.fixture
def connection_of_the_test() -> Iterator[None]:
    """A request would close the connection that holds the test's transaction."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def test_a_checker_of_others_finds_nothing_but_what_is_meant(scim: Provisioner, connection_of_the_test: None) -> None:
    client = WSGISCIMClient(
        WSGIHandler(), f"http://testserver{scim.base}", headers={"Authorization": f"Bearer {scim.token}"}
    )
    client.discover()
    results = check_server(client)
    wrong = [each for each in results if each.status in (Status.ERROR, Status.CRITICAL) and not is_meant(each)]
    assert [(each.title, each.reason, each.data) for each in wrong] == []
    assert sum(each.status is Status.SUCCESS for each in results) > 100


def is_meant(result: CheckResult) -> bool:
    return result.resource_type == "User" and isinstance(result.data, dict) and result.data.get("urn") in MEANT
