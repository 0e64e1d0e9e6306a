"""Where streams may lead to: the same guard as for every server that somebody else named, asked when a stream is saved and
again whenever something is sent (contract/extensions.md §7)."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from apps.core import outgoing
from apps.core.errors import Violation
from apps.core.outgoing import Answer, Reach, Unreachable
from apps.streams.kinds.kind import Batch, Kind, Pour

# What SIEMs listen at. Others lead to services that were never meant to hear from us, mail servers among them.
_HTTP_PORTS = (443, 4318, 8088, 8443, 9200, 9243)
_SYSLOG_PORTS = (514, 601, 1514, 6514, *range(10_000, 65_536))


@dataclass(frozen=True, slots=True)
class Told:
    """What became of one try. `problem` is "" when the batch was taken; `status_code` None where there is no such thing."""

    problem: str
    status_code: int | None
    latency_ms: int


def why_refused(kind: Kind, chosen: Mapping[str, Any]) -> list[Violation]:
    """Asks the network's names, so not inside a transaction."""
    target = kind.target(chosen)
    root = "event_stream.settings"
    if isinstance(target, str):
        why = outgoing.why_unreachable(target, _reach(_HTTP_PORTS, chosen))
        return [Violation(f"{root}.url", why)] if why else []
    host, port = target
    why = outgoing.why_host_unreachable(host, port, _reach(_SYSLOG_PORTS, chosen))
    return [Violation(f"{root}.{'port' if 'port' in why else 'host'}", why)] if why else []


def send(kind: Kind, batch: Batch) -> Told:
    """One try. Never raises for what the target does."""
    begun = time.monotonic()
    try:
        status, problem = _sent(kind, batch)
    except Unreachable as trouble:
        status, problem = None, str(trouble)
    return Told(_one_line(problem), status, int((time.monotonic() - begun) * 1000))


def _one_line(problem: str) -> str:
    """Some of it is the target's own words, which go into the record and onto pages."""
    return "".join(letter if letter.isprintable() else " " for letter in problem[:300])


def _sent(kind: Kind, batch: Batch) -> tuple[int | None, str]:
    sending = kind.word(batch)
    if isinstance(sending, Pour):
        reach = _reach(_SYSLOG_PORTS, batch.settings)
        outgoing.pour(sending.host, sending.port, sending.body, encrypted=sending.encrypted, reach=reach)
        return None, kind.judge(Answer(0, "", b""))
    reach = _reach(_HTTP_PORTS, batch.settings)
    answer = outgoing.send("POST", sending.url, body=sending.body, headers=sending.headers, reach=reach)
    return answer.status, kind.judge(answer)


def _reach(ports: tuple[int, ...], chosen: Mapping[str, Any]) -> Reach:
    private = settings.EVENT_STREAM_ALLOW_PRIVATE
    return Reach(ports, allow_private=private, allow_plain=private, authorities=chosen.get("ca_certificate", ""))
