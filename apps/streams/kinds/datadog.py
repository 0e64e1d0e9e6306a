"""Datadog's logs intake, version 2: an array of log entries, answered with 202 (Datadog API, "Send logs")."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from apps.core.outgoing import Answer
from apps.streams.kinds import checks, wording
from apps.streams.kinds.kind import Batch, Kind, Post

SITES = (
    "datadoghq.com", "datadoghq.eu", "us3.datadoghq.com", "us5.datadoghq.com", "ap1.datadoghq.com", "ap2.datadoghq.com",
    "ddog-gov.com",
)  # fmt: skip
_TAKEN = (200, 202)


def url_of(chosen: Mapping[str, Any]) -> str:
    """The site's own, or that of a relay that speaks the same."""
    return chosen.get("url") or f"https://http-intake.logs.{chosen['site']}/api/v2/logs"


def word(batch: Batch) -> Post:
    tags = ",".join(filter(None, (batch.settings.get("tags"), f"realm_id:{batch.events[0]['realm_id']}")))
    common = {
        "ddsource": "identity-cloud",
        "service": batch.settings["service"],
        "hostname": urlsplit(settings.IDENTITY_CLOUD_API_URL).hostname,
        "ddtags": tags,
    }
    entries = [
        {
            **common,
            "message": wording.sentence(event),
            "status": wording.level(event),
            "timestamp": event["occurred_at"],
            "identity_cloud": event,
        }
        for event in batch.events
    ]
    headers = {"DD-API-KEY": batch.secrets["api_key"], "Content-Type": "application/json"}
    return Post(url_of(batch.settings), headers, wording.compact(entries))


def judge(answer: Answer) -> str:
    return "" if answer.status in _TAKEN else f"it answered {answer.status}"


KIND = Kind(
    name="datadog",
    checks={
        "site": checks.one_of(*SITES),
        "url": checks.url,
        "service": checks.word(r"[\w.-]+", 100),
        "tags": checks.word(r"[\w:./,-]*", 500),
        "ca_certificate": checks.authorities,
    },
    defaults={"site": SITES[0], "service": "identity-cloud"},
    required=(),
    secret_checks={"api_key": checks.secret},
    required_secrets=("api_key",),
    target=url_of,
    word=word,
    judge=judge,
)
