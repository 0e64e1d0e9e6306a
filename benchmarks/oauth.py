"""How fast tokens are made and read, beside a stock django-oauth-toolkit and npm oidc-provider: see benchmarks/README.md.

`python benchmarks/oauth.py` measures everything in under eight minutes. All servers stand on this machine, each with two
worker processes, on one PostgreSQL whose commits are durable; passes are interleaved, figures are medians.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.rig import servers  # noqa: E402
from benchmarks.rig.load import Point, measure, require_wrk  # noqa: E402
from tests import services  # noqa: E402

OURS, DOT, OIDC_PROVIDER = "Identity Cloud", "stock DOT", "oidc-provider"
ROWS = (
    "client_credentials",
    "client_credentials, opaque",
    "code flow",
    "refresh",
    "introspection",
    "userinfo",
    "discovery",
    "JWKS",
)
FLOWS = ("code flow", "refresh")  # slower, and a refresh begins with a sign-in: measured for twice as long
BY_THREADS = ("userinfo", "discovery")  # where the toolkit is quicker with threads than with processes alone
WARM_SECONDS = 1


def main() -> None:
    options = read_options()
    require_wrk()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="identity-cloud-oauth-")))
        cluster_url = stack.enter_context(services.postgresql(durable=True))
        standing = stand(stack, cluster_url, folder, options.servers)
        began = time.monotonic()
        points = run(standing, options, servers.database_pid(cluster_url))
        report(points, options)
        print(f"\n{time.monotonic() - began:.0f} s; load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores.")


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=2, help="of one point")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--connections", type=lambda text: [int(part) for part in text.split(",")], default=[16, 64])
    parser.add_argument("--rows", type=lambda text: text.split(","), default=list(ROWS))
    parser.add_argument("--servers", type=lambda text: text.split(","), default=[OURS, DOT, OIDC_PROVIDER])
    return parser.parse_args()


def stand(stack: ExitStack, cluster_url: str, folder: Path, wanted: list[str]) -> dict[str, servers.Targets]:
    """Every server's targets by its name."""
    standing: dict[str, servers.Targets] = {}
    if OURS in wanted:
        standing[OURS] = stack.enter_context(servers.ours(cluster_url, folder))
    if DOT in wanted:
        processes = stack.enter_context(servers.stock_dot(cluster_url, folder))
        threads = stack.enter_context(servers.stock_dot(cluster_url, folder, threads=4))
        standing[DOT] = {row: (threads if row in BY_THREADS else processes)[row] for row in processes}
    if OIDC_PROVIDER in wanted:
        standing[OIDC_PROVIDER] = stack.enter_context(servers.oidc_provider(cluster_url, folder))
    return standing


Measured = dict[tuple[str, int, str], list[Point]]


def run(standing: dict[str, servers.Targets], options: argparse.Namespace, database_pid: int) -> Measured:
    """Round by round, and in each round server after server: what disturbs one disturbs all."""
    points: Measured = {}
    for number in range(options.rounds):
        for row in options.rows:
            for connections in options.connections:
                for name, found in standing.items():
                    if row not in found:
                        continue
                    how = {"connections": connections, "database_pid": database_pid}
                    if number == 0:
                        measure(found[row], seconds=WARM_SECONDS, **how)
                    seconds = options.seconds * (2 if row in FLOWS else 1)
                    point = measure(found[row], seconds=seconds, **how)
                    points.setdefault((row, connections, name), []).append(point)
    return points


def report(points: Measured, options: argparse.Namespace) -> None:
    print(
        f"| {'operation':<26} | connections | {'server':<14} | per second | × {DOT} | p50 ms | p99 ms | failed "
        "| server ms | database ms |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|")
    for row in options.rows:
        for connections in options.connections:
            base = middle(points.get((row, connections, DOT), []), "per_second")
            for name in options.servers:
                seen = points.get((row, connections, name))
                if not seen:
                    continue
                print(line(row, connections, name, seen, base))


def line(row: str, connections: int, name: str, seen: list[Point], base: float) -> str:
    rate = middle(seen, "per_second")
    ratio = f"{rate / base:.1f}" if base else "–"
    times = (
        f"{middle(seen, 'p50_ms'):>6.1f} | {middle(seen, 'p99_ms'):>6.1f} | {sum(point.failed for point in seen):>6}"
    )
    used = f"{middle(seen, 'server_ms'):>9.2f} | {middle(seen, 'database_ms'):>11.2f}"
    return f"| {row:<26} | {connections:>11} | {name:<14} | {rate:>10,.0f} | {ratio:>11} | {times} | {used} |"


def middle(points: list[Point], field: str) -> float:
    return statistics.median(getattr(point, field) for point in points) if points else 0.0


if __name__ == "__main__":
    os.chdir(ROOT)
    main()
