"""What SCIM costs at a million users and a group of a hundred thousand, and how fast a directory syncs for the first time.

`python benchmarks/scim.py` takes under four minutes: see benchmarks/README.md. The first table runs through the whole
application in this process; the first sync goes to the real web server, one client on one connection.
"""

import http.client
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.directory import MANY, expect, fill, largest  # noqa: E402
from tests import services  # noqa: E402

CROWD = 100_000
SAMPLES = 200
SINGLE_SECONDS, BULK_SECONDS = 20, 20
BULK = 500
JOIN = """
INSERT INTO directory_groupmembership (tenant_id, realm_id, group_id, identity_id, created_at)
SELECT %(tenant)s, %(realm)s, %(group)s, lpad(to_hex(n), 16, '0'), now()
FROM generate_series(1, %(count)s::bigint) AS n
"""
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
BULK_REQUEST = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"


def main() -> None:
    with (
        tempfile.TemporaryDirectory(prefix="identity-cloud-scim-") as folder,
        services.postgresql(durable=True) as url,
    ):
        environment = {
            **services.PRODUCTION_SECRETS,
            "DATABASE_URL": url,
            "DATA_DIR": folder,
            "IDENTITY_CLOUD_AUTH_URL": "http://localhost:8000",
            "API_CLIENT_REQUESTS_PER_MINUTE": "900000000",
            "API_TENANT_REQUESTS_PER_MINUTE": "900000000",
            "DJANGO_SETTINGS_MODULE": "identity_cloud.settings",
        }
        (Path(folder) / "static").mkdir()
        os.environ.update(environment)
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        scim, empty = prepare()
        fill(scim.realm, 1, MANY)
        group = json.loads(scim.post("/Groups", {"schemas": [GROUP], "displayName": "Everybody"}).content)["id"]
        join(scim.realm, group)
        durability()
        print(f"{MANY:,} users, a group of {CROWD:,}\n")
        print(f"| {'request':<42} | statements | p50 ms | p95 ms |\n|---|---|---|---|")
        for name, ask in rows(scim, group):
            report(name, ask)
        first_sync(Path(folder), environment, scim, empty)
        print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores.")


def prepare() -> tuple[Any, Any]:
    """A client of the realm that is filled, and one of a realm that has hardly anybody."""
    from django.conf import settings
    from django.test import Client

    from tests import ceremonies, world
    from tests.faces.scim.provisioner import Provisioner

    settings.ALLOWED_HOSTS = ["*"]
    built = world.build()
    token = ceremonies.management_token(built.ctx, built.acme, scope="scim:all")
    filled = Provisioner(Client(), token, built.realm)
    return filled, filled.at(built.acme.staff.realm)


def durability() -> None:
    """What PostgreSQL keeps of a commit, and what one alone costs on this disk: the floor of a request that writes."""
    from django.db import connection

    with connection.cursor() as cursor:
        kept = []
        for name in ("fsync", "synchronous_commit", "full_page_writes"):
            cursor.execute(f"SHOW {name}")
            kept.append(f"{name} {cursor.fetchone()[0]}")
        cursor.execute("CREATE TABLE commits (at timestamptz)")
        spent = []
        for _ in range(SAMPLES):
            began = time.perf_counter()
            cursor.execute("INSERT INTO commits VALUES (now())")
            spent.append((time.perf_counter() - began) * 1000)
        cursor.execute("DROP TABLE commits")
    print(f"{', '.join(kept)}; a commit of one row: p50 {statistics.median(spent):.1f} ms.")


def join(realm: Any, group_id: str) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute(JOIN, {"tenant": realm.tenant_id, "realm": realm.pk, "group": group_id, "count": CROWD})
        cursor.execute("VACUUM ANALYZE directory_groupmembership")
        cursor.execute("RESET statement_timeout")


def rows(scim: Any, group: str) -> list[tuple[str, Callable[[], Any]]]:
    stranger = f"{CROWD + 1:016x}"
    middle = f"{MANY // 2:016x}"
    return [
        ("userName eq", lambda: scim.get("/Users", filter=f'userName eq "person{MANY // 2}"')),
        ("GET a user", lambda: scim.get(f"/Users/{middle}")),
        ("list of 100", lambda: scim.get("/Users", count=100)),
        ("PATCH active of a user", lambda: scim.patch(f"/Users/{middle}", {"op": "replace", "value": {"active": True}})),
        ("large group: PATCH adds one", lambda: join_and(scim, group, stranger, timed="add")),
        ("large group: PATCH removes one", lambda: join_and(scim, group, stranger, timed="remove")),
    ]  # fmt: skip


ASIDE: list[float] = []  # ms that a request's preparation took, which are not its own


def join_and(scim: Any, group: str, pk: str, *, timed: str) -> Any:
    """One of the two changes, so that each changes something; the other one is done beside the clock."""
    steps = {
        "add": {"op": "add", "path": "members", "value": [{"value": pk}]},
        "remove": {"op": "remove", "path": f'members[value eq "{pk}"]'},
    }
    began = time.perf_counter()
    expect_any(scim.patch(f"/Groups/{group}", steps["remove" if timed == "add" else "add"]))
    ASIDE.append((time.perf_counter() - began) * 1000)
    return scim.patch(f"/Groups/{group}", steps[timed])


def report(name: str, ask: Callable[[], Any]) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    for _ in range(5):
        expect_any(ask())
    with CaptureQueriesContext(connection) as captured:
        expect_any(ask())
    asked = [each for each in captured if not each["sql"].startswith(("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE"))]
    statements = len(asked) // (2 if ASIDE else 1)
    spent = []
    for _ in range(SAMPLES):
        ASIDE.clear()
        began = time.perf_counter()
        response = ask()
        spent.append((time.perf_counter() - began) * 1000 - sum(ASIDE))
        expect_any(response)
    p95 = statistics.quantiles(spent, n=20)[-1]
    print(f"| {name:<42} | {statements:>10} | {statistics.median(spent):>6.2f} | {p95:>6.2f} |", flush=True)


def expect_any(response: Any) -> None:
    if response.status_code != 204:
        expect(response)


def first_sync(folder: Path, environment: dict[str, str], scim: Any, empty: Any) -> None:
    from benchmarks.rig.process import serving
    from benchmarks.start import family_of, kilobytes
    from identity_cloud.serve import Listener, web_server

    port = services.free_port()
    with serving(
        web_server(Listener("127.0.0.1", port, 1), behind_proxy=True), port, {**environment, "PORT": str(port)}, folder
    ) as pid:
        line = http.client.HTTPConnection("localhost", port, timeout=60)
        headers = {"Authorization": f"Bearer {empty.token}", "Content-Type": "application/scim+json"}

        def post(path: str, body: Any) -> None:
            line.request("POST", f"{empty.base}{path}", json.dumps(body), headers)
            answer = line.getresponse()
            said = answer.read()
            if answer.status not in (200, 201):
                raise SystemExit(f"{answer.status}: {said[:500]!r}")

        for name, seconds, step, send in (
            ("one request a user", SINGLE_SECONDS, 1, lambda n: post("/Users", user(n))),
            (f"bulk of {BULK}", BULK_SECONDS, BULK, lambda n: post("/Bulk", bulk(n))),
        ):
            before = largest(pid, family_of, kilobytes)
            began, made = time.monotonic(), 0
            while time.monotonic() - began < seconds:
                send(made if step == 1 else 10_000_000 + made)
                made += step
            rate = made / (time.monotonic() - began)
            after = largest(pid, family_of, kilobytes)
            print(
                f"\nFirst sync, {name}: {rate:,.0f} users a second ({made:,}); worker {before >> 10} → {after >> 10} MB."
            )


def user(n: int) -> dict[str, Any]:
    return {
        "schemas": [USER],
        "userName": f"sync{n}@acme.test",
        "externalId": f"E{n}",
        "name": {"givenName": "Sync", "familyName": f"Nr {n}"},
        "emails": [{"value": f"sync{n}@acme.test", "type": "work", "primary": True}],
        "active": True,
    }


def bulk(first: int) -> dict[str, Any]:
    operations = [
        {"method": "POST", "path": "/Users", "bulkId": str(n), "data": user(n)} for n in range(first, first + BULK)
    ]
    return {"schemas": [BULK_REQUEST], "Operations": operations}


if __name__ == "__main__":
    os.chdir(ROOT)
    main()
