"""How kinds write an event where their target has words of its own for it. Pure."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit, urlunsplit

# What went as it should. Everything else is worth a second look.
_CALM = frozenset({"SUCCESS", "ACCEPTED", "START", "ALLOW", "ALLOW_WITH_OS_VERIFICATION", "ALLOW_WITH_BIOMETRIC"})
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TROUBLE = frozenset({"ERROR", "FAILED_TO_SEND", "UNAVAILABLE"})


def compact(value: Any) -> bytes:
    """ASCII, so that nothing on the way can take it for another encoding, and no line ever breaks inside it."""
    return json.dumps(value, separators=(",", ":")).encode()


def microseconds(moment: str) -> int:
    """Of a moment as the API writes it, since 1970."""
    return (datetime.fromisoformat(moment) - _EPOCH) // timedelta(microseconds=1)


def seconds(event: Mapping[str, Any]) -> float:
    """When it happened, since 1970."""
    return datetime.fromisoformat(event["occurred_at"]).timestamp()


def is_calm(outcome: str) -> bool:
    """Nothing was refused and nothing failed, whatever the event alerts of."""
    return outcome in _CALM


def level(event: Mapping[str, Any]) -> str:
    """info, warning or error; an alert is never calmer than an error, for it asks somebody to look."""
    if event["data"].get("alert"):
        return "error"
    if is_calm(event["outcome"]):
        return "info"
    return "error" if event["outcome"] in _TROUBLE else "warning"


def sentence(event: Mapping[str, Any]) -> str:
    """What a list of log lines shows: enough to know whether to open it."""
    actor = event["actor"]["display_name"] or event["actor"]["id"] or event["actor"]["type"]
    targets = ", ".join(target["display_name"] or target["id"] for target in event["targets"])
    return f"{event['type']} {event['outcome']} by {actor}{f' on {targets}' if targets else ''}"


def under(url: str, path: str) -> str:
    """The URL with the path, where it names a server and nothing on it; a query stays."""
    parts = urlsplit(url)
    return url if parts.path.strip("/") else urlunsplit(parts._replace(path=path))
