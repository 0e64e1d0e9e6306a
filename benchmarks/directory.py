"""What the management API costs when a realm has a thousand identities, and a million: see benchmarks/README.md.

`python benchmarks/directory.py` takes under six minutes. Requests run through the whole application in this process, on a
PostgreSQL of its own with durable commits; then a worker of the web server answers REQUESTS of them, and its memory is read.
"""

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

from tests import services  # noqa: E402

FEW, MANY = 1_000, 1_000_000
SAMPLES = 200
DEEP = 5_000
REQUESTS = 100_000
LONGEST_SECONDS = 200  # for the requests that age a worker
# One statement for all of them: through the API a million would take an hour.
FILL = """
INSERT INTO directory_identity (id, tenant_id, realm_id, created_at, updated_at, display_name, username, username_key,
  primary_email_address, email_key, external_id, given_name, family_name, traits, status, search_key)
SELECT id, %(tenant)s, %(realm)s, now(), now(), 'Person ' || n, 'person' || n, 'person' || n, mail, mail, '', '', '', '{}',
  'active', 'person ' || n || E'\\n' || id || E'\\nperson' || n || E'\\n' || mail
FROM (SELECT n, lpad(to_hex(n), 16, '0') AS id, 'person' || n || '@acme.test' AS mail
  FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS n) AS people
"""


def main() -> None:
    with (
        tempfile.TemporaryDirectory(prefix="identity-cloud-directory-") as folder,
        services.postgresql(durable=True) as url,
    ):
        environment = {
            **services.PRODUCTION_SECRETS,
            "DATABASE_URL": url,
            "DATA_DIR": folder,
            "IDENTITY_CLOUD_AUTH_URL": "http://localhost:8000",  # whichever process serves: tokens name it
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
        token, caller = prepare()
        print(f"| {'request':<34} | identities | statements | p50 ms | p95 ms |\n|---|---|---|---|---|")
        for first, last in ((1, FEW), (FEW + 1, MANY)):
            fill(caller.realm, first, last)
            measure(caller, last)
        print(f"\n{remembered(Path(folder), environment, caller, token)}")
        print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores.")


def prepare() -> tuple[str, Any]:
    from django.conf import settings
    from django.test import Client

    from tests import ceremonies, world
    from tests.faces.api.caller import Caller

    settings.ALLOWED_HOSTS = ["*"]
    built = world.build()
    token = ceremonies.management_token(built.ctx, built.acme)
    return token, Caller(Client(), token, built.realm)


def fill(realm: Any, first: int, last: int) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute(FILL, {"tenant": realm.tenant_id, "realm": realm.pk, "first": first, "last": last})
        cursor.execute("VACUUM ANALYZE directory_identity")
        cursor.execute("RESET statement_timeout")


def measure(caller: Any, count: int) -> None:
    middle = f"{count // 2:016x}"
    numbers = iter(range(10**9))

    def create() -> Any:
        person = {"type": "traits_v0", "username": f"new-{count}-{next(numbers)}"}
        return caller.post("/identities", {"identity": {"display_name": "New", "traits": person}})

    rows: list[tuple[str, Callable[[], Any]]] = [
        ("GET identity", lambda: caller.get(f"/identities/{middle}")),
        ("list of 20, page 1", lambda: caller.get("/identities", page_size=20)),
        ("find by username", lambda: caller.get("/identities", filter=f'traits.username eq "person{count // 2}"')),
        ("create identity, with its event", create),
    ]
    if count == MANY:
        token = walked_to(caller, DEEP)
        rows.insert(
            2, (f"list of 20, page {DEEP:,}", lambda: caller.get("/identities", page_size=20, page_token=token))
        )
    for name, ask in rows:
        report(name, count, ask)


def walked_to(caller: Any, page: int) -> str:
    """The token of that page of 20, by pages of 200."""
    token: dict[str, str] = {}
    for _ in range((page - 1) // 10):
        answer = caller.get("/identities", page_size=200, **token).json()
        token = {"page_token": answer["next_page_token"]}
    return token["page_token"]


def report(name: str, count: int, ask: Callable[[], Any]) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    for _ in range(5):
        expect(ask())
    with CaptureQueriesContext(connection) as captured:
        expect(ask())
    asked = [
        query["sql"] for query in captured if not query["sql"].startswith(("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE"))
    ]
    spent = []
    for _ in range(SAMPLES):
        began = time.perf_counter()
        response = ask()
        spent.append((time.perf_counter() - began) * 1000)
        expect(response)
    p95 = statistics.quantiles(spent, n=20)[-1]
    print(
        f"| {name:<34} | {count:>10,} | {len(asked):>10} | {statistics.median(spent):>6.2f} | {p95:>6.2f} |", flush=True
    )


def expect(response: Any) -> None:
    if response.status_code not in (200, 201):
        raise SystemExit(f"{response.status_code}: {response.content[:500]!r}")


def remembered(folder: Path, environment: dict[str, str], caller: Any, token: str) -> str:
    """Ages one worker of the real server: half of the requests list, half get."""
    from benchmarks.rig.load import Target, measure, require_wrk
    from benchmarks.rig.process import serving
    from benchmarks.start import family_of, kilobytes
    from identity_cloud.serve import Listener, web_server

    require_wrk()
    port = services.free_port()
    bearer = {"Authorization": f"Bearer {token}"}
    with serving(
        web_server(Listener("127.0.0.1", port, 1), behind_proxy=True), port, {**environment, "PORT": str(port)}, folder
    ) as pid:
        paths = (f"{caller.base}/identities?page_size=20", f"{caller.base}/identities/{MANY // 2:016x}")
        targets = [
            Target(f"http://localhost:{port}", "single", {"method": "GET", "path": path, "headers": bearer})
            for path in paths
        ]
        answered, failed, began, first = 0.0, 0, time.monotonic(), 0
        while answered < REQUESTS and time.monotonic() - began < LONGEST_SECONDS:
            for target in targets:
                point = measure(target, connections=4, seconds=4, database_pid=0)
                answered += point.per_second * 4
                failed += point.failed
            first = first or largest(pid, family_of, kilobytes)
        last = largest(pid, family_of, kilobytes)
    said = f"{answered:,.0f} requests ({failed} failed)"
    return f"A worker's resident memory: {first / 1024:.0f} MB at first, {last / 1024:.0f} MB after {said}."


def largest(pid: int, family_of: Callable[[int], list[int]], kilobytes: Callable[[int, str, str], int]) -> int:
    return max(kilobytes(each, "status", "VmRSS") for each in family_of(pid))


if __name__ == "__main__":
    os.chdir(ROOT)
    main()
