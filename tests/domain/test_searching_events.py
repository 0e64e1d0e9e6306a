"""Searching the record: every filter, alone and together, finds exactly what fits, in order, page after page."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from apps.core.context import Actor, ActorType, Client
from apps.directory.models import Identity
from apps.events import sampling, searching
from apps.events.attempt import attempt
from apps.events.filtering import EventFilter
from apps.events.models import Event
from apps.events.planning import along_indexes
from apps.events.types import EventType
from apps.events.walks import Walk, walks, whole
from tests.world import World

pytestmark = pytest.mark.django_db

TYPES = (EventType.TOKEN_REQUEST, EventType.USERINFO_READ, EventType.GROUP_CHANGE)
OUTCOMES = ("SUCCESS", "DENY")
FLOW = "flow-of-these-tests"


@pytest.fixture
def many(world: World) -> list[Event]:
    """Forty-eight events of all sorts, in the order of their ids; the odd ones three minutes older."""
    for number in range(48):
        ctx = replace(
            world.ctx,
            now=world.ctx.now - timedelta(minutes=1 + 3 * (number % 2)),
            client=Client(ip=f"198.51.100.{number % 3}"),
            correlation_id=f"{FLOW}-{number // 8}",
        ).acting_as(Actor(ActorType.IDENTITY, f"{number % 4:016x}", f"Person {number % 4} Ümlaut"))
        with attempt(ctx, TYPES[number % 3], world.realm) as event:
            event.outcome = OUTCOMES[number % 2]
            event.target(Identity(pk=f"{number % 5 + 16:016x}", display_name=f'Thing "{number % 5}"'))
            event.data["reason"] = f"because of 100% {number}"
    return list(Event.objects.filter(realm_id=world.realm.pk, correlation_id__startswith=FLOW).order_by("id"))


def walked(world: World, wanted: EventFilter, **how: Any) -> Iterator[Event]:
    """Page by page to the end."""
    beyond = None
    for _ in range(200):
        page = searching.search(world.realm, wanted, beyond=beyond, **how)
        yield from page.events
        if (beyond := page.next) is None:
            return
        assert page.is_short or len(page.events) == how.get("size", 50)
    raise AssertionError("no end")


FILTERS: dict[str, tuple[dict[str, Any], Any]] = {
    "a type": ({"types": ["TOKEN_REQUEST"]}, lambda e: e.type == "TOKEN_REQUEST"),
    "types": ({"types": ["TOKEN_REQUEST", "GROUP_CHANGE"]}, lambda e: e.type != "USERINFO_READ"),
    "an outcome": ({"outcomes": ["DENY"]}, lambda e: e.outcome == "DENY"),
    "type and outcome": (
        {"types": ["TOKEN_REQUEST", "USERINFO_READ"], "outcomes": ["DENY"]},
        lambda e: e.type != "GROUP_CHANGE" and e.outcome == "DENY",
    ),
    "actor": ({"actor_id": f"{2:016x}"}, lambda e: e.actor_id == f"{2:016x}"),
    "kind of actor": ({"actor_type": "identity", "actor_id": f"{2:016x}"}, lambda e: e.actor_id == f"{2:016x}"),
    "target": ({"target_id": f"{18:016x}"}, lambda e: e.targets[0]["id"] == f"{18:016x}"),
    "actor and target": (
        {"actor_id": f"{2:016x}", "target_id": f"{18:016x}"},
        lambda e: e.actor_id == f"{2:016x}" and e.targets[0]["id"] == f"{18:016x}",
    ),
    "flow": ({"correlation_id": f"{FLOW}-3"}, lambda e: e.correlation_id == f"{FLOW}-3"),
    "address": ({"ip": "198.51.100.1"}, lambda e: e.client_ip == "198.51.100.1"),
    "address and type": (
        {"ip": "198.51.100.1", "types": ["USERINFO_READ"]},
        lambda e: e.client_ip == "198.51.100.1" and e.type == "USERINFO_READ",
    ),
    "name": ({"text": "person 3 "}, lambda e: e.actor_id == f"{3:016x}"),
    "name of a target": ({"text": 'thing "4"'}, lambda e: e.targets[0]["id"] == f"{20:016x}"),
    "no wildcard": ({"text": "100% 1"}, lambda e: e.data["reason"].startswith("because of 100% 1")),
    "nothing is a wildcard": ({"text": "person_3"}, lambda e: False),
    "no key of ours": ({"text": "display_name"}, lambda e: False),
    "id as text": ({"text": f"{18:016x}"}, lambda e: e.targets[0]["id"] == f"{18:016x}"),
    "address as text": ({"text": "198.51.100.2"}, lambda e: e.client_ip == "198.51.100.2"),
    "flow as text": ({"text": f"{FLOW}-2"}, lambda e: e.correlation_id == f"{FLOW}-2"),
    "outcome as text": ({"text": "deny", "types": ["TOKEN_REQUEST"]}, lambda e: e.outcome + e.type == "DENYTOKEN_REQUEST"),
    "whom a text names": (
        {"text": "who", "named": (f"{1:016x}",), "types": ["GROUP_CHANGE"]},
        lambda e: e.actor_id == f"{1:016x}" and e.type == "GROUP_CHANGE",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FILTERS)
def test_a_filter_finds_what_fits_and_nothing_else_whatever_the_page(
    world: World, many: list[Event], name: str
) -> None:
    given, fits = FILTERS[name]
    wanted = EventFilter(**given)
    ours = {event.pk for event in many}
    expected = [event.pk for event in many if fits(event)]
    for how in ({"size": 50}, {"size": 3}, {"size": 4, "looked_through": 7}, {"size": 1000}):
        up = [event.pk for event in walked(world, wanted, ascending=True, **how) if event.pk in ours]
        down = [event.pk for event in walked(world, wanted, **how) if event.pk in ours]
        assert up == expected, how
        assert down == expected[::-1], how
    assert searching.count(world.realm, wanted).size >= len(expected)


def test_a_time_is_of_what_happened_from_the_start_up_to_the_end(world: World, many: list[Event]) -> None:
    now = world.ctx.now
    older = [event.pk for event in many[1::2]]
    newer = [event.pk for event in many[::2]]
    half = now - timedelta(minutes=2)
    for window, expected in (
        ({"start": half}, newer),
        ({"end": half, "start": now - timedelta(hours=2)}, older),
        ({"start": half, "end": half}, []),
        ({"start": now - timedelta(minutes=1), "end": now - timedelta(minutes=1)}, []),
        ({"start": now - timedelta(minutes=4), "end": now - timedelta(minutes=1)}, older),
    ):
        wanted = EventFilter(correlation_id="", types=TYPES, **window)
        found = [event.pk for event in walked(world, wanted, ascending=True) if event.correlation_id.startswith(FLOW)]
        assert found == expected, window


def test_no_page_looks_further_than_it_may_and_each_says_where_to_go_on(
    world: World, many: list[Event], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "_LEAST", 1)
    page = searching.search(world.realm, EventFilter(text="100% 0"), size=5, looked_through=10)
    assert (page.events, page.is_short) == ([], True)
    assert page.next is not None
    everything = list(walked(world, EventFilter(text="100% 0"), size=5, looked_through=10))
    assert [event.data["reason"] for event in everything] == ["because of 100% 0"]


def test_the_count_stops_and_says_so(world: World, many: list[Event], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "COUNTED", 10)
    assert searching.count(world.realm, EventFilter(types=TYPES)) == searching.Counted(10, True)
    assert searching.count(world.realm, EventFilter(correlation_id=f"{FLOW}-1")) == searching.Counted(8, False)
    assert searching.count(world.realm, EventFilter(text="person")).is_capped


def test_nothing_of_another_realm_is_found(world: World, many: list[Event]) -> None:
    for realm in (world.acme.staff.realm, world.evil.customers.realm):
        for given, _ in FILTERS.values():
            found = searching.search(realm, EventFilter(**given), size=100).events
            assert {event.realm_id for event in found} <= {realm.pk}
            assert not {event.pk for event in found} & {event.pk for event in many}


@pytest.mark.parametrize("name", ["a type", "type and outcome", "actor", "name", "actor and target"])
def test_samples_are_of_the_first_rows_of_each_range(
    world: World, many: list[Event], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sampling, "SAMPLE", 3)
    wanted = EventFilter(**FILTERS[name][0])
    edges = [many[number].pk for number in (0, 9, 10, 30, 47)]
    ranges = list(zip(edges, edges[1:], strict=False))
    every = [walk for walk in walks(world.realm, wanted) if not walk.is_of_a_thing]
    every.append(whole(world.realm, wanted))
    with along_indexes():
        together = sampling.samples(every, ranges)
    assert together == [[sample_of(walk, each) for each in ranges] for walk in every]
    assert any(sample.counts for of_walk in together for sample in of_walk) or name == "actor"


def sample_of(walk: Walk, within: sampling.Range) -> sampling.Sample:
    """As the docstrings have it, row by row."""
    low, high = within
    met = list(walk.part(low.int, high.int - 1, ascending=True)[: sampling.SAMPLE])
    fitting = walk.rows.filter(walk.asked) if walk.asked is not None else walk.rows
    kept = set(fitting.filter(id__in=[event.pk for event in met]).values_list("id", flat=True))
    counts = Counter(event.outcome for event in met if event.pk in kept)
    return sampling.Sample(counts, met[-1].pk if len(met) == sampling.SAMPLE else None)
