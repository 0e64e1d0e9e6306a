"""An address typed with a slash too few or too many leads to its page; programs are told of their slip."""

import pytest
from django.test import Client


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("/console", "/console/"),
        ("/console?next=1", "/console/?next=1"),
        ("/console/realms/", "/console/realms"),
        ("/console/realms/abc", "/console/realms/abc/"),
        ("/signup/", "/signup"),
        ("/docs/api/", "/docs/api"),
    ],
)
def test_the_page_beside_it_is_opened(client: Client, db: None, typed: str, meant: str) -> None:
    answer = client.get(typed)
    assert (answer.status_code, answer["Location"]) == (302, meant)


@pytest.mark.parametrize(
    "path",
    ["/nothing", "/nothing/", "/%2fevil.example/", "/%2fsignup/", "/%5csignup/", "/signup//", "/v1/tenants/x/realms/"],
)
def test_what_is_nowhere_is_not_found(client: Client, db: None, path: str) -> None:
    assert client.get(path).status_code == 404


def test_only_whoever_reads_is_sent_on(client: Client, db: None) -> None:
    assert client.post("/signup/").status_code == 404
    assert client.get("/signup/", headers={"accept": "application/json"}).status_code == 404
