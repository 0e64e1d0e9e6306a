"""What goes over the wire and what comes back, kind by kind, without a server: framing, escaping, and judging an answer."""

import json

import pytest
from django.conf import settings as configured

from apps.core import outgoing
from apps.streams import delivering
from apps.streams.kinds import KINDS, cef, otlp, syslog
from apps.streams.kinds.kind import Batch, Post, Pour
from tests import siems

EVENT = {
    "id": "0198", "tenant_id": "t", "realm_id": "r", "type": "IDENTITY_CHANGE", "version": 1,
    "occurred_at": "2026-11-22T10:00:00.000001Z", "correlation_id": "c", "outcome": "CONFLICT",
    "actor": {"type": "identity", "id": "1", "display_name": "Eve|=\\ \nCEF:0|x"},
    "targets": [{"type": "identity", "id": "2", "display_name": "Zoë"}],
    "client": {"ip": "203.0.113.7", "user_agent": "a=b\x1b[31m", "country": None}, "data": {"action": "UPDATE"},
}  # fmt: skip


def test_a_failing_stream_waits_longer_each_time_and_never_more_than_an_hour() -> None:
    pauses = [delivering.pause_seconds(failures) for failures in range(1, 40)]
    assert 1 <= pauses[0] <= 1.2
    assert 3.2 <= pauses[2] <= 4.8
    assert all(pause <= 3600 for pause in pauses)
    assert len({delivering.pause_seconds(8) for _ in range(20)}) > 10


ENDLESS = b'{"errors":true,"items":[{"create":{"status":1e999}}]}'


def test_an_elastic_item_that_is_refused_fails_its_batch() -> None:
    judge = KINDS["elastic"].judge
    one_bad = b'{"errors":true,"items":[{"create":{"status":201}},{"create":{"status":400,"error":{"type":"mapper"}}}]}'
    assert judge(outgoing.Answer(200, "", one_bad)) == "it refused 1: mapper (400)"
    there_already = b'{"errors":true,"items":[{"create":{"status":409,"error":{"type":"version_conflict"}}}]}'
    assert judge(outgoing.Answer(200, "", there_already)) == ""
    for nonsense in (b"", b"[]", b"{}", b'{"errors":true}', b'{"errors":true,"items":[1]}', ENDLESS, b"[" * 9000):
        assert judge(outgoing.Answer(200, "", nonsense)) != ""


def test_a_record_of_opentelemetry_holds_the_event_whole_under_the_names_that_others_know() -> None:
    event = {**EVENT, "recorded_at": "2026-11-22T10:00:01Z", "correlation_id": "0af7651916cd43dd8448eb211c80319c"}
    event["data"] = {"count": 3, "share": 0.5, "huge": 2**70, "ok": True, "changes": {"email": [None, "a@b.test"]}}
    chosen = {**otlp.KIND.defaults, "url": "https://collector.example:4318", "header": "api-key"}
    sent = otlp.word(
        Batch("b", 0.0, [event, EVENT | {"recorded_at": EVENT["occurred_at"]}], chosen, {"header_value": "k"})
    )
    assert isinstance(sent, Post)
    assert (sent.url, sent.headers["api-key"]) == ("https://collector.example:4318/v1/logs", "k")
    (resource,) = json.loads(sent.body)["resourceLogs"]
    assert siems.members(resource["resource"]["attributes"])["identity_cloud.realm_id"] == "r"
    record, other = resource["scopeLogs"][0]["logRecords"]
    assert (record["timeUnixNano"], record["severityNumber"]) == ("1795341600000001000", 13)
    assert (record["eventName"], record["traceId"]) == ("identity_cloud.identity_change", event["correlation_id"])
    told = siems.members(record["attributes"])
    assert told["identity_cloud"] == event | {"data": event["data"] | {"huge": str(2**70)}}
    assert (told["log.record.uid"], told["enduser.id"], told["client.address"]) == ("0198", "1", "203.0.113.7")
    assert "traceId" not in other


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"", ""), (b"{}", ""), (b'{"partialSuccess":null}', ""), (b'{"partialSuccess":{"errorMessage":"hm"}}', ""),
        (b'{"partialSuccess":{"rejectedLogRecords":"2","errorMessage":"too old"}}', "it refused 2: too old"),
        (b"<html>", "what it answered cannot be read"), (b"[" * 9000, "what it answered cannot be read"),
        (b"[]", "what it answered cannot be read"), (b'{"partialSuccess":[1]}', "what it answered cannot be read"),
        (b'{"partialSuccess":{"rejectedLogRecords":1e999}}', "what it answered cannot be read"),
    ],
)  # fmt: skip
def test_a_collector_has_taken_a_batch_when_it_refused_nothing_of_it(body: bytes, problem: str) -> None:
    assert otlp.judge(outgoing.Answer(200, "", body)) == problem


@pytest.mark.parametrize("body", [b"", b"[]", b'{"code":6,"text":"Invalid data format"}', b"<html>", b"[" * 9000])
def test_splunk_says_with_a_code_of_its_own_whether_it_took_it(body: bytes) -> None:
    assert KINDS["splunk_hec"].judge(outgoing.Answer(200, "", body)) != ""


def test_syslog_is_framed_by_octets_and_headed_as_rfc_5424_says() -> None:
    chosen = {**syslog.KIND.defaults, "host": "siem.example"}
    sent = syslog.word(Batch("b", 0.0, [EVENT, EVENT], chosen, {}))
    assert isinstance(sent, Pour)
    assert (sent.port, sent.encrypted) == (6514, True)
    first, second = siems.frames(sent.body)
    assert first == second
    assert first.startswith(b"<108>1 2026-11-22T10:00:00.000001Z localhost identity-cloud - IDENTITY_CHANGE - {")
    assert siems.message_of(first) == EVENT


def test_a_name_breaks_out_of_no_line_of_cef() -> None:
    line = cef.line(EVENT).decode()
    assert line.isprintable()
    assert line.startswith(
        f"CEF:0|{configured.BRAND_NAME}|{configured.BRAND_NAME}|1|IDENTITY_CHANGE|IDENTITY_CHANGE CONFLICT"
    )
    assert "suser=Eve|\\=\\\\  CEF:0|x src=" in line
    assert "requestClientApplication=a\\=b [31m" in line
    assert "src=203.0.113.7" in line
    header = line.split("suser=")[0].replace("\\|", "")
    assert header.count("|") == 7


def test_a_name_in_json_is_escaped_to_one_line_of_ascii() -> None:
    sent = syslog.word(Batch("b", 0.0, [EVENT], {**syslog.KIND.defaults, "host": "h"}, {}))
    assert b"\n" not in sent.body
    assert sent.body.isascii()
