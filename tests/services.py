"""Private PostgreSQL and Redis servers on free ports, gone without a trace when the tests end."""

import os
import pwd
import random
import re
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from identity_cloud.parent import die_with_parent
from tests.waiting import PATIENCE_SECONDS

ROOT = Path(__file__).resolve().parent.parent
_claims: list[socket.socket] = []

# With DATABASE_URL set the product insists on these.
PRODUCTION_SECRETS = {
    "SECRET_KEY": "only-for-tests-0123456789-abcdefghijklmnopqrstuvwxyz",
    "KEY_ENCRYPTION_KEY": "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
    "EMAIL_URL": "smtp://localhost:1025",
}


def environment(**settings: str) -> dict[str, str]:
    """The caller's, without settings of the product: those must not colour a result. Bytecode is kept whatever the caller
    says: our programs are started a hundred times, and without it each start compiles all of them."""
    shown = (ROOT / "deploy/environment.example").read_text()
    names = {*re.findall(r"^([A-Z_]+)=", shown, re.MULTILINE), "DJANGO_SETTINGS_MODULE", "PYTHONDONTWRITEBYTECODE"}
    return {**{name: value for name, value in os.environ.items() if name not in names}, **settings}


def free_port() -> int:
    """Free now, and until this process ends nobody else's: it lies below those that the kernel gives to connections and to
    whoever asks for any, and another process of tests that comes upon it finds it claimed."""
    while True:
        port, claim = random.randint(12_000, 32_000), socket.socket(socket.AF_UNIX)  # noqa: S311 - no secret
        try:
            claim.bind(f"\0identity-cloud-port-{port}")  # a name without a file (unix(7), abstract)
            with socket.socket() as probe:
                probe.bind(("", port))
        except OSError:
            claim.close()
            continue
        _claims.append(claim)
        return port


def postgresql_program(name: str) -> str | None:
    """Debian keeps the server's programs off PATH, one folder for each version; the newest is taken."""
    found = shutil.which(name)
    folders = Path("/usr/lib/postgresql").glob(f"*/bin/{name}")
    newest = sorted(folders, key=lambda path: int(path.parts[-3]), reverse=True)
    return found or next((str(path) for path in newest), None)


def node() -> str:
    """Playwright brings a current Node.js along, so no test depends on the system's."""
    from playwright._impl._driver import compute_driver_executable

    return str(compute_driver_executable()[0])


def _unprivileged_user() -> str | None:
    """PostgreSQL refuses to run as root; None means that we are not."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in known else "nobody"


@contextmanager
def _folder(owner: str | None = None) -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix="identity-cloud-service-"))
    try:
        if owner:
            shutil.chown(path, owner)
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


@contextmanager
def _running(command: list[str], log: Path, user: str | None = None) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, user=user, stdin=subprocess.DEVNULL, stdout=output, stderr=output, preexec_fn=die_with_parent
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _await_port(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError(f"a service did not start:\n{log.read_text(errors='replace')}")


def _await_answer(url: str) -> None:
    """It takes connections a moment before it serves them."""
    import psycopg

    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            psycopg.connect(url).close()
            return
        except psycopg.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


@contextmanager
def postgresql(*, durable: bool = False) -> Iterator[str]:
    """Yields a DATABASE_URL, of a role that is no superuser, as docs/deployment.md has it; tests make databases and roles
    besides. Nothing is made durable unless it is asked for: the data lives as long as one test run."""
    user, port, password = _unprivileged_user(), free_port(), "only-for-tests"
    initdb, server = postgresql_program("initdb"), postgresql_program("postgres")
    with _folder(user) as folder:
        secret, log, data = folder / "password", folder / "log", folder / "data"
        secret.write_text(password)
        secret.chmod(0o644)
        options = ["--username=identity", f"--pwfile={secret}", "--auth=scram-sha-256", "--encoding=UTF8"]
        made = subprocess.run(
            [str(initdb), "--pgdata", str(data), *options, "--locale=C", "--no-sync"],
            user=user, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if made.returncode:
            raise RuntimeError(f"initdb failed: {made.stderr}")
        kept = "on" if durable else "off"
        settings = {
            "port": port, "listen_addresses": "127.0.0.1", "unix_socket_directories": "", "fsync": kept,
            "synchronous_commit": kept, "full_page_writes": kept, "max_connections": 200, "max_wal_size": "2GB",
            # Plans that tests ask for are made of what they put in, not of what autovacuum found when it came by.
            **({} if durable else {"autovacuum_analyze_threshold": 2**31 - 1}),
        }  # fmt: skip
        words = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        with _running([str(server), "-D", str(data), *words], log, user) as process:
            url = f"postgresql://identity:{password}@127.0.0.1:{port}/postgres"
            _await_port(port, process, log)
            _await_answer(url)
            _make_owner(url, password)
            yield f"postgresql://identity_cloud:{password}@127.0.0.1:{port}/identity_cloud"


def _make_owner(administration_url: str, password: str) -> None:
    import psycopg  # not everybody who imports this module has it by then

    with psycopg.connect(administration_url, autocommit=True) as administration:
        administration.execute(f"CREATE ROLE identity_cloud LOGIN CREATEDB CREATEROLE PASSWORD '{password}'")
        administration.execute("CREATE DATABASE identity_cloud OWNER identity_cloud")
        # Between two tests the record is emptied, which the product could not do.
        grantable = administration.info.server_version >= 150000
        administration.execute(
            "GRANT SET ON PARAMETER session_replication_role TO identity_cloud"
            if grantable
            else "ALTER ROLE identity_cloud SUPERUSER"
        )


@contextmanager
def redis() -> Iterator[str]:
    """Yields a REDIS_URL."""
    port = free_port()
    with _folder() as folder:
        log = folder / "log"
        words = [
            "--port",
            str(port),
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--appendonly",
            "no",
            "--dir",
            str(folder),
        ]
        with _running(["redis-server", *words], log) as process:
            _await_port(port, process, log)
            yield f"redis://127.0.0.1:{port}"
