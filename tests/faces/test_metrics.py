"""/metrics: for who has the token, of everything that happened, and never with a name that somebody sent."""

from collections import Counter
from typing import Any

import pytest
from django.db import OperationalError, transaction
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

from apps.credentials.services import jobs
from apps.events import event_counter, outcomes, sealing
from apps.events.attempt import attempt, record
from apps.events.models import Event
from apps.events.types import EventType
from apps.realms import selectors as realms
from apps.streams import delivering
from apps.streams import services as streams
from apps.streams.models import Delivery
from apps.web import measured
from tests import ceremonies, siems
from tests.domain.test_stream_kinds import deliver, happen, stream_to
from tests.world import World

TOKEN = "metrics-0123456789-abcdefghij-klmno"  # noqa: S105 - made up
Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


@pytest.fixture
def token(settings: Any) -> str:
    settings.METRICS_TOKEN = TOKEN
    return TOKEN


def scrape(token: str) -> Samples:
    answer = Client().get("/metrics", headers={"Authorization": f"Bearer {token}", "Host": "10.0.0.11:8000"})
    assert answer.status_code == 200
    families = text_string_to_metric_families(answer.content.decode())
    return {
        (each.name, tuple(sorted(each.labels.items()))): each.value for family in families for each in family.samples
    }


def value(samples: Samples, name: str, **labels: str) -> float:
    return samples.get((f"identity_cloud_{name}", tuple(sorted(labels.items()))), 0.0)


@pytest.mark.parametrize("sent", ["", "Bearer ", f"Bearer {TOKEN}"])
def test_without_a_token_of_ours_there_is_nothing(sent: str) -> None:
    assert Client().get("/metrics", headers={"Authorization": sent}).status_code == 404


@pytest.mark.parametrize(
    "sent", ["", "Bearer", "Bearer ", f"Bearer {TOKEN}x", f"Basic {TOKEN}", TOKEN, "Bearer \u00ff"]
)
def test_who_does_not_know_the_token_is_told_so_and_nothing_else(sent: str, token: str) -> None:
    answer = Client().get("/metrics", headers={"Authorization": sent})
    assert (answer.status_code, answer["WWW-Authenticate"], answer["Cache-Control"]) == (401, "Bearer", "no-store")
    assert b"identity_cloud" not in answer.content
    assert Client().post("/metrics", headers={"Authorization": f"Bearer {token}"}).status_code == 405


def events_of(samples: Samples) -> Counter[tuple[str, str]]:
    found = [(dict(labels), told) for (name, labels), told in samples.items() if name == "identity_cloud_events_total"]
    return Counter({(labels["type"], labels["outcome"]): int(told) for labels, told in found})


@pytest.mark.django_db(transaction=True)
def test_what_requests_did_is_counted_as_it_stands_in_the_record(world: World, token: str) -> None:
    before, seen = scrape(token), set(Event.objects.values_list("pk", flat=True))
    client = world.acme.customers.application
    assert Client().post(f"/v1/{client.path}/token", {"grant_type": "client_credentials"}).status_code == 400
    ceremonies.management_token(world.ctx, world.acme)
    after = scrape(token)
    recorded = Counter(Event.objects.exclude(pk__in=seen).values_list("type", "outcome"))
    assert len(recorded) >= 2
    assert events_of(after) - events_of(before) == recorded
    name, labels = "request_seconds_count", {"face": "oidc", "status": "4xx"}
    assert value(after, name, **labels) == value(before, name, **labels) + 1


@pytest.mark.django_db(transaction=True)
def test_what_was_rolled_back_is_not_counted(world: World, token: str) -> None:
    place, before = world.acme.customers.realm, scrape(token)
    with transaction.atomic():
        with attempt(world.ctx, EventType.GROUP_CHANGE, place):
            pass
        transaction.set_rollback(True)
    assert events_of(scrape(token)) == events_of(before)
    record(world.ctx, EventType.GROUP_CHANGE, place)
    labels = {"type": "GROUP_CHANGE", "outcome": "SUCCESS"}
    assert value(scrape(token), "events_total", **labels) == value(before, "events_total", **labels) + 1


@pytest.mark.django_db(transaction=True)
def test_whatever_is_sent_labels_stay_few_and_our_own(world: World, token: str) -> None:
    browser = Client(raise_request_exception=False)
    for number in range(30):
        browser.generic(f"M{number}", f"/v1/tenants/t{number}/realms/r/nothing", headers={"User-Agent": f"x{number}"})
        browser.get(f'/nowhere/{number}\n"}}')
        browser.post(f"/v1/{world.acme.customers.application.path}/token", {"grant_type": f"g{number}"})
        record(world.ctx, EventType.GROUP_CHANGE, world.acme.customers.realm, outcome=f"ODD_{number}")
    labels = {pair for _, pairs in scrape(token) for pair in pairs if pair[0] != "le"}
    allowed = {
        "face": measured.FACES, "status": {"2xx", "3xx", "4xx", "5xx", "other"},
        "state": {"waiting", "failing", "dead", "healthy", "paused"},
        "type": set(EventType), "outcome": {*outcomes.known(), event_counter.OTHER},
    }  # fmt: skip
    assert ("outcome", event_counter.OTHER) in labels
    assert not {(name, told) for name, told in labels if told not in allowed[name]}


@pytest.mark.django_db
def test_what_waits_is_read_when_it_is_asked_for(world: World, token: str) -> None:
    sealing.seal_all()
    before = scrape(token)
    assert value(before, "sealer_lag_seconds") == 0
    place = world.acme.customers
    jobs.create_job(world.ctx, place.carol, delivery_method="EMAIL", authenticator_config=place.config)
    after = scrape(token)
    assert value(after, "mails_waiting") == value(before, "mails_waiting") + 1
    assert 0 < value(after, "sealer_lag_seconds") < 60
    assert value(after, "stream_batches", state="waiting") == 0
    seen = Event.objects.count()
    sealing.seal_all()
    assert value(scrape(token), "sealer_lag_seconds") == 0, "asking moved nothing"
    assert Event.objects.count() == seen


@pytest.mark.django_db(transaction=True)
def test_how_streams_fare_is_told(world: World, token: str, settings: Any) -> None:
    settings.EVENT_STREAM_ALLOW_PRIVATE = True
    with siems.listening("webhook") as siem:
        stream = stream_to(world, siem)
        siem.moods = ["fail", "fail"]
        happen(world, 3)
        deliver(stream)
        told = scrape(token)
        assert (value(told, "streams", state="failing"), value(told, "stream_batches", state="failing")) == (1, 1)
        assert 0 < value(told, "stream_failing_seconds") < 60
        happen(world, 4)
        sealing.seal_all()
        assert value(scrape(token), "stream_events_behind") == 4
        Delivery.objects.filter(stream=stream).update(first_tried_at=stream.created_at - delivering.GIVE_UP_AFTER)
        deliver(stream)
        told = scrape(token)
        assert (value(told, "stream_batches", state="dead"), value(told, "stream_batches", state="failing")) == (1, 0)
        deliver(stream)
        told = scrape(token)
        assert (value(told, "streams", state="healthy"), value(told, "stream_failing_seconds")) == (1, 0)
        assert value(told, "stream_events_behind") == 0
    streams.update_event_stream(world.request, stream, enabled=False)
    told = scrape(token)
    assert (value(told, "streams", state="paused"), value(told, "streams", state="healthy")) == (1, 0)


def test_without_a_database_the_rest_is_still_told(token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> int:
        raise OperationalError("gone")

    monkeypatch.setattr(realms, "mails_waiting", fail)
    told = {name for name, _ in scrape(token)}
    assert "identity_cloud_mails_waiting" not in told
