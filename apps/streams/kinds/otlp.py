"""OpenTelemetry's logs: OTLP/HTTP in its JSON encoding (OTLP 1.x "OTLP/HTTP", "JSON Protobuf Encoding"), for a collector or
whatever else takes it. An event is a LogRecord, with the event as the API has it in one attribute.

A collector that takes only a part of a batch has not taken it. OTLP would have a client leave it at that; but then events
would be lost with nobody told, so it is tried again like any other batch, and `log.record.uid` says what came twice.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from apps.core.errors import Invalid, Violation, told
from apps.core.outgoing import Answer
from apps.streams.kinds import checks, wording
from apps.streams.kinds.kind import Batch, Kind, Post

_PATH = "/v1/logs"
_SEVERITY = {"info": (9, "INFO"), "warning": (13, "WARN"), "error": (17, "ERROR")}
_TRACE = re.compile(r"(?!0{32})[0-9a-f]{32}")  # W3C Trace Context, "trace-id"
_HEADER = re.compile(r"[0-9A-Za-z!#$%&'*+.^_`|~-]{1,64}")  # RFC 9110 §5.1
# What says how the request itself is to be read, and who by.
_OURS = frozenset(
    "connection content-encoding content-length content-type expect host te trailer transfer-encoding upgrade".split()
)
_VALUE = re.compile(r"[!-~]+( [!-~]+)*")
_INT64 = range(-(2**63), 2**63)


def word(batch: Batch) -> Post:
    chosen, first = batch.settings, batch.events[0]
    resource = {
        "service.name": chosen["service"],
        "identity_cloud.tenant_id": first["tenant_id"],
        "identity_cloud.realm_id": first["realm_id"],
    }
    logs = {"scope": {"name": "identity-cloud"}, "logRecords": [_record(event) for event in batch.events]}
    body = {"resourceLogs": [{"resource": {"attributes": _attributes(resource)}, "scopeLogs": [logs]}]}
    headers = {"Content-Type": "application/json"}
    if "header_value" in batch.secrets:
        headers[chosen["header"]] = batch.secrets["header_value"]
    return Post(_target(chosen), headers, wording.compact(body))


def _record(event: Mapping[str, Any]) -> dict[str, Any]:
    number, text = _SEVERITY[wording.level(event)]
    found = {
        "timeUnixNano": _nanoseconds(event["occurred_at"]),
        "observedTimeUnixNano": _nanoseconds(event["recorded_at"]),
        "severityNumber": number,
        "severityText": text,
        "eventName": f"identity_cloud.{event['type'].lower()}",
        "body": _any(wording.sentence(event)),
        "attributes": _attributes(dict(_named(event))),
    }
    flow = event["correlation_id"]
    return {**found, "traceId": flow} if _TRACE.fullmatch(flow) else found


def _named(event: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """By the names that OpenTelemetry's semantic conventions have for them, then all of it."""
    yield "log.record.uid", event["id"]
    for name, value in (
        ("enduser.id", event["actor"]["id"]),
        ("client.address", event["client"]["ip"]),
        ("user_agent.original", event["client"]["user_agent"]),
    ):
        if value:
            yield name, value
    yield "identity_cloud", event


def _nanoseconds(moment: str) -> str:
    """64 bits are a string in JSON. Exact: what the record has is microseconds."""
    return f"{wording.microseconds(moment)}000"


def _attributes(values: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{"key": key, "value": _any(value)} for key, value in values.items()]


def _any(value: Any) -> dict[str, Any]:
    """An AnyValue; one without a member is null."""
    match value:
        case None:
            return {}
        case bool():
            return {"boolValue": value}
        case int() if value in _INT64:
            return {"intValue": str(value)}
        case float():
            return {"doubleValue": value}
        case Mapping():
            return {"kvlistValue": {"values": _attributes(value)}}
        case list() | tuple():
            return {"arrayValue": {"values": [_any(each) for each in value]}}
    return {"stringValue": str(value)}


def judge(answer: Answer) -> str:
    """An answer that is not OTLP's comes from something else than a collector."""
    if answer.status != 200:
        return f"it answered {answer.status}"
    try:
        partial = json.loads(answer.body or b"{}").get("partialSuccess") or {}
        refused, why = int(partial.get("rejectedLogRecords", 0)), str(partial.get("errorMessage", ""))[:100]
    except (ValueError, AttributeError, TypeError, RecursionError, OverflowError):
        return "what it answered cannot be read"
    return f"it refused {refused}{f': {why}' if why else ''}" if refused > 0 else ""


def _target(chosen: Mapping[str, Any]) -> str:
    return wording.under(chosen["url"], _PATH)


def _header(value: object, *, field: str) -> str:
    if not isinstance(value, str) or not _HEADER.fullmatch(value) or value.lower() in _OURS:
        raise Invalid(Violation(field, "not a header that may be chosen"))
    return value


def _header_value(value: object, *, field: str) -> str:
    """Some are two words, such as `Bearer …`. The refusal never repeats it."""
    if not isinstance(value, str) or len(value) > checks.SECRET_LENGTH or not _VALUE.fullmatch(value):
        raise Invalid(
            Violation(
                field,
                told("must be ASCII words with single spaces, up to %(count)s characters", count=checks.SECRET_LENGTH),
            )
        )
    return value


KIND = Kind(
    name="otlp",
    checks={
        "url": checks.url,
        "service": checks.word(r"[\w.-]+", 100),
        "header": _header,
        "ca_certificate": checks.authorities,
    },
    defaults={"service": "identity-cloud", "header": "Authorization"},
    required=("url",),
    secret_checks={"header_value": _header_value},
    required_secrets=(),
    target=_target,
    word=word,
    judge=judge,
)
