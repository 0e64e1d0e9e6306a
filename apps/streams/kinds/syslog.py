"""Syslog (RFC 5424) over TCP or TLS (RFC 5425), framed by counting octets (RFC 6587 §3.4.1). The message is the event's JSON
or one line of CEF.

Syslog knows no answer. A batch counts as taken when the server closes after our end without breaking the connection: what
it did not read would have broken it.
"""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from apps.core.outgoing import Answer
from apps.streams.kinds import cef, checks, wording
from apps.streams.kinds.kind import Batch, Kind, Pour

_FACILITY = 13  # log audit (§6.2.1)
_SEVERITY = {"info": 6, "warning": 4, "error": 3}


def word(batch: Batch) -> Pour:
    chosen = batch.settings
    body = b"".join(b"%d %s" % (len(message), message) for message in _messages(batch))
    return Pour(chosen["host"], chosen["port"], chosen["transport"] == "tls", body)


def _messages(batch: Batch) -> Iterator[bytes]:
    write = cef.line if batch.settings["format"] == "cef" else wording.compact
    for event in batch.events:
        yield _header(event, batch.settings["app_name"]) + write(event)


def _header(event: Mapping[str, Any], app_name: str) -> bytes:
    """`<PRI>1 TIMESTAMP HOSTNAME APP-NAME PROCID MSGID STRUCTURED-DATA ` (§6)."""
    priority = _FACILITY * 8 + _SEVERITY[wording.level(event)]
    host = urlsplit(settings.IDENTITY_CLOUD_API_URL).hostname or "-"
    return f"<{priority}>1 {event['occurred_at']} {host} {app_name} - {event['type'][:32]} - ".encode()


def judge(answer: Answer) -> str:
    """Nothing is ever answered; breaking off says no."""
    return ""


KIND = Kind(
    name="syslog",
    checks={
        "host": checks.host,
        "port": checks.port,
        "transport": checks.one_of("tls", "tcp"),
        "format": checks.one_of("json", "cef"),
        "app_name": checks.word(r"[!-~]+", 48),
        "ca_certificate": checks.authorities,
    },
    defaults={"port": 6514, "transport": "tls", "format": "json", "app_name": "identity-cloud"},
    required=("host",),
    secret_checks={},
    required_secrets=(),
    target=lambda settings: (settings["host"], settings["port"]),
    word=word,
    judge=judge,
    is_secret_sent=False,
)
