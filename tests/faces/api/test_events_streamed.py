"""R/events:export and R/events:stream (contract/extensions.md §7, §10)."""

import csv
import io
import json
from dataclasses import replace
from typing import Any

import pytest

from apps.api import event_source
from apps.core import ids
from apps.core.context import Client
from apps.directory.models import Identity
from apps.directory.services import groups
from apps.events import sealing
from apps.events.attempt import attempt
from apps.events.attempt import record as tell
from apps.events.models import Seal
from apps.events.types import EventType
from apps.web import held_threads
from tests import record
from tests.faces.api.caller import Caller, read, violations
from tests.world import World

HOSTILE = [
    '=HYPERLINK("https://evil.test")',
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    " =1",
    "＝1",
    "line\nbreak",
    "\r\nx,y",
    'a"b',
    "|x",
]


@pytest.fixture(autouse=True)
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_source, "HELD_SECONDS", 0.0)
    for places in (held_threads.EXPORTS, held_threads.STREAMS):
        places._taken.clear()


def text_of(response: Any) -> str:
    assert response.status_code == 200, response.content
    return b"".join(response.streaming_content).decode()


def hang_up(response: Any) -> None:
    """What the server does when the client is gone, but for the signal that would close the test's own connection."""
    for close in response._resource_closers:
        close()


def sent(text: str) -> list[tuple[str, dict[str, Any] | None]]:
    """(id, data) of each block that has an id, as a browser would read them."""
    found = []
    for block in text.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if line and not line.startswith(":"))
        if "id" in fields:
            found.append((fields["id"], json.loads(fields["data"]) if "data" in fields else None))
    return found


# --- export -----------------------------------------------------------------------------------------------------------


def test_lines_hold_every_event_in_the_order_of_the_log_and_then_what_was_signed(world: World, api: Caller) -> None:
    response = api.get("/events:export")
    assert response["Content-Type"] == "application/x-ndjson"
    assert response["Content-Disposition"].startswith(f'attachment; filename="events-{world.realm.pk}-')
    lines = [json.loads(line) for line in text_of(response).splitlines()]
    events = [line for line in lines if "record" in line]
    assert [line["record"]["sequence"] for line in events] == list(range(len(record.events(world.realm))))
    assert {line["record"]["id"] for line in events} == {str(event.pk) for event in record.events(world.realm)}
    assert lines[len(events)]["checkpoint"]
    assert lines[-1]["checkpoint"]["tree_size"] == len(events)
    assert "Bob Baker" not in json.dumps([line["record"] for line in events], ensure_ascii=False)


def test_a_filter_leaves_lines_out(world: World, api: Caller) -> None:
    lines = [json.loads(line) for line in text_of(api.get("/events:export", type="GROUP_CHANGE")).splitlines()]
    assert {line["record"]["type"] for line in lines if "record" in line} == {"GROUP_CHANGE"}
    assert any("checkpoint" in line for line in lines)


def test_a_table_has_the_columns_and_no_formula(world: World, api: Caller) -> None:
    for name in HOSTILE:
        ctx = replace(world.ctx, client=Client(ip="198.51.100.9"), correlation_id="hostile-names")
        with attempt(
            ctx.acting_as(replace(ctx.actor, display_name=name)), EventType.GROUP_CHANGE, world.realm
        ) as event:
            event.target(Identity(pk="a" * 16))
            event.target(Identity(pk="b" * 16))
    response = api.get("/events:export", format="csv", correlation_id="hostile-names")
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(text_of(response), newline="")))
    assert list(rows[0]) == [
        "occurred_at", "type", "outcome", "actor_type", "actor_id", "actor_display_name", "target_ids", "correlation_id",
        "ip", "id",
    ]  # fmt: skip
    shown = [row["actor_display_name"] for row in rows]
    assert [name.removeprefix("'") for name in shown] == HOSTILE
    assert [name for name in shown if not name.startswith("'")] == ["line\nbreak", 'a"b']
    assert {row["target_ids"] for row in rows} == {f"{'a' * 16} {'b' * 16}"}
    assert [row["id"] for row in rows] == [
        str(event.pk) for event in record.events(world.realm, correlation_id="hostile-names")
    ]


def test_an_export_of_nothing_is_a_header_and_a_checkpoint(api: Caller) -> None:
    assert text_of(api.get("/events:export", format="csv", ip="192.0.2.1")).count("\r\n") == 1
    last = json.loads(text_of(api.get("/events:export", ip="192.0.2.1")).splitlines()[-1])
    assert set(last) == {"checkpoint", "outside"}  # all there is stands outside


@pytest.mark.parametrize(
    ("path", "query", "field"),
    [
        ("export", {"format": "xml"}, "format"),
        ("export", {"page_size": 5}, "page_size"),
        ("export", {"type": "x"}, "type"),
        ("stream", {"start_time": "2026-01-01T00:00:00Z"}, "start_time"),
        ("stream", {"ordering": "asc"}, "ordering"),
        ("stream", {"q": "x" * 300}, "q"),
    ],
)
def test_what_cannot_be_asked_is_a_violation(api: Caller, path: str, query: dict[str, Any], field: str) -> None:
    assert [name for name, _ in violations(api.get(f"/events:{path}", **query))] == [field]


def test_a_tenant_exports_one_thing_at_a_time_and_leaves_its_place_however_it_ends(world: World, api: Caller) -> None:
    first = api.get("/events:export")
    again = api.get("/events:export")
    assert (again.status_code, again["Retry-After"]) == (429, "10")
    hang_up(first)  # not a line was read
    second = api.get("/events:export")
    next(iter(second.streaming_content))
    hang_up(second)
    assert text_of(api.get("/events:export"))
    assert held_threads.EXPORTS._taken == {}


def test_who_took_what_is_on_record_before_the_first_byte(world: World, api: Caller) -> None:
    taken = api.get("/events:export", format="csv", type=["GROUP_CHANGE", "ROLE_CHANGE"], q="Bob")
    told = record.last(world.realm, EventType.REALM_CHANGE)
    assert (told.actor_type, told.data["action"], told.outcome) == ("application", "EXPORT_EVENTS", "SUCCESS")
    assert (told.data["format"], told.data["filter"]) == ("csv", {"type": ["GROUP_CHANGE", "ROLE_CHANGE"]})
    assert told.data["personal"] == {"filter": {"q": "Bob"}}
    assert text_of(taken)
    whole = text_of(api.get("/events:export"))
    assert whole.count("EXPORT_EVENTS") == 2, "a file tells of itself, too"


@pytest.mark.parametrize("ask", ["xml", "busy", "head"])
def test_what_takes_nothing_is_told_as_nothing_taken(world: World, api: Caller, ask: str) -> None:
    if ask == "busy":
        held_threads.EXPORTS.take(world.acme.tenant.pk)
    form = {"format": "xml"} if ask == "xml" else {}
    answer = api.call("HEAD" if ask == "head" else "GET", "/events:export", query=form)
    hang_up(answer)
    last = record.events(world.realm, EventType.REALM_CHANGE)
    assert [event for event in last if event.data.get("action") == "EXPORT_EVENTS"] == []


# --- stream -----------------------------------------------------------------------------------------------------------


def test_a_stream_begins_with_what_comes_next_and_goes_on_where_it_was(world: World, api: Caller) -> None:
    response = api.get("/events:stream")
    assert response["Content-Type"] == "text/event-stream"
    text = text_of(response)
    assert text.startswith("retry: ")
    place = sent(text)[-1][0]
    assert [data for _, data in sent(text) if data] == []
    seen: list[dict[str, Any]] = []
    for name in ("One", "Two\nlines", "Three"):
        made = groups.create_group(world.ctx, world.realm, display_name=name.replace("\n", " "))
        blocks = sent(text_of(api.call("GET", "/events:stream", Last_Event_ID=place)))
        seen += [data for _, data in blocks if data]
        place = blocks[-1][0]
        assert seen[-1]["targets"][0]["id"] == made.pk
        assert seen[-1] == read(api.get(f"/events/{seen[-1]['id']}"))
    assert len({data["id"] for data in seen if data["type"] == "GROUP_CHANGE"}) == 3


def test_who_begins_to_follow_while_very_many_wait_is_told_of_those_too(
    world: World, api: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No request seals all of a backlog; and nothing that is not sealed yet is passed over."""
    sealing.seal_all()
    monkeypatch.setattr(sealing, "_ROUND", 2)
    for _ in range(30):
        tell(world.ctx, EventType.TOKEN_REQUEST, world.realm)
    waiting = [str(event.pk) for event in record.events(world.realm) if event.type == EventType.TOKEN_REQUEST][-30:]
    begun = sent(text_of(api.get("/events:stream")))
    assert Seal.objects.filter(event_id__in=waiting).count() < 15
    place, told = begun[0][0], [data["id"] for _, data in begun if data]
    sealing.seal_all()
    rest = sent(text_of(api.call("GET", "/events:stream", Last_Event_ID=begun[-1][0])))
    told += [data["id"] for _, data in rest if data and data["type"] == EventType.TOKEN_REQUEST]
    assert told == waiting[waiting.index(place) + 1 :]


def test_a_filter_passes_over_the_others_and_still_moves_on(world: World, api: Caller) -> None:
    place = str(record.events(world.realm)[0].pk)
    path = "/events:stream?type=USERINFO_READ"
    last = sent(text_of(api.call("GET", path, Last_Event_ID=place)))[-1]
    assert last[1] is None
    groups.create_group(world.ctx, world.realm, display_name="New")
    some = sent(text_of(api.call("GET", "/events:stream?type=GROUP_CHANGE", Last_Event_ID=last[0])))
    assert [data["type"] for _, data in some if data] == ["GROUP_CHANGE"]


def test_every_event_is_told_once_in_the_order_of_the_log(world: World, api: Caller) -> None:
    lines = [json.loads(line) for line in text_of(api.get("/events:export")).splitlines()]
    order = [line["record"]["id"] for line in lines if "record" in line]
    for begun in (0, 5):
        told = sent(text_of(api.call("GET", "/events:stream", Last_Event_ID=order[begun])))
        assert [data["id"] for _, data in told if data] == order[begun + 1 :]


def test_places_of_elsewhere_lead_nowhere(world: World, api: Caller) -> None:
    assert violations(api.call("GET", "/events:stream", Last_Event_ID="x")) == [("Last-Event-ID", "is no event's id")]
    for realm in (world.acme.staff.realm, world.evil.customers.realm):
        for place in (str(record.events(realm)[0].pk), str(ids.uuid7()), "00000000-0000-0000-0000-000000000000"):
            told = sent(text_of(api.call("GET", "/events:stream", Last_Event_ID=place)))
            assert {data["realm_id"] for _, data in told if data} <= {world.realm.pk}


def test_who_finds_no_place_gets_what_there_is_and_comes_back_later(
    world: World, api: Caller, monkeypatch: Any
) -> None:
    monkeypatch.setattr(event_source, "HELD_SECONDS", 60.0)
    place = str(record.events(world.realm)[0].pk)
    first = api.get("/events:stream")  # held, and nobody reads it
    second = text_of(api.call("GET", "/events:stream", Last_Event_ID=place))  # ends by itself all the same
    assert second.startswith("retry: 2000\n")
    assert len([data for _, data in sent(second) if data]) > 5
    assert next(iter(first.streaming_content)).startswith(b"retry: 100\n")
    hang_up(first)
    assert held_threads.STREAMS._taken == {}
    again = api.call("HEAD", "/events:stream")
    assert again.status_code == 200
    assert held_threads.STREAMS._taken == {}


def test_a_quiet_stream_is_kept_alive_and_ends_in_time(world: World, api: Caller, monkeypatch: Any) -> None:
    monkeypatch.setattr(event_source, "HELD_SECONDS", 0.15)
    monkeypatch.setattr(event_source, "HEARTBEAT_SECONDS", 0.02)
    monkeypatch.setattr(event_source, "LOOKS_EVERY_SECONDS", 0.03)
    assert ": still here\n\n" in text_of(api.get("/events:stream"))
