"""Elasticsearch's bulk API (Elastic, "Bulk API"): each event is created under its own id, so a second delivery makes no
second document. An index and a data stream take the same."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from apps.core.outgoing import Answer
from apps.streams.kinds import checks, wording
from apps.streams.kinds.kind import Batch, Kind, Post

_THERE_ALREADY = 409
# Of 500 items no more than what is judged by, or the answer would be longer than what is read of one.
_SAID = "filter_path=errors,items.*.status,items.*.error.type"


def word(batch: Batch) -> Post:
    parts = urlsplit(batch.settings["url"])
    path = f"{parts.path.rstrip('/')}/{batch.settings['index']}/_bulk"
    headers = {"Authorization": f"ApiKey {batch.secrets['api_key']}", "Content-Type": "application/x-ndjson"}
    body = b"".join(line + b"\n" for line in _lines(batch))
    return Post(urlunsplit(parts._replace(path=path, query=_SAID)), headers, body)


def _lines(batch: Batch) -> Iterator[bytes]:
    for event in batch.events:
        yield wording.compact({"create": {"_id": event["id"]}})
        yield wording.compact(
            {
                "@timestamp": event["occurred_at"],
                "message": wording.sentence(event),
                "event": {"action": event["type"], "outcome": _outcome(event["outcome"]), "id": event["id"]},
                "identity_cloud": event,
            }
        )


def _outcome(outcome: str) -> str:
    """The Elastic Common Schema knows three."""
    return "success" if wording.is_calm(outcome) else "failure"


def judge(answer: Answer) -> str:
    """200 says only that it was read: what became of each event stands inside."""
    if answer.status != 200:
        return f"it answered {answer.status}"
    try:
        said = json.loads(answer.body)
        if said["errors"] is False:
            return ""
        refused = [problem for item in said["items"] if (problem := _refusal(item))]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError):
        return "what it answered cannot be read"
    return f"it refused {len(refused)}: {refused[0]}"[:200] if refused else ""


def _refusal(item: dict[str, Any]) -> str:
    (said,) = item.values()
    status = int(said["status"])
    if 200 <= status < 300 or status == _THERE_ALREADY:
        return ""
    return f"{said.get('error', {}).get('type', '')} ({status})".strip()


KIND = Kind(
    name="elastic",
    checks={
        "url": checks.url,
        "index": checks.word(r"[a-z0-9][a-z0-9._-]*", 200),
        "ca_certificate": checks.authorities,
    },
    defaults={"index": "logs-identity_cloud-default"},
    required=("url",),
    secret_checks={"api_key": checks.secret},
    required_secrets=("api_key",),
    target=lambda settings: settings["url"],
    word=word,
    judge=judge,
)
