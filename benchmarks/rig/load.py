"""One measured point: wrk against one target, and what it saw. wrk 4 is needed (Debian and Ubuntu: `apt install wrk`)."""

import json
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.rig.process import processor_seconds

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Target:
    """`script` is `single` or `flow`; `told` is what the script reads of it."""

    base_url: str
    script: str
    told: dict[str, Any]
    pid: int = 0


@dataclass(frozen=True, slots=True)
class Point:
    """`failed` counts what was refused, broken off or not answered in time: not one may be. The last two are what the
    server and the database used of the processor for one: steadier than the rest on a machine with other work."""

    per_second: float
    p50_ms: float
    p99_ms: float
    failed: int
    server_ms: float
    database_ms: float


def require_wrk() -> None:
    if shutil.which("wrk") is None:
        raise SystemExit("wrk is needed: apt install wrk")


def measure(target: Target, *, connections: int, seconds: int, database_pid: int) -> Point:
    before = [processor_seconds(pid) for pid in (target.pid, database_pid)]
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as told:
        told.write(f"return {as_lua(target.told)}")
        told.flush()
        words = ["-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s"]
        ran = subprocess.run(
            ["wrk", *words, "-s", str(HERE / f"{target.script}.lua"), target.base_url],
            env={**os.environ, "TARGET": told.name, "CONNECTIONS": str(connections)},
            capture_output=True,
            text=True,
            check=True,
        )
    seen = json.loads(ran.stdout.strip().splitlines()[-1])
    used = [processor_seconds(pid) for pid in (target.pid, database_pid)]
    each = [1000 * (after - start) / max(1, seen["done"]) for start, after in zip(before, used, strict=True)]
    rate = seen["done"] / (seen["microseconds"] / 1e6)
    return Point(rate, seen["p50"] / 1000, seen["p99"] / 1000, seen["failed"], *each)


def as_lua(value: Any) -> str:
    """A literal: ASCII strings, booleans, numbers, tables."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"[{as_lua(name)}] = {as_lua(item)}" for name, item in value.items()) + "}"
    return "nil" if value is None else json.dumps(value)
