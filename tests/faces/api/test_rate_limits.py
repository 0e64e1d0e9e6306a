"""What one client, and one tenant, may ask in a minute (contract/extensions.md §3)."""

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client

from apps.events.types import EventType
from apps.web import limits
from tests import ceremonies, record
from tests.faces.api.bearers import realm_token
from tests.faces.api.caller import FORBIDDEN, UNAUTHORIZED, Caller, read
from tests.racing import race
from tests.world import World, build

NAMES = ("RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset")
TOO_MANY = {"code": "too_many_requests", "message": "too many requests"}


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Stands still, ten seconds into the next window; `clock(70)` is ten seconds into the one after it."""
    monkeypatch.setattr(limits, "_now", lambda: int(time.time()))
    window = (int(time.time()) // 60 + 1) * 60
    with time_machine.travel(window + 10, tick=False) as traveller:
        yield lambda second: traveller.move_to(window + second)


@pytest.fixture(autouse=True)
def three_a_minute(settings: Any) -> None:
    settings.API_CLIENT_REQUESTS_PER_MINUTE = 3
    settings.API_TENANT_REQUESTS_PER_MINUTE = 0


def told(response: Any) -> list[str | None]:
    return [response.headers.get(name) for name in NAMES]


def denials(world: World) -> list[Any]:
    return record.events(world.acme.admin_realm, EventType.API_REQUEST_DENIED)


def test_every_answer_says_what_is_left(api: Caller) -> None:
    assert told(api.get("/identities")) == ["3", "2", "50"]
    assert told(api.get("/identities/0000000000000000")) == ["3", "1", "50"]
    assert told(api.post("/identities", b"{")) == ["3", "0", "50"]
    response = api.get("/identities")
    assert read(response, 429) == TOO_MANY
    assert told(response) == ["3", "0", "50"]
    assert response["Retry-After"] == "50"


def test_the_next_window_begins_anew(api: Caller, clock: Any) -> None:
    assert [api.get("/identities").status_code for _ in range(4)] == [200, 200, 200, 429]
    clock(60)
    response = api.get("/identities")
    assert (response.status_code, told(response)) == (200, ["3", "2", "60"])


def test_a_refused_request_does_nothing(world: World, api: Caller) -> None:
    for _ in range(3):
        api.get("/identities")
    assert api.delete(f"/identities/{world.bob.pk}").status_code == 429
    assert api.post("/identities", b"{", Idempotency_Key="again").status_code == 429
    world.bob.refresh_from_db()


def test_a_flood_leaves_one_event_for_each_client_and_window(world: World, api: Caller, clock: Any) -> None:
    for _ in range(20):
        api.get("/identities")
    (event,) = denials(world)
    assert (event.outcome, event.actor_id) == ("TOO_MANY_REQUESTS", str(world.acme.management_api.pk))
    assert event.data == {"limit": "api-client", "requests": 3, "seconds": 60}
    clock(70)
    for _ in range(20):
        api.get("/identities")
    assert len(denials(world)) == 2


def test_a_flood_of_forbidden_requests_is_cut_off_too(world: World, api: Caller) -> None:
    elsewhere = api.at(world.evil.customers.realm)
    answers = [elsewhere.get("/identities").status_code for _ in range(10)]
    assert answers == [403] * 3 + [429] * 7
    outcomes = [event.outcome for event in denials(world)]
    assert outcomes == ["FOREIGN_TENANT"] * 3 + ["TOO_MANY_REQUESTS"]


def test_another_client_and_another_tenant_have_their_own(world: World, api: Caller, client: Client) -> None:
    own = Caller(client, realm_token(world, ["identities:read"]), world.realm)
    eve = Caller(client, ceremonies.management_token(world.ctx, world.evil), world.evil.customers.realm)
    for _ in range(5):
        api.at(world.evil.customers.realm).get("/identities")
    assert told(own.get("/identities")) == ["3", "2", "50"]
    assert told(eve.get("/identities")) == ["3", "2", "50"]
    assert read(eve.at(world.realm).get("/identities"), 403) == FORBIDDEN


def test_the_clients_of_a_tenant_share_its_limit(world: World, api: Caller, client: Client, settings: Any) -> None:
    own = Caller(client, realm_token(world, ["identities:read"]), world.realm)
    settings.API_CLIENT_REQUESTS_PER_MINUTE = 100
    settings.API_TENANT_REQUESTS_PER_MINUTE = 4
    answers = [caller.get("/identities") for caller in (api, own, api, own, api, own)]
    assert [answer.status_code for answer in answers] == [200] * 4 + [429] * 2
    assert [answer["RateLimit-Remaining"] for answer in answers] == ["3", "2", "1", "0", "0", "0"]
    assert {answer["RateLimit-Limit"] for answer in answers} == {"4"}
    eve = Caller(client, ceremonies.management_token(world.ctx, world.evil), world.evil.customers.realm)
    assert eve.get("/identities").status_code == 200
    (event,) = denials(world)
    assert event.data["limit"] == "api-tenant"


def test_no_limit_is_no_header(api: Caller, settings: Any) -> None:
    settings.API_CLIENT_REQUESTS_PER_MINUTE = 0
    answers = [api.get("/identities") for _ in range(5)]
    assert [(answer.status_code, told(answer)) for answer in answers] == [(200, [None] * 3)] * 5


def test_nobody_is_counted_before_their_token_is_believed(api: Caller) -> None:
    for _ in range(10):
        response = replace(api, token="nonsense").get("/identities")
        assert read(response, 401) == UNAUTHORIZED
        assert told(response) == [None] * 3
    assert told(api.get("/identities")) == ["3", "2", "50"]


def test_an_answer_given_again_says_what_is_left_now(api: Caller) -> None:
    body = {"group": {"display_name": "Pickers"}}
    first, again = (api.post("/groups", body, Idempotency_Key="one-group") for _ in range(2))
    assert first.content == again.content
    assert (told(first), told(again)) == (["3", "2", "50"], ["3", "1", "50"])


def test_without_a_cache_everybody_is_served(api: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    def down(*_: Any, **__: Any) -> None:
        raise ConnectionError

    monkeypatch.setattr(type(cache._connections[cache._alias]), "incr", down)  # type: ignore[attr-defined]
    assert [api.get("/identities").status_code for _ in range(5)] == [200] * 5


def test_limits_cost_no_statement(api: Caller, django_assert_num_queries: Any) -> None:
    api.get("/identities")
    with django_assert_num_queries(3):
        api.get("/identities")


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_exactly_as_many_pass(settings: Any) -> None:
    settings.API_CLIENT_REQUESTS_PER_MINUTE = 3
    world = build()
    token = ceremonies.management_token(world.ctx, world.acme)

    def ask() -> int:
        return Caller(Client(), token, world.realm).get("/signing-keys").status_code

    finish = race(ask, times=7)
    assert sorted(finish.won) == [200] * 3 + [429] * 4
    assert len(denials(world)) == 1
