"""The Common Event Format, version 0 (ArcSight, "CEF implementation standard"): one event, one line. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.conf import settings

from apps.streams.kinds import wording

_SEVERITY = {"info": 3, "warning": 6, "error": 8}
_LONGEST = 1023


def line(event: Mapping[str, Any]) -> bytes:
    header = ("CEF:0", settings.BRAND_NAME, settings.BRAND_NAME, str(event["version"]), event["type"])
    described = wording.sentence(event)
    first = "|".join([header[0], *map(_in_header, (*header[1:], described)), str(_SEVERITY[wording.level(event)])])
    extension = " ".join(f"{name}={_in_extension(value)}" for name, value in _extension(event) if value)
    return f"{first}|{extension}".encode()


def _extension(event: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    actor, client = event["actor"], event["client"]
    yield "rt", str(int(wording.seconds(event) * 1000))
    yield "externalId", event["id"]
    yield "act", str(event["data"].get("action", ""))
    yield "outcome", event["outcome"]
    yield "suid", actor["id"]
    yield "suser", actor["display_name"]
    yield "src", client["ip"] or ""
    yield "requestClientApplication", client["user_agent"]
    for target in event["targets"][:1]:
        yield "duid", target["id"]
        yield "duser", target["display_name"]
    yield "reason", str(event["data"].get("reason", ""))
    yield "cs1Label", "correlationId"
    yield "cs1", event["correlation_id"]
    yield "cs2Label", "realmId"
    yield "cs2", event["realm_id"]
    yield "cs3Label", "tenantId"
    yield "cs3", event["tenant_id"]


def _in_header(text: str) -> str:
    return _one_line(text).replace("\\", "\\\\").replace("|", "\\|")


def _in_extension(text: str) -> str:
    return _one_line(text).replace("\\", "\\\\").replace("=", "\\=")


def _one_line(text: str) -> str:
    """Names come from people: none may begin a line of its own, or steer a terminal."""
    return "".join(letter if letter.isprintable() else " " for letter in str(text)[:_LONGEST])
