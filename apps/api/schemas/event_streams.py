"""Event streams, their settings by type, and what became of their batches (contract/extensions.md §7)."""

from collections.abc import Iterable

from apps.api.schemas.kinds import (
    BOOLEAN,
    COUNT,
    IN_REALM,
    NAME,
    TIME,
    TIMES,
    UUID,
    Component,
    Parameter,
    Schema,
    given,
    listing,
    number,
    one_of,
    or_null,
    page_of,
    said,
    text,
    thing,
    wrapped,
)
from apps.events import outcomes
from apps.events.types import EventType
from apps.streams.kinds import KINDS
from apps.streams.kinds.datadog import SITES
from apps.streams.selectors import DELIVERY_STATES

_URL = said(text(2048), "https, to a public address.", "https://siem.example")
_TOKEN = said(text(4096, shortest=1), "Taken and never shown.", "c7d1f0a2-5b8e-4f6d-9a3c-1e2b3c4d5e6f")
_AUTHORITIES = said(text(32_768), "PEM of authorities to believe besides the public ones.")
_PORT = said(number(1, 65_535), example=6514)
_COMMON: dict[str, Schema] = {"ca_certificate": _AUTHORITIES}

# By type: what is answered, and what is taken besides.
_SETTINGS: dict[str, dict[str, Schema]] = {
    "splunk_hec": {
        "url": said(_URL, "Of the collector; without a path it is `/services/collector/event`."),
        "index": said(text(80), "The token's own where it is left out.", "identity"),
        "source": said(text(128), example="identity-cloud"),
        "sourcetype": said(text(128), example="identity_cloud:event"),
    },
    "datadog": {
        "site": one_of(*SITES),
        "url": said(_URL, "Of a relay, in place of the site's own."),
        "service": said(text(100), example="identity-cloud"),
        "tags": said(text(500), "Separated by commas.", "env:prod"),
    },
    "elastic": {
        "url": said(_URL, "Of the cluster."),
        "index": said(text(200), "An index or a data stream.", "logs-identity_cloud-default"),
    },
    "otlp": {
        "url": said(_URL, "Of OTLP over HTTP; without a path it is `/v1/logs`.", "https://collector.example:4318"),
        "header": said(text(64), "That the secret is sent in.", "Authorization"),
        "service": said(text(100), example="identity-cloud"),
    },
    "webhook": {"url": said(_URL, "Where batches are posted.")},
    "syslog": {
        "host": said(text(253), example="logs.example"),
        "port": _PORT,
        "transport": one_of("tls", "tcp"),
        "format": one_of("json", "cef"),
        "app_name": said(text(48), example="identity-cloud"),
    },
}
_SECRETS: dict[str, dict[str, Schema]] = {
    "splunk_hec": {"token": _TOKEN},
    "datadog": {"api_key": _TOKEN},
    "elastic": {"api_key": _TOKEN},
    "otlp": {"header_value": said(_TOKEN, example="Bearer c7d1f0a2-5b8e-4f6d-9a3c-1e2b3c4d5e6f")},
    "webhook": {
        "secret": said(
            text(200), "`whsec_…`; made where it is left out.", "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oDazkfU2Zz1mQ="
        )
    },
    "syslog": {},
}


def _words(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))


def _one_of_each(prefix: str, required: bool) -> Schema:
    return {"anyOf": [_taken(f"{prefix}{_words(name)}Settings", name, required) for name in KINDS]}


def _taken(title: str, name: str, required: bool) -> Component:
    fields = {**_SETTINGS[name], **_COMMON, **_SECRETS[name]}
    needed: Iterable[str] = (*KINDS[name].required, *KINDS[name].required_secrets) if required else ()
    shown = fields if required else {field: or_null(schema) for field, schema in fields.items()}
    return Component(title, given(shown, required=needed))


def _answered(name: str) -> Component:
    """A webhook's secret stands in the one answer that makes it."""
    fields = {**_SETTINGS[name], **_COMMON, **(_SECRETS["webhook"] if name == "webhook" else {})}
    always = (*KINDS[name].required, *KINDS[name].defaults)
    return Component(
        f"{_words(name)}Settings", thing(fields, sometimes=[each for each in fields if each not in always])
    )


_NAME = said(NAME, "What administrators read.", "Security operations")
_TYPE = one_of(*KINDS)
_FILTER: dict[str, Schema] = {
    "types": said(listing(one_of(*EventType), 200), "Of events; all where it is empty."),
    "outcomes": said(listing(one_of(*outcomes.known()), 200), "All where it is empty."),
    "alerts_only": said(
        BOOLEAN, "Only policy evaluations by which a rule with `notify.alert` alerted: those with `data.alert`.", False
    ),
}
_ENABLED = said(BOOLEAN, "A paused stream keeps its place.", True)
_OR_NEVER = {**TIME, "type": ["string", "null"]}
_ERROR = said(text(), "Empty while nothing is wrong.", "it answered 503")
_STATUS = {"type": ["integer", "null"], "description": "HTTP's; null where no answer came.", "examples": [200]}

HEALTH = Component(
    "EventStreamHealth",
    thing(
        {
            "state": one_of("HEALTHY", "FAILING", "PAUSED", "WAITING"),
            "failing_since_time": _OR_NEVER,
            "last_delivery_time": _OR_NEVER,
            "error": _ERROR,
            "waiting_deliveries": said(COUNT, "Batches that are tried again by themselves.", 0),
            "dead_deliveries": said(COUNT, "Batches that were given up; `:replay` sends them again.", 0),
        }
    ),
)
EVENT_STREAM = Component(
    "EventStream",
    thing(
        {
            "id": UUID,
            **IN_REALM,
            "display_name": _NAME,
            "type": _TYPE,
            "settings": {"anyOf": [_answered(name) for name in KINDS]},
            "stored_secrets": listing(said(text(), "The name of a setting that is never shown.", "token")),
            "filter": thing(_FILTER),
            "enabled": _ENABLED,
            **TIMES,
            "health": HEALTH,
        }
    ),
)
NEW_EVENT_STREAM = wrapped(
    "event_stream",
    Component(
        "NewEventStream",
        given(
            {
                "display_name": _NAME,
                "type": _TYPE,
                "settings": _one_of_each("New", required=True),
                "filter": given(_FILTER),
                "enabled": _ENABLED,
            },
            required=["display_name", "type", "settings"],
        ),
    ),
)
EVENT_STREAM_CHANGES = wrapped(
    "event_stream",
    Component(
        "EventStreamChanges",
        given(
            {
                "display_name": _NAME,
                "type": _TYPE,
                "settings": _one_of_each("Changed", required=False),
                "filter": given(_FILTER),
                "enabled": _ENABLED,
            }
        ),
    ),
)
EVENT_STREAMS = page_of("event_streams", EVENT_STREAM)
TEST = thing(
    {
        "delivered": BOOLEAN,
        "status_code": _STATUS,
        "latency_ms": said(COUNT, example=84),
        "error": _ERROR,
    }
)
REPLAY = thing({"replayed_deliveries": COUNT})
DELIVERY = Component(
    "Delivery",
    thing(
        {
            "id": said(UUID, "The same at every try; a webhook's `webhook-id`."),
            **IN_REALM,
            "event_stream_id": UUID,
            "state": one_of(*DELIVERY_STATES),
            "event_count": COUNT,
            "first_event_id": UUID,
            "last_event_id": UUID,
            "tries": COUNT,
            "status_code": _STATUS,
            "latency_ms": {"type": ["integer", "null"], "examples": [84]},
            "error": _ERROR,
            "create_time": TIME,
            "last_try_time": _OR_NEVER,
            "delivery_time": _OR_NEVER,
        }
    ),
)
DELIVERIES = page_of("deliveries", DELIVERY)
DELIVERY_STATE = Parameter("state", "Only those in this state.", one_of(*DELIVERY_STATES))
