"""How long a page of the record takes, filter by filter: `python benchmarks/event_search.py TENANT_ID REALM_ID`, with
DATABASE_URL of a database that holds many events (see docs/performance.md).

Asks the search itself, not over HTTP: first pages, a page deep inside, counts and the picture over time. Each with values
that are drawn from the record anew, so that no answer is warm because it was asked before.

What the processor did for a page, this process's and PostgreSQL's for it where that runs on the same machine, stands beside
the wall's time: it hardly moves when something else runs.
"""

import os
import random
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "identity_cloud.settings")
django.setup()

from django.db import connection  # noqa: E402

from apps.events import counting, searching  # noqa: E402
from apps.events.filtering import EventFilter, first_id  # noqa: E402
from apps.events.models import Event  # noqa: E402

TRIES = 40
DAYS = 90


@dataclass(frozen=True, slots=True)
class Place:
    tenant_id: str
    id: str


def main(tenant_id: str, realm_id: str) -> None:
    place = Place(tenant_id, realm_id)
    draw = random.Random(7)  # noqa: S311 - of what to ask, not of secrets
    now = datetime.now(UTC)
    samples = [sample_of(place, now - timedelta(days=draw.uniform(1, DAYS - 2))) for _ in range(TRIES)]
    print("| asked | page p50 ms | page p95 ms | processor p50 ms | p95 ms | with count p95 ms | statements |")
    print("|---|---|---|---|---|---|---|")
    backend = backend_of(connection)
    for name, wanted_of in questions(now).items():
        pages, counts, busy, statements = [], [], [], 0
        for sample in samples:
            wanted = wanted_of(sample)
            beyond = sample.pk if name == "a page deep inside" else None
            statements = 0
            begun = processor_ms(backend)
            spent, statements = timed(lambda w=wanted, b=beyond: searching.search(place, w, beyond=b, size=50))
            busy.append(processor_ms(backend) - begun)
            pages.append(spent)
            counts.append(spent + timed(lambda w=wanted: searching.count(place, w))[0])
        told = (statistics.median(pages), p95(pages), statistics.median(busy), p95(busy), p95(counts))
        print(f"| {name} | {' | '.join(f'{each:.1f}' for each in told)} | {statements} |")
    for days in (1 / 24, 1, 7, 90):
        drawn = [
            timed(lambda d=days: counting.histogram(place, EventFilter(), now - timedelta(days=d), now))[0]
            for _ in range(TRIES // 4)
        ]
        print(f"| picture of {days:.2g} days | {statistics.median(drawn):.1f} | {p95(drawn):.1f} | – | – | – | – |")


def questions(now: datetime) -> dict[str, Callable[[Event], EventFilter]]:
    return {
        "nothing": lambda e: EventFilter(),
        "a page deep inside": lambda e: EventFilter(),
        "type": lambda e: EventFilter(types=[e.type]),
        "rare type": lambda e: EventFilter(types=["ROLE_CHANGE"]),
        "five types": lambda e: EventFilter(
            types=["TOKEN_REQUEST", "GROUP_CHANGE", "ROLE_CHANGE", "SESSION_CHANGE", "USERINFO_READ"]
        ),
        "outcome": lambda e: EventFilter(outcomes=[e.outcome]),
        "rare outcome": lambda e: EventFilter(outcomes=["WOULD_LOCK_OUT"]),
        "type and outcome": lambda e: EventFilter(types=[e.type], outcomes=["DENY"]),
        "type and an outcome it never has": lambda e: EventFilter(types=["ROLE_CHANGE"], outcomes=["ERROR"]),
        "actor": lambda e: EventFilter(actor_id=e.actor_id or "nobody"),
        "actor and type": lambda e: EventFilter(actor_id=e.actor_id or "nobody", types=["GROUP_CHANGE"]),
        "kind of actor": lambda e: EventFilter(actor_type="system"),
        "target": lambda e: EventFilter(target_id=e.targets[0]["id"]),
        "target and rare type": lambda e: EventFilter(target_id=e.targets[0]["id"], types=["ROLE_CHANGE"]),
        "flow": lambda e: EventFilter(correlation_id=e.correlation_id),
        "address": lambda e: EventFilter(ip=e.client_ip),
        "a day": lambda e: EventFilter(start=e.occurred_at, end=e.occurred_at + timedelta(days=1)),
        "a day, type, outcome": lambda e: EventFilter(
            start=e.occurred_at, end=e.occurred_at + timedelta(days=1), types=[e.type], outcomes=["DENY"]
        ),
        "text that is there": lambda e: EventFilter(text="lovelace"),
        "text that is nowhere": lambda e: EventFilter(text="no such words"),
        "a person by name": lambda e: EventFilter(text=e.actor_display_name or "x", named=(e.actor_id or "nobody",)),
        "an id as text": lambda e: EventFilter(text=e.correlation_id),
    }


def sample_of(place: Place, moment: datetime) -> Event:
    rows = Event.objects.filter(realm_id=place.id, id__gt=first_id(moment)).order_by("id")
    return rows[0]


def timed(ask: Callable[[], object]) -> tuple[float, int]:
    """(milliseconds, statements)."""
    asked = 0

    def count(execute: Callable[..., object], *given: object) -> object:
        nonlocal asked
        asked += 1
        return execute(*given)

    with connection.execute_wrapper(count):
        start = time.perf_counter()
        ask()
        return (time.perf_counter() - start) * 1000, asked


def backend_of(connection: Any) -> Path:
    """Where Linux tells what this connection's own process of PostgreSQL has used (Documentation/scheduler/sched-stats)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return Path(f"/proc/{cursor.fetchone()[0]}/schedstat")


def processor_ms(backend: Path) -> float:
    theirs = int(backend.read_text().split()[0]) if backend.exists() else 0
    return (time.process_time_ns() + theirs) / 1_000_000


def p95(spent: list[float]) -> float:
    return sorted(spent)[int(len(spent) * 0.95) - 1] if len(spent) > 1 else spent[0]


if __name__ == "__main__":
    main(*sys.argv[1:3])
