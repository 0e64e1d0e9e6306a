"""GET …/bi-authenticate: the browser hand-over (contract/wire.md §2). A browser with a request of the application's is shown
on to the authenticator, and nobody is shown anywhere else."""

from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client as Browser

from apps.applications.models import Application
from apps.tokens.issuer import endpoints_of
from apps.web import limits
from tests import apps, ceremonies
from tests.faces import doors
from tests.world import World

HTML = {"Accept": "text/html"}


def door_of(application: Application) -> str:
    return doors.path_of(endpoints_of(application).authenticate)


def request_in(address: str) -> str:
    return parse_qs(urlsplit(address).query)["request"][0]


def test_a_browser_is_shown_on_to_the_app_as_often_as_it_comes(world: World) -> None:
    app = apps.open_app(world)
    led_to = app.arrive_at()
    for method in (app.browser.get, app.browser.get, app.browser.head):
        answer = method(door_of(app.application), {"request": request_in(led_to)}, headers=HTML)
        assert (answer.status_code, answer["Location"]) == (302, led_to)
        assert answer["Referrer-Policy"] == "no-referrer"


def test_a_browser_is_shown_on_to_the_hosted_page(world: World, client: Browser) -> None:
    shop = ceremonies.client_of(world)
    led_to = doors.sent_to(client, shop)
    answer = client.get(door_of(shop.application), {"request": request_in(led_to)}, headers=HTML)
    assert (answer.status_code, answer["Location"]) == (302, led_to)
    assert client.get(doors.path_of(answer["Location"])).status_code == 200


@pytest.mark.parametrize("case", ["none", "noise", "cut", "of another application"])
def test_what_is_no_request_of_its_own_leads_nowhere(world: World, client: Browser, case: str) -> None:
    shop, app = ceremonies.client_of(world), apps.open_app(world)
    asked = request_in(app.arrive_at() if case == "of another application" else doors.sent_to(client, shop))
    spoilt = {"none": {}, "noise": {"request": "https://evil.test"}, "cut": {"request": asked[:-2]}}
    query = spoilt.get(case, {"request": asked})
    for accept in ("text/html", "application/json"):
        answer = client.get(door_of(shop.application), query, headers={"Accept": accept})
        assert (answer.status_code, "Location" in answer) == (404, False)
        assert answer["Content-Type"].startswith(accept)


def test_it_is_not_to_be_called_without_end(world: World, client: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "LINKS", limits.Limit("links", 1, 60))
    shop = ceremonies.client_of(world)
    asked = {"request": request_in(doors.sent_to(client, shop))}
    assert [client.get(door_of(shop.application), asked, headers=HTML).status_code for _ in range(2)] == [302, 429]
