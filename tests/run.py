"""`make test`: everything that has to hold, on a machine where nothing was installed by hand.

`python tests/run.py` runs the checks side by side, then all tests on SQLite, then those that reach a database on PostgreSQL
with Redis, and what is harder for PostgreSQL there alone; with `lint` only the checks. PYTEST_ARGS="-k passkey" narrows the
tests, PYTEST_WORKERS says how many run side by side.
"""

import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests import browser, migrated, services  # noqa: E402

BIN = ROOT / ".venv/bin"
RELYING_PARTIES = ROOT / "tests/journeys/relying_parties"

# What the tests need of the system: how it is seen, and Debian's packages for it.
NEEDED: dict[str, tuple[Callable[[], str | None], list[str]]] = {
    "Chromium": (browser.chromium, ["chromium", "fonts-dejavu-core"]),
    "the PostgreSQL server (initdb)": (lambda: services.postgresql_program("initdb"), ["postgresql"]),
    "the Redis server (redis-server)": (lambda: shutil.which("redis-server"), ["redis-server"]),
    "npm": (lambda: shutil.which("npm"), ["npm"]),
    "curl": (lambda: shutil.which("curl"), ["curl"]),
    "jq": (lambda: shutil.which("jq"), ["jq"]),
}


def main(arguments: list[str]) -> int:
    """A stop asked for unwinds like an error, so that no server and no folder stays behind."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("identity cloud: the tests were told to stop"))
    with tempfile.TemporaryDirectory(prefix="identity-cloud-checks-") as folder:
        own = {"DATA_DIR": folder}
        with ThreadPoolExecutor(int(workers())) as side_by_side:
            held = list(side_by_side.map(lambda check: run(check[0], check[1], {**own, **check[2]}), checks()))
        if not all(held):
            return 1
    if "lint" in arguments:
        return 0
    if not (system_is_complete() and relying_parties_are_installed()):
        return 1
    with services.postgresql() as url, services.redis() as redis_url, tempfile.TemporaryDirectory() as folder:
        embedded = {"MIGRATED_DATABASE": f"{folder}/identity_cloud.sqlite3"}
        real = {"DATABASE_URL": url, "REDIS_URL": redis_url, "MIGRATED_DATABASE": "migrated"}
        if not databases_begin_from_nothing(folder, real):
            return 1
        passed = [
            tests("SQLite", embedded, "-m", "not strict"),
            tests("PostgreSQL and Redis", real, "--database-alone"),
        ]
    return 0 if all(passed) else 1


def databases_begin_from_nothing(folder: str, real: dict[str, str]) -> bool:
    """What tests/migrated.py hands out, made as every installation's is."""
    preflight = [str(BIN / "python"), "-m", "identity_cloud.preflight", "--migrate"]
    url = migrated.create_database(real["DATABASE_URL"], real["MIGRATED_DATABASE"])
    wanted = {
        "an SQLite database from nothing": {"DATA_DIR": folder},
        "a PostgreSQL database from nothing": {
            **services.PRODUCTION_SECRETS,
            "DATABASE_URL": url,
            "REDIS_URL": real["REDIS_URL"],
            "DATA_DIR": f"{folder}/served",
        },
    }
    with ThreadPoolExecutor(int(workers())) as side_by_side:
        return all(side_by_side.map(lambda name: run(name, preflight, wanted[name]), wanted))


def checks() -> list[tuple[str, list[str], dict[str, str]]]:
    manage = [str(BIN / "python"), "manage.py"]
    production = {
        **services.PRODUCTION_SECRETS,
        "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/never-opened",
        "IDENTITY_CLOUD_API_URL": "https://api.identity-cloud.test",
        "IDENTITY_CLOUD_AUTH_URL": "https://auth.identity-cloud.test",
        "IDENTITY_CLOUD_CONSOLE_URL": "https://console.identity-cloud.test",
    }
    return [
        ("lint", [str(BIN / "ruff"), "check", "--quiet", "."], {}),
        ("format", [str(BIN / "ruff"), "format", "--check", "--quiet", "."], {}),
        ("types", [str(BIN / "mypy"), "--no-error-summary"], {}),
        ("import contracts", [str(BIN / "lint-imports"), "--no-logo"], {}),
        ("migrations are written", [*manage, "makemigrations", "--check", "--dry-run"], {}),
        ("system checks", [*manage, "check", "--fail-level", "WARNING"], {}),
        ("the OpenAPI document", [str(BIN / "python"), "tests/openapi.py"], {}),
        ("production settings", [*manage, "check", "--deploy", "--fail-level", "WARNING"], production),
        ("static files", [*manage, "collectstatic", "--no-input", "--verbosity", "0"], production),
    ]


def workers() -> str:
    return os.environ.get("PYTEST_WORKERS") or "2"


def tests(name: str, environment: Mapping[str, str], *further: str) -> bool:
    words = shlex.split(os.environ.get("PYTEST_ARGS", ""))
    pytest = [
        str(BIN / "python"),
        "-m",
        "pytest",
        "-n",
        workers(),
        "--dist",
        "worksteal",
        "--durations",
        "8",
        *further,
        *words,
    ]
    return run(f"tests on {name}", pytest, environment, quiet=False)


def run(name: str, command: list[str], environment: Mapping[str, str], *, quiet: bool = True) -> bool:
    """A check that passes is one line; one that fails shows all it said."""
    if not quiet:
        print(f"── {name}", flush=True)
    started = time.monotonic()
    said, status = finish(command, services.environment(**environment), subprocess.PIPE if quiet else None)
    passed = status == 0
    if quiet:
        line = f"── {name}: {'ok' if passed else 'FAILED'} ({time.monotonic() - started:.1f} s)\n"
        print(line if passed else line + said, end="", flush=True)
    return passed


def finish(command: list[str], environment: Mapping[str, str], output: int | None) -> tuple[str, int]:
    """What it said, if that is held back, and its exit status. When we are stopped it may still clean up after itself."""
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=output,
        stderr=subprocess.STDOUT if output else None, text=True,
    )  # fmt: skip
    try:
        return process.communicate()[0] or "", process.returncode
    except BaseException:
        process.send_signal(signal.SIGINT)
        process.wait(30)
        raise


def system_is_complete() -> bool:
    missing = {name: packages for name, (seen, packages) in NEEDED.items() if not seen()}
    if missing and os.geteuid() == 0 and shutil.which("apt-get"):
        wanted = [package for packages in missing.values() for package in packages]
        environment = {"DEBIAN_FRONTEND": "noninteractive"}
        run("package lists", ["apt-get", "-qq", "update"], environment)
        install = ["apt-get", "-qq", "install", "--yes", "--no-install-recommends", *wanted]
        run(f"installing {', '.join(wanted)}", install, environment)
        missing = {name: packages for name, packages in missing.items() if not NEEDED[name][0]()}
    for name, packages in missing.items():
        print(
            f"identity cloud: {name} is needed and missing (apt-get install {' '.join(packages)})",
            file=sys.stderr,
        )
    return not missing


def relying_parties_are_installed() -> bool:
    """The JavaScript client library that journeys log in with, at the versions and hashes of its lock file."""
    wanted, present = (
        RELYING_PARTIES / "package-lock.json",
        RELYING_PARTIES / "node_modules/.package-lock.json",
    )
    if present.exists() and present.stat().st_mtime >= wanted.stat().st_mtime:
        return True
    words = ["ci", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", str(RELYING_PARTIES)]
    return run("JavaScript client libraries", ["npm", *words], {})


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
