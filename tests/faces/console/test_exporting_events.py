"""Events taken away as a file: asked for and on record, downloaded once while they are read, told how far, cancelled."""

import csv
import io
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from apps.core.context import Actor, ActorType
from apps.directory.services import groups, identities
from apps.events import exporting
from apps.events.types import EventType
from apps.inquiries import exports, tasks
from apps.inquiries.models import EventExport
from apps.web.held_threads import EXPORTS
from tests import record
from tests.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def listed(world: World) -> str:
    return f"/console/realms/{world.realm.pk}/events"


@pytest.fixture
def ask(ada: Client, listed: str) -> Callable[..., str]:
    """`ask("csv", "type=GROUP_CHANGE")` is the export's page."""

    def asked(form: str, query: str = "") -> str:
        answer = ada.post(f"{listed}/exports", {"format": form, "query": query})
        assert answer.status_code == 303
        return str(answer["Location"])

    return asked


def body(answer: Any) -> bytes:
    assert answer.status_code == 200, answer.content
    return b"".join(answer.streaming_content)


def test_what_the_filters_leave_is_a_file_without_formulas(world: World, ada: Client, ask: Callable[..., str]) -> None:
    mallory = world.ctx.acting_as(Actor(ActorType.IDENTITY, world.bob.pk, "=1+1"))
    identities.update_identity(mallory, world.bob, display_name="Robert")
    groups.create_group(world.ctx, world.realm, display_name="Riders")
    page = ask("csv", f"type=IDENTITY_CHANGE&type=GROUP_CHANGE&target={world.bob.pk}&odd=1")
    answer = ada.get(f"{page}/file")
    assert answer["Content-Disposition"].startswith('attachment; filename="events-customers-20')
    rows = list(csv.DictReader(io.StringIO(body(answer).decode())))
    assert {row["type"] for row in rows} == {"IDENTITY_CHANGE"}
    assert rows[-1]["actor_display_name"] == "'=1+1"
    assert not [cell for row in rows for cell in row.values() if cell.startswith(("=", "+", "-", "@"))]
    shown = ada.get(page).context
    assert (shown["state"], shown["export"].written, shown["export"].size) == (
        "DONE",
        len(rows),
        len(answer_size(rows)),
    )


def answer_size(rows: list[dict[str, str]]) -> bytes:
    written = io.StringIO(newline="")
    table = csv.writer(written, lineterminator="\r\n")
    table.writerows([list(rows[0]), *(row.values() for row in rows)])
    return written.getvalue().encode()


def test_ndjson_carries_its_proof(ada: Client, ask: Callable[..., str]) -> None:
    lines = [json.loads(line) for line in body(ada.get(f"{ask('ndjson')}/file")).splitlines()]
    assert "record" in lines[0]
    assert "checkpoint" in lines[-1]


def test_who_took_what_is_on_record_before_the_first_byte(world: World, ada: Client, ask: Callable[..., str]) -> None:
    ask("csv", "outcome=DENY&last=7d")
    told = record.last(world.realm, EventType.REALM_CHANGE)
    assert (told.actor_id, told.data["action"], told.data["format"]) == (world.ada.pk, "EXPORT_EVENTS", "csv")
    assert told.data["filter"] == {"outcome": ["DENY"], "last": "7d"}


def test_a_file_is_read_once_and_only_by_who_asked(
    ada: Client, eve: Client, clerk: Callable[..., Client], ask: Callable[..., str]
) -> None:
    page = ask("csv")
    colleague = clerk("events:read", "realms:read")
    for other in (eve, colleague):
        assert [other.get(f"{page}{end}").status_code for end in ("", "/file")] == [404, 404]
        assert other.post(f"{page}/cancel").status_code in (303, 404)
    assert ada.get(page).context["state"] == "READY"
    body(ada.get(f"{page}/file"))
    assert ada.get(f"{page}/file").status_code == 409
    assert ada.head(f"{ask('csv')}/file").status_code == 405, "whoever looks at the headers takes nothing"


def test_how_far_it_is_shows_while_it_is_read(
    ada: Client, ask: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "_NOTED_EVERY_SECONDS", 0)
    monkeypatch.setattr(exporting, "_BATCH", 5)
    page = ask("csv")
    assert "data-poll" in ada.get(page).content.decode()
    chunks = iter(ada.get(f"{page}/file").streaming_content)
    next(chunks), next(chunks)
    part = ada.get(page, HTTP_HX_REQUEST="true")
    assert part.content.decode().startswith('<div id="export"')
    assert part.context["state"] == "RUNNING"
    assert 0 < part.context["export"].written < part.context["export"].total
    assert f"{part.context['export'].written} of {part.context['export'].total} events" in part.content.decode()
    list(chunks)
    assert "data-poll" not in ada.get(page).content.decode()


@pytest.mark.parametrize(("form", "says"), [("csv", b"NOT WHOLE"), ("ndjson", b'{"cut_short":true}')])
def test_cancelling_cuts_the_file_short_and_its_last_line_says_so(
    ada: Client, ask: Callable[..., str], monkeypatch: pytest.MonkeyPatch, form: str, says: bytes
) -> None:
    monkeypatch.setattr(exports, "_NOTED_EVERY_SECONDS", 0)
    monkeypatch.setattr(exporting, "_BATCH", 5)
    page = ask(form)
    chunks = iter(ada.get(f"{page}/file").streaming_content)
    next(chunks)
    assert ada.post(f"{page}/cancel").status_code == 303
    (last,) = list(chunks)
    assert says in last
    assert ada.get(page).context["state"] == "CANCELLED"
    assert EXPORTS.take("anybody"), "the place is free again"
    EXPORTS.leave("anybody")


def test_a_reader_that_went_away_and_a_server_that_died_both_show(
    world: World, ada: Client, ask: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    page = ask("csv")
    answer = ada.get(f"{page}/file")
    next(iter(answer.streaming_content))
    for close in answer._resource_closers:  # what a server does for an answer that nobody reads any more
        close()
    assert ada.get(page).context["state"] == "BROKEN"
    dead = ask("csv")
    long_ago = world.ctx.now - timedelta(hours=1)
    EventExport.objects.filter(pk=dead.rpartition("/")[2]).update(
        state="RUNNING", begun_at=long_ago, updated_at=long_ago, written=5
    )
    shown = ada.get(dead)
    assert shown.context["state"] == "BROKEN"
    assert "Export again" in shown.content.decode()


def test_a_file_that_was_closed_before_its_first_byte_is_over(ada: Client, ask: Callable[..., str]) -> None:
    page = ask("csv")
    answer = ada.get(f"{page}/file")
    assert ada.get(page).context["state"] == "RUNNING"
    for close in answer._resource_closers:
        close()
    assert ada.get(page).context["state"] == "BROKEN"


def test_what_nobody_writes_out_any_more_is_ended_and_the_rest_is_left(world: World, ask: Callable[..., str]) -> None:
    dead, alive, done = (ask("csv").rpartition("/")[2] for _ in range(3))
    silent_since = timezone.now() - timedelta(minutes=5)
    for pk, state, at in (
        (dead, "RUNNING", silent_since),
        (alive, "RUNNING", timezone.now()),
        (done, "DONE", silent_since),
    ):
        EventExport.objects.filter(pk=pk).update(state=state, updated_at=at)
    assert tasks.end_silent_exports() == 1
    states = {export.pk: export.state for export in EventExport.objects.all()}
    assert states == {dead: "BROKEN", alive: "RUNNING", done: "DONE"}


def test_what_is_looked_for_is_personal_where_it_may_name_somebody(world: World, ask: Callable[..., str]) -> None:
    ask("csv", "q=Bob&ip=192.0.2.1&outcome=DENY")
    told = record.last(world.realm, EventType.REALM_CHANGE)
    assert told.data["filter"] == {"outcome": ["DENY"]}
    assert told.data["personal"] == {"filter": {"q": "Bob", "ip": "192.0.2.1"}}


def test_one_at_a_time_and_the_next_is_not_lost(world: World, ada: Client, ask: Callable[..., str]) -> None:
    page = ask("csv")
    assert EXPORTS.take(world.acme.tenant.pk)
    try:
        assert ada.get(f"{page}/file").status_code == 429
    finally:
        EXPORTS.leave(world.acme.tenant.pk)
    assert body(ada.get(f"{page}/file"))


@pytest.mark.parametrize(("form", "query"), [("xml", ""), ("", ""), ("csv\x00", "")])
def test_no_other_format(ada: Client, listed: str, form: str, query: str) -> None:
    assert ada.post(f"{listed}/exports", {"format": form, "query": query}).status_code in (400, 404, 303)
    assert not EventExport.objects.exists()


@pytest.mark.parametrize("query", ["&" * 3000, "type=\x00", "q=%00", "a=1&" * 1500, "from=99999-01-01T00:00", "ip=?"])
def test_a_query_that_is_none_asks_for_everything(
    ada: Client, ask: Callable[..., str], listed: str, query: str
) -> None:
    answer = ada.post(f"{listed}/exports", {"format": "csv", "query": query})
    assert answer.status_code in (303, 400)


def test_only_the_newest_are_kept(ask: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "KEPT", 2)
    for _ in range(4):
        ask("csv")
    assert EventExport.objects.count() == 2


def test_many_are_estimated(ask: Callable[..., str], monkeypatch: pytest.MonkeyPatch, ada: Client) -> None:
    monkeypatch.setattr("apps.events.searching.COUNTED", 3)
    shown = ada.get(ask("csv")).context["export"]
    assert shown.is_estimated
    assert shown.total >= 3
