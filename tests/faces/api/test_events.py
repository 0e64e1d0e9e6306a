"""R/events: filters, pages and single events (contract/extensions.md §7, §10)."""

import json
from datetime import timedelta
from typing import Any

import pytest

from apps.core.times import rfc3339
from apps.directory.services import identities
from apps.events import searching
from apps.events.models import Event
from tests import ceremonies, record
from tests.faces.api.caller import Caller, missing, read, violations
from tests.world import World


@pytest.fixture
def flow(world: World) -> str:
    """Bob signs in to the shop. The correlation id of what that left."""
    passkey = ceremonies.give_passkey(world, world.bob)
    ceremonies.tokens_for(world.visitor, ceremonies.client_of(world), passkey)
    return record.events(world.realm)[-1].correlation_id


EMPTY = [{"outcome[]": "ALLOW", "type": "SESSION_CHANGE"}, {"actor_type": "system"}, {"q": "no such words"}]


def found(api: Caller, **query: Any) -> list[dict[str, Any]]:
    return read(api.get("/events", **query))["events"]


def test_an_event_says_everything_that_the_contract_names(world: World, api: Caller) -> None:
    identities.update_identity(world.ctx, world.bob, display_name="Robert")
    row = Event.objects.filter(realm_id=world.realm.pk).latest("id")
    item = {
        "id": str(row.pk),
        "tenant_id": world.acme.tenant.pk,
        "realm_id": world.realm.pk,
        "type": "IDENTITY_CHANGE",
        "version": 1,
        "occurred_at": rfc3339(world.ctx.now),
        "recorded_at": rfc3339(row.recorded_at),
        "correlation_id": world.ctx.correlation_id,
        "outcome": "SUCCESS",
        "actor": {"type": world.ctx.actor.type, "id": world.ctx.actor.id, "display_name": world.ctx.actor.display_name},
        "targets": [{"type": "identity", "id": world.bob.pk, "display_name": "Bob Baker"}],
        "client": {"ip": world.ctx.client.ip, "user_agent": world.ctx.client.user_agent, "country": ""},
        "data": {"action": "UPDATE", "personal": {"changes": {"display_name": ["Bob Baker", "Robert"]}}},
    }
    assert found(api, page_size=1) == [item]
    assert read(api.get(f"/events/{row.pk}")) == item


def test_each_filter_leaves_what_fits(world: World, api: Caller, flow: str) -> None:
    every = found(api, page_size=1000)
    application = str(world.application.pk)
    asked: list[tuple[dict[str, Any], Any]] = [
        ({"type": "TOKEN_REQUEST"}, lambda e: e["type"] == "TOKEN_REQUEST"),
        ({"type": ["TOKEN_REQUEST", "GROUP_CHANGE"]}, lambda e: e["type"] in ("TOKEN_REQUEST", "GROUP_CHANGE")),
        ({"type[]": ["TOKEN_REQUEST", "GROUP_CHANGE"]}, lambda e: e["type"] in ("TOKEN_REQUEST", "GROUP_CHANGE")),
        ({"outcome[]": "ALLOW", "type": "SESSION_CHANGE"}, lambda e: False),
        ({"actor_type": "system"}, lambda e: e["actor"]["type"] == "system"),
        ({"actor_id": world.bob.pk}, lambda e: e["actor"]["id"] == world.bob.pk),
        ({"target_id": application}, lambda e: application in [t["id"] for t in e["targets"]]),
        ({"correlation_id": flow}, lambda e: e["correlation_id"] == flow),
        ({"outcome": "ALLOW"}, lambda e: e["outcome"] == "ALLOW"),
        ({"ip": world.visitor.client.ip}, lambda e: e["client"]["ip"] == world.visitor.client.ip),
        ({"q": "bob b", "type": "IDENTITY_CHANGE"}, lambda e: e["type"] == "IDENTITY_CHANGE" and "Bob B" in json.dumps(e)),
        ({"q": "no such words"}, lambda e: False),
    ]  # fmt: skip
    for query, fits in asked:
        expected = [event for event in every if fits(event)]
        body = read(api.get("/events", page_size=1000, **query))
        assert body["events"] == expected, query
        assert (body["total_size"], body["total_is_capped"]) == (len(expected), False), query
    assert [query for query, fits in asked if not any(map(fits, every))] == EMPTY


def test_a_username_finds_what_its_person_did_even_under_another_name(world: World, api: Caller, flow: str) -> None:
    mine = found(api, actor_id=world.bob.pk, page_size=1000)
    identities.update_identity(world.ctx, world.bob, display_name="Somebody Else")
    ours = [event["id"] for event in found(api, q="BOB", page_size=1000)]
    assert {event["id"] for event in mine} <= set(ours)


def test_times_are_from_the_start_and_before_the_end(world: World, api: Caller, flow: str) -> None:
    now = record.events(world.realm)[-1].occurred_at
    everything = len(found(api, page_size=1000))
    later, earlier = rfc3339(now + timedelta(seconds=1)), rfc3339(now - timedelta(days=3650))
    assert found(api, start_time=later) == []
    assert len(found(api, start_time=earlier, end_time=later, page_size=1000)) == everything
    assert len(found(api, start_time="2020-01-01T00:00:00+14:00", page_size=1000)) == everything
    assert found(api, end_time=earlier) == found(api, start_time=later, end_time=later) == []
    assert all(event["occurred_at"] >= rfc3339(now) for event in found(api, start_time=rfc3339(now)))


def test_pages_up_and_down_hold_every_event_once(world: World, api: Caller, flow: str) -> None:
    every = found(api, page_size=1000)
    for ordering, expected in (("desc", every), ("asc", every[::-1])):
        walked: list[Any] = []
        query: dict[str, Any] = {"ordering": ordering, "page_size": 7}
        while True:
            body = read(api.get("/events", **query))
            assert body["total_size"] == len(every)
            walked += body["events"]
            if "next_page_token" not in body:
                break
            query["page_token"] = body["next_page_token"]
        assert walked == expected


def test_a_token_fits_only_the_question_it_was_made_for(world: World, api: Caller, flow: str) -> None:
    token = read(api.get("/events", page_size=2, type="TOKEN_REQUEST", actor_id=world.bob.pk))
    assert "next_page_token" not in token
    token = read(api.get("/events", page_size=2, type="IDENTITY_CHANGE"))["next_page_token"]
    assert read(api.get("/events", **{"type[]": "IDENTITY_CHANGE", "page_token": token}))["events"]
    wrong = [("page_token", "invalid page token")]
    for query in (
        {},
        {"type": "GROUP_CHANGE"},
        {"type": "IDENTITY_CHANGE", "q": "x"},
        {"type": "IDENTITY_CHANGE", "ordering": "asc"},
    ):
        assert violations(api.get("/events", page_token=token, **query)) == wrong
    for broken in (token[:-2], "x", token + "A", "ünï"):
        assert violations(api.get("/events", page_token=broken, type="IDENTITY_CHANGE")) == wrong
    assert violations(api.at(world.acme.staff.realm).get("/events", page_token=token, type="IDENTITY_CHANGE")) == wrong


def test_a_total_stops_and_says_so(api: Caller, flow: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "COUNTED", 5)
    body = read(api.get("/events", page_size=2))
    assert (body["total_size"], body["total_is_capped"]) == (5, True)
    again = read(api.get("/events", page_token=body["next_page_token"]))
    assert (again["total_size"], again["total_is_capped"], len(again["events"])) == (5, True, 2)


@pytest.mark.parametrize(
    ("query", "fields"),
    [
        ({"colour": "red"}, ["colour"]),
        ({"skip": 1}, ["skip"]),
        ({"type": "LOGIN"}, ["type"]),
        ({"type[]": ["TOKEN_REQUEST", "x"]}, ["type"]),
        ({"type": ""}, ["type"]),
        ({"type": ["TOKEN_REQUEST"] * 51}, ["type"]),
        ({"actor_type": "robot"}, ["actor_type"]),
        ({"outcome": "nonsense"}, ["outcome"]),
        ({"actor_id": ""}, ["actor_id"]),
        ({"actor_id": "x" * 65}, ["actor_id"]),
        ({"actor_id": ["a", "b"]}, ["actor_id"]),
        ({"target_id": "../x"}, ["target_id"]),
        ({"correlation_id": "short"}, ["correlation_id"]),
        ({"ip": "999.1.1.1"}, ["ip"]),
        ({"q": " "}, ["q"]),
        ({"q": "x" * 10_240}, ["q"]),
        ({"start_time": "yesterday"}, ["start_time"]),
        ({"start_time": "2026-02-30T00:00:00Z"}, ["start_time"]),
        ({"start_time": "2026-01-01T00:00:00"}, ["start_time"]),
        ({"end_time": "0001-01-01T00:00:00+14:00"}, ["end_time"]),
        ({"start_time": "2026-01-02T00:00:00Z", "end_time": "2026-01-01T00:00:00Z"}, ["end_time"]),
        ({"ordering": "up"}, ["ordering"]),
        ({"ordering": ""}, ["ordering"]),
        ({"page_size": "many", "type": "x", "ordering": "up"}, ["type", "page_size", "ordering"]),
    ],
)
def test_what_cannot_be_asked_is_a_violation_by_name(api: Caller, query: dict[str, Any], fields: list[str]) -> None:
    assert [field for field, _ in violations(api.get("/events", **query))] == fields


def test_a_nul_is_refused_and_hostile_text_is_text(api: Caller) -> None:
    assert api.get("/events", q="a\x00b").status_code == 400
    for text in (
        "%",
        "_",
        "'; DROP TABLE events_event; --",
        "\\",
        '"',
        "$[*]",
        "<script>",
        "\udcff".encode("utf-8", "replace").decode(),
    ):
        assert api.get("/events", q=text).status_code == 200


@pytest.mark.parametrize(
    "event_id", ["x", "é", "0", "00000000-0000-0000-0000-000000000000", "01a20475-9772-7339-897b-f4467117717c"]
)
def test_a_bad_or_unknown_id_is_not_found(api: Caller, event_id: str) -> None:
    assert read(api.get(f"/events/{event_id}"), 404) == missing("event", "Event", event_id)


def test_ids_of_another_realm_find_nothing(world: World, api: Caller) -> None:
    for realm, person in (
        (world.acme.staff.realm, world.acme.staff.bob),
        (world.evil.customers.realm, world.evil.customers.bob),
    ):
        theirs = record.events(realm)[-1]
        assert read(api.get(f"/events/{theirs.pk}"), 404) == missing("event", "Event", str(theirs.pk))
        for query in (
            {"actor_id": person.pk},
            {"target_id": person.pk},
            {"q": person.pk},
            {"q": str(theirs.pk)},
            {"q": "Evil"},
        ):
            assert found(api, **query) == []
        assert {event["realm_id"] for event in found(api, correlation_id=theirs.correlation_id)} <= {world.realm.pk}
