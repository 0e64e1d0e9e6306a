"""R/event-streams (contract/extensions.md §7)."""

from collections.abc import Iterator
from typing import Any

import pytest

from apps.events.types import EventType
from apps.streams import services
from apps.streams.models import Delivery, DeliveryState, EventStream
from tests import record as auditor
from tests import siems
from tests.faces.api.caller import Caller, missing, read, violations
from tests.siems import Siem
from tests.world import World

pytestmark = pytest.mark.django_db

PATH = "/event-streams"
SETTINGS: dict[str, dict[str, Any]] = {
    "splunk_hec": {"url": "https://93.184.215.14:8088", "token": siems.KEY},
    "datadog": {"url": "https://93.184.215.14/logs", "api_key": siems.KEY},
    "elastic": {"url": "https://93.184.215.14:9243", "api_key": siems.KEY},
    "otlp": {"url": "https://93.184.215.14:4318", "header_value": f"Bearer {siems.KEY}"},
    "webhook": {"url": "https://93.184.215.14/hook", "secret": siems.SECRET},
    "syslog": {"host": "93.184.215.14"},
}
SECRETS = {
    "splunk_hec": ["token"], "datadog": ["api_key"], "elastic": ["api_key"], "otlp": ["header_value"],
    "webhook": ["secret"], "syslog": [],
}  # fmt: skip


def new(kind: str = "datadog", **given: Any) -> dict[str, Any]:
    return {"event_stream": {"display_name": "Security", "type": kind, "settings": SETTINGS[kind], **given}}


def made(api: Caller, kind: str = "datadog", **given: Any) -> dict[str, Any]:
    found: dict[str, Any] = read(api.post(PATH, new(kind, **given)))
    return found


@pytest.fixture
def siem(settings: Any) -> Iterator[Siem]:
    settings.EVENT_STREAM_ALLOW_PRIVATE = True
    with siems.listening("webhook") as listening:
        yield listening


@pytest.mark.parametrize("kind", SETTINGS)
def test_a_stream_of_each_type_is_made_read_and_listed_without_its_secrets(api: Caller, kind: str) -> None:
    chosen = {"types": ["POLICY_EVALUATION"], "outcomes": ["DENY"], "alerts_only": True}
    response = api.post(PATH, new(kind, filter=chosen))
    stream = read(response)
    assert (stream["type"], stream["stored_secrets"]) == (kind, SECRETS[kind])
    assert stream["filter"] == chosen
    assert stream["health"]["state"] == "WAITING"
    again = api.get(f"{PATH}/{stream['id']}")
    assert read(again) == stream
    assert again["ETag"] == response["ETag"]
    assert read(api.get(PATH)) == {"event_streams": [stream], "total_size": 1}
    for answer in (response, again, api.get(PATH)):
        assert siems.KEY not in answer.content.decode()
        assert siems.SECRET not in answer.content.decode()


def test_a_webhooks_secret_that_was_left_out_is_made_and_shown_once(api: Caller) -> None:
    stream = made(api, "webhook", settings={"url": "https://93.184.215.14/hook"})
    assert stream["settings"]["secret"].startswith("whsec_")
    path = f"{PATH}/{stream['id']}"
    assert "secret" not in read(api.get(path))["settings"]
    rotated = read(api.post(f"{path}:rotateSecret"))["settings"]["secret"]
    assert rotated.startswith("whsec_")
    assert rotated != stream["settings"]["secret"]
    assert "secret" not in read(api.get(path))["settings"]
    assert api.post(f"{PATH}/{made(api)['id']}:rotateSecret").status_code == 422


def test_a_change_changes_what_it_names_and_null_puts_back(api: Caller, world: World) -> None:
    stream = made(api, "splunk_hec")
    path = f"{PATH}/{stream['id']}"
    changed = read(api.patch(path, {"event_stream": {"settings": {"index": "identity"}, "enabled": False}}))
    assert changed["settings"] == stream["settings"] | {"index": "identity"}
    assert (changed["enabled"], changed["health"]["state"]) == (False, "PAUSED")
    read(api.patch(path, {"event_stream": {"settings": {"sourcetype": "own:type"}}}))
    changed = read(api.patch(path, {"event_stream": {"settings": {"index": None, "sourcetype": None}}}))
    assert changed["settings"] == stream["settings"]
    told = auditor.last(world.realm, EventType.EVENT_STREAM_CHANGE)
    assert told.data["changes"]["settings"][1] == stream["settings"]
    assert (
        read(api.patch(path, {"event_stream": {"id": "x", "type": "splunk_hec", "stored_secrets": []}}))["id"]
        == stream["id"]
    )


def test_a_stream_is_deleted(api: Caller) -> None:
    path = f"{PATH}/{made(api)['id']}"
    assert api.delete(path).status_code == 200
    assert api.get(path).status_code == 404
    assert api.delete(path).status_code == 404


def test_who_saw_another_version_changes_nothing(api: Caller) -> None:
    stream = made(api)
    path = f"{PATH}/{stream['id']}"
    seen = api.get(path)["ETag"]
    EventStream.objects.update(failures=3, problem="it answered 503")  # how it fares is no other version
    assert api.get(path)["ETag"] == seen
    assert api.patch(path, {"event_stream": {"enabled": False}}, If_Match=seen).status_code == 200
    assert api.patch(path, {"event_stream": {"enabled": True}}, If_Match=seen).status_code == 412
    assert api.delete(path, If_Match=seen).status_code == 412
    assert EventStream.objects.get().enabled is False


def test_the_same_key_makes_one_stream(api: Caller) -> None:
    first, second = (read(api.post(PATH, new(), Idempotency_Key="one-and-the-same")) for _ in range(2))
    assert first == second
    assert EventStream.objects.count() == 1


ROOT = "event_stream.settings"


@pytest.mark.parametrize(
    ("kind", "changes", "expected"),
    [
        ("splunk_hec", {"token": None}, {f"{ROOT}.token"}),
        ("splunk_hec", {"token": "a b", "index": "UP", "tokn": 1}, {f"{ROOT}.token", f"{ROOT}.index", f"{ROOT}.tokn"}),
        ("splunk_hec", {"token": "a\r\nX: y"}, {f"{ROOT}.token"}),
        ("datadog", {"site": "evil.example"}, {f"{ROOT}.site"}),
        ("datadog", {"tags": "a b"}, {f"{ROOT}.tags"}),
        ("elastic", {"url": "https://user:pass@93.184.215.14"}, {f"{ROOT}.url"}),
        ("elastic", {"index": "../_security"}, {f"{ROOT}.index"}),
        ("otlp", {"header": "Host", "header_value": "a  b"}, {f"{ROOT}.header", f"{ROOT}.header_value"}),
        ("otlp", {"header": "X\r\nY", "header_value": "a\nb"}, {f"{ROOT}.header", f"{ROOT}.header_value"}),
        ("webhook", {"secret": "whsec_c2hvcnQ="}, {f"{ROOT}.secret"}),
        ("webhook", {"url": "ftp://93.184.215.14"}, {f"{ROOT}.url"}),
        ("webhook", {"url": "https://127.0.0.1/hook"}, {f"{ROOT}.url"}),
        ("webhook", {"url": "http://localhost:9000/hook"}, {f"{ROOT}.url"}),
        ("webhook", {"url": "https://[::ffff:10.0.0.1]/"}, {f"{ROOT}.url"}),
        ("webhook", {"ca_certificate": "nonsense"}, {f"{ROOT}.ca_certificate"}),
        ("syslog", {"host": "a b", "port": True, "format": "xml"}, {f"{ROOT}.host", f"{ROOT}.port", f"{ROOT}.format"}),
        ("syslog", {"host": "127.0.0.1"}, {f"{ROOT}.host"}),
        ("syslog", {"port": 25}, {f"{ROOT}.port"}),
    ],
)
def test_a_wrong_setting_is_refused_by_its_path(
    api: Caller, kind: str, changes: dict[str, Any], expected: set[str]
) -> None:
    given = {name: value for name, value in {**SETTINGS[kind], **changes}.items() if value is not None}
    response = api.post(PATH, new(kind, settings=given))
    assert {field for field, _ in violations(response)} == expected
    assert siems.KEY not in response.content.decode()
    assert not EventStream.objects.exists()


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"type": "pigeon"}, "event_stream.type"),
        ({"type": ["datadog"]}, "event_stream.type"),
        ({"display_name": "<b>"}, "event_stream.display_name"),
        ({"settings": []}, "event_stream.settings"),
        ({"filter": {"types": ["LUNCH"]}}, "event_stream.filter.types.0"),
        ({"filter": {"types": "ALL"}}, "event_stream.filter.types"),
        ({"filter": {"outcomes": [1]}}, "event_stream.filter.outcomes.0"),
        ({"filter": {"actors": []}}, "event_stream.filter.actors"),
        ({"filter": {"alerts_only": "yes"}}, "event_stream.filter.alerts_only"),
        ({"filter": {"alerts_only": True, "types": ["POLICY_CHANGE"]}}, "event_stream.filter.types"),
        ({"enabled": "yes"}, "event_stream.enabled"),
        ({"colour": "red"}, "event_stream.colour"),
    ],
)
def test_a_wrong_field_is_refused_by_its_path(api: Caller, given: dict[str, Any], field: str) -> None:
    assert [found for found, _ in violations(api.post(PATH, new(**given)))] == [field]


def test_a_type_is_not_changed(api: Caller) -> None:
    response = api.patch(f"{PATH}/{made(api)['id']}", {"event_stream": {"type": "webhook"}})
    assert [field for field, _ in violations(response)] == ["event_stream.type"]


def test_a_test_says_what_happened(api: Caller, siem: Siem, world: World) -> None:
    stream = made(api, "webhook", settings=siem.settings)
    told = read(api.post(f"{PATH}/{stream['id']}:test", {}))
    assert (told["delivered"], told["status_code"], told["error"]) == (True, 204, "")
    assert siem.taken[-1]["data"] == {"action": "TEST"}
    siem.moods = ["refuse"]
    told = read(api.post(f"{PATH}/{stream['id']}:test"))
    assert (told["delivered"], told["status_code"], told["error"]) == (False, 400, "it answered 400")
    assert auditor.last(world.realm, EventType.EVENT_STREAM_CHANGE).outcome == "FAILED_TO_SEND"
    assert [field for field, _ in violations(api.post(f"{PATH}/{stream['id']}:test", {"url": "x"}))] == ["url"]


def test_deliveries_are_listed_newest_first_in_pages_and_by_state(api: Caller, world: World) -> None:
    stream = services.create_event_stream(
        world.ctx, world.realm, display_name="SIEM", type="datadog", settings=SETTINGS["datadog"]
    ).stream
    states = [DeliveryState.DELIVERED, DeliveryState.DEAD, DeliveryState.DELIVERED, DeliveryState.FAILED]
    rows = [delivery(stream, number, state) for number, state in enumerate(states)]
    path = f"{PATH}/{stream.pk}/deliveries"
    first = read(api.get(path, page_size=3))
    second = read(api.get(path, page_token=first["next_page_token"]))
    listed = [each["id"] for each in first["deliveries"] + second["deliveries"]]
    assert listed == [str(row.pk) for row in rows[::-1]]
    dead = read(api.get(path, state="DEAD"))
    assert ([each["state"] for each in dead["deliveries"]], dead["total_size"]) == (["DEAD"], 1)
    assert [field for field, _ in violations(api.get(path, state="ASLEEP"))] == ["state"]
    assert [field for field, _ in violations(api.get(path, status="DEAD"))] == ["status"]
    health = read(api.get(f"{PATH}/{stream.pk}"))["health"]
    assert (health["dead_deliveries"], health["waiting_deliveries"]) == (1, 1)
    assert read(api.post(f"{PATH}/{stream.pk}:replay")) == {"replayed_deliveries": 1}
    assert read(api.post(f"{PATH}/{stream.pk}:replay")) == {"replayed_deliveries": 0}
    assert read(api.get(path, state="DEAD"))["deliveries"] == []
    told = auditor.last(world.realm, EventType.EVENT_STREAM_CHANGE)
    assert (told.data["action"], told.data["deliveries"]) == ("REPLAY", 0)


def delivery(stream: EventStream, number: int, state: str) -> Delivery:
    return Delivery.objects.create(
        tenant_id=stream.tenant_id, realm_id=stream.realm_id, stream=stream, state=state, first_position=number,
        last_position=number, first_event_id=stream.pk, last_event_id=stream.pk, event_count=1,
        created_at=stream.created_at, updated_at=stream.created_at,
    )  # fmt: skip


def test_a_stream_of_another_realm_is_not_there(api: Caller, world: World) -> None:
    elsewhere = services.create_event_stream(
        world.ctx, world.acme.staff.realm, display_name="SIEM", type="datadog", settings=SETTINGS["datadog"]
    ).stream
    for answer in (api.get(f"{PATH}/{elsewhere.pk}"), api.post(f"{PATH}/{elsewhere.pk}:test")):
        assert read(answer, 404) == missing("event stream", "EventStream", str(elsewhere.pk))
