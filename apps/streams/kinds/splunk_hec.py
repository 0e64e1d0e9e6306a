"""Splunk's HTTP Event Collector: event objects one after the other (Splunk, "Format events for HTTP Event Collector")."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from apps.core.outgoing import Answer
from apps.streams.kinds import checks, wording
from apps.streams.kinds.kind import Batch, Kind, Post

_PATH = "/services/collector/event"
_TAKEN = 0  # HEC's own code, beside HTTP's


def word(batch: Batch) -> Post:
    named = {name: batch.settings[name] for name in ("index", "source", "sourcetype") if batch.settings.get(name)}
    host = urlsplit(settings.IDENTITY_CLOUD_API_URL).hostname
    lines = (
        {"time": round(wording.seconds(event), 6), "host": host, **named, "event": event, "fields": _fields(event)}
        for event in batch.events
    )
    headers = {"Authorization": f"Splunk {batch.secrets['token']}", "Content-Type": "application/json"}
    return Post(wording.under(batch.settings["url"], _PATH), headers, b"\n".join(map(wording.compact, lines)))


def judge(answer: Answer) -> str:
    try:
        said = json.loads(answer.body)
        code, text = said.get("code"), str(said.get("text", ""))[:100]
    except (ValueError, AttributeError, RecursionError):
        code, text = None, ""
    if answer.status == 200 and code == _TAKEN:
        return ""
    return f"it answered {answer.status}{f': {text}' if text else ''}"


def _fields(event: Mapping[str, Any]) -> dict[str, str]:
    """Indexed beside the event; the id tells a second delivery from a second event."""
    return {"event_id": event["id"], "realm_id": event["realm_id"], "outcome": event["outcome"]}


KIND = Kind(
    name="splunk_hec",
    checks={
        "url": checks.url,
        "index": checks.word(r"[a-z0-9_][a-z0-9_-]*", 80),
        "source": checks.word(r"[\w:./-]+", 128),
        "sourcetype": checks.word(r"[\w:./-]+", 128),
        "ca_certificate": checks.authorities,
    },
    defaults={"source": "identity-cloud", "sourcetype": "identity_cloud:event"},
    required=("url",),
    secret_checks={"token": checks.secret},
    required_secrets=("token",),
    target=lambda settings: wording.under(settings["url"], _PATH),
    word=word,
    judge=judge,
)
