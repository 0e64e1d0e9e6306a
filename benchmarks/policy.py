"""What the policy costs: a decision of 50 rules with 5 leaves each, its trace, and a replay of a million evaluations.

`python benchmarks/policy.py [--events 1000000]` on SQLite; with DATABASE_URL on PostgreSQL. The database is made for the
purpose and removed. Figures are of this machine: compare them with each other, not with another's.
"""

import argparse
import os
import resource
import sys
import time
import timeit
import tracemalloc
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
RULES, BATCH = 50, 5000
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
LEAVES = [
    {"attribute": "application.id", "operator": "in", "value": ["shop", "till"]},
    {"attribute": "identity.group_ids", "operator": "contains_any", "value": ["staff"]},
    {"attribute": "credential.binding", "operator": "not_in", "value": ["synced"]},
    {"attribute": "identity.credential_count", "operator": "lte", "value": 5},
    {"attribute": "request.ip", "operator": "in_cidr", "value": ["10.0.0.0/8"]},
]
FACTS: dict[str, Any] = {
    "application.id": "shop", "identity.group_ids": ["staff", "night"], "credential.binding": "hardware",
    "identity.credential_count": 2, "identity.id": "68810dbeb06a5133", "identity.username": "bob",
    "identity.email": "bob@acme.test", "identity.email_domain": "acme.test", "identity.days_since_created": 40,
    "request.ip": "203.0.113.7", "request.time": "2026-11-22T12:00:00+00:00", "authenticator.type": "hosted_web",
    "device.platform": "macos", "device.os_version": "14.5", "browser.name": "chrome", "browser.version": "142.0",
    "credential.method": "webauthn", "credential.user_verified": True, "credential.attestation_trusted": False,
    "device.is_new": False, "request.ip_is_new": False, "risk.failed_attempts_1h": 0,
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--events", type=int, default=1_000_000)
    wanted = parser.parse_args().events

    import django

    django.setup()
    time_decisions()
    from django.db import connection
    from django.test.utils import setup_test_environment, teardown_test_environment

    setup_test_environment()
    name = connection.settings_dict["NAME"]
    connection.creation.create_test_db(verbosity=0)
    try:
        replay(wanted, connection.vendor)
    finally:
        connection.creation.destroy_test_db(name, verbosity=0)
        teardown_test_environment()


def rules(count: int = RULES) -> list[dict[str, Any]]:
    """The last leaf of each fails: every leaf is asked."""
    return [
        {"id": f"r{i}", "transaction": "any", "condition": {"all": LEAVES}, "action": {"type": "allow"}}
        for i in range(count)
    ]


def time_decisions() -> None:
    from apps.policy import engine

    parsed = engine.parse(rules())
    asked = engine.Transaction(engine.TransactionType.AUTHENTICATION, FACTS)
    if engine.decide(parsed, asked).matched_rule_id != "default":
        sys.exit("a rule matched that should be asked and fail")
    for name, run, number in (
        (f"a decision, {RULES} rules of {len(LEAVES)} leaves", lambda: engine.decide(parsed, asked), 500),
        ("the same with its trace", lambda: engine.decide(parsed, asked).trace, 100),
        ("parsing the rules", lambda: engine.parse(rules()), 50),
    ):
        best = min(timeit.repeat(run, timer=time.process_time, number=number, repeat=15)) / number
        print(f"{name:<46}{best * 1e6:>10.1f} µs")


def replay(wanted: int, engine_name: str) -> None:
    from apps.policy import engine
    from apps.policy import replay as past
    from tests import world

    realm = world.build().realm
    began = time.perf_counter()
    for start in range(0, wanted, BATCH):
        _write(realm, start, min(BATCH, wanted - start), wanted)
    print(f"{f'{wanted:,} evaluations written ({engine_name})':<46}{time.perf_counter() - began:>10.1f} s")
    parsed = engine.parse([*rules(9), {**rules(1)[0], "id": "rest", "condition": {}}])
    span = {"start": NOW - timedelta(days=31), "end": NOW + timedelta(days=1)}
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began, worked = time.perf_counter(), time.process_time()
    report = past.run(realm, parsed, **span)
    print(f"{'replayed against 10 rules':<46}{time.perf_counter() - began:>10.1f} s")
    print(f"{'of which this process worked':<46}{time.process_time() - worked:>10.1f} s")
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
    print(f"{'the process grew by':<46}{grown / max(wanted, 1):>10.1f} bytes an event")
    if report.evaluated < wanted:
        sys.exit(f"only {report.evaluated} were found")
    tracemalloc.start()
    past.run(realm, parsed, start=NOW - timedelta(days=1), end=span["end"])
    print(f"{'at most allocated at once':<46}{tracemalloc.get_traced_memory()[1] / 1e6:>10.1f} MB")


def _write(realm: Any, start: int, count: int, of: int) -> None:
    """Evaluations spread over the last month, as the gate writes them."""
    from apps.events.models import Event

    decision = {"action": "allow", "matched_rule_id": "r0", "message": "", "monitors": []}
    rows = []
    for number in range(start, start + count):
        at = NOW - timedelta(days=30) * (1 - number / of)
        known = {**FACTS, "request.time": at.isoformat(), "identity.id": f"{number % 5000:016x}"}
        data = {"input": {"type": "authentication", "attributes": known}, "decision": decision, "policy_version": 1}
        rows.append(
            Event(
                id=_id(at, number), tenant_id=realm.tenant_id, realm_id=realm.pk, type="POLICY_EVALUATION",
                occurred_at=at, recorded_at=at, correlation_id="benchmark", outcome="ALLOW", actor_type="identity",
                actor_id=known["identity.id"], data=data,
            )
        )  # fmt: skip
    Event.objects.bulk_create(rows)


def _id(at: datetime, number: int) -> Any:
    """A UUIDv7 of that moment."""
    import uuid

    head = int(at.timestamp() * 1000) << 80
    return uuid.UUID(int=head | 0x7 << 76 | 0b10 << 62 | number)


if __name__ == "__main__":
    main()
