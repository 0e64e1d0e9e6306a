"""Copies of what is configured: never older than a change of one's own, nor than a second after somebody else's."""

import threading
from typing import Any

import pytest

from apps.applications import selectors
from apps.applications.models import Application
from apps.applications.services import applications
from apps.events import kept
from apps.events.attempt import record
from apps.events.types import EventType
from tests.waiting import PATIENCE_SECONDS
from tests.world import World

pytestmark = pytest.mark.usefixtures("told_by_events")


@pytest.fixture
def told_by_events() -> None:
    """Rows that these tests change by hand stay unknown until an event tells of them."""


@pytest.fixture
def asking(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every reading looks for changes of others, as one does that comes half a second after the last."""
    monkeypatch.setattr(kept, "ASKED_EVERY_SECONDS", 0.0)
    monkeypatch.setattr(kept._stamp, "ask_at", 0.0)


def read(application: Application) -> Application:
    return selectors.kept_application_at(application.tenant_id, application.realm_id, application.pk)


def test_a_second_reading_asks_nothing(world: World, django_assert_num_queries: Any) -> None:
    read(world.application)
    with django_assert_num_queries(0):
        assert read(world.application) == world.application


def test_an_own_change_is_seen_at_once(world: World) -> None:
    read(world.application)
    applications.update_application(world.request, world.application, display_name="Renamed")
    assert read(world.application).display_name == "Renamed"


def test_a_change_of_another_process_is_seen_when_it_is_asked_for(world: World, asking: None) -> None:
    read(world.application)
    Application.objects.filter(pk=world.application.pk).update(display_name="Renamed elsewhere")
    assert read(world.application).display_name != "Renamed elsewhere"
    record(world.request, EventType.APPLICATION_CHANGE, world.realm)
    assert read(world.application).display_name == "Renamed elsewhere"


def test_events_that_change_nothing_let_copies_stand(world: World, asking: None) -> None:
    first = read(world.application)
    record(world.request, EventType.TOKEN_REQUEST, world.realm)
    assert read(world.application) is first


def test_what_was_read_before_a_change_is_not_kept_after_it() -> None:
    """The reader is half way through when the change is committed and told of."""
    value, reading, go_on = ["old"], threading.Event(), threading.Event()

    @kept.kept(entries=10)
    def slowly(key: str) -> str:
        found = value[0]
        reading.set()
        go_on.wait(PATIENCE_SECONDS)
        return found

    thread = threading.Thread(target=slowly, args=("a",))
    thread.start()
    reading.wait(PATIENCE_SECONDS)
    value[0] = "new"
    kept.changed()
    go_on.set()
    thread.join(PATIENCE_SECONDS)
    assert slowly("a") == "new"


def test_copies_are_bounded_and_of_one_key_each() -> None:
    read_keys: list[str] = []

    @kept.kept(entries=3)
    def echo(key: str) -> str:
        read_keys.append(key)
        return key

    assert [echo(key) for key in "abcabcdd"] == list("abcabcdd")
    assert read_keys == list("abcd")
    with pytest.raises(TypeError):
        echo(key="a")  # type: ignore[call-arg]  # what is not in the key must not be in the question


def test_what_was_not_found_is_looked_for_again() -> None:
    asked: list[str] = []

    @kept.kept(entries=3)
    def nowhere(key: str) -> str:
        asked.append(key)
        raise LookupError(key)

    for _ in range(2):
        with pytest.raises(LookupError):
            nowhere("a")
    assert asked == ["a", "a"]
