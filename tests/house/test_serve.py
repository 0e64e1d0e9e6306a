"""`make run`: one parent serves everything, says in one line why it cannot, and leaves nothing behind."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from identity_cloud.parent import die_with_parent
from tests import migrated, services
from tests.house.test_parent import alive
from tests.waiting import PATIENCE_SECONDS, until

ROOT = Path(__file__).resolve().parent.parent.parent
SERVE = [sys.executable, "-m", "identity_cloud.serve"]
TOKEN = "serve-0123456789-abcdefghij-klmnop"


def refusal(**settings: str) -> str:
    """What it said on its way out; it must have been one line and exit status 2."""
    done = subprocess.run(
        SERVE, cwd=ROOT, env=services.environment(**settings), capture_output=True, text=True, check=False,
        timeout=PATIENCE_SECONDS,
    )  # fmt: skip
    assert done.returncode == 2, done.stderr
    assert done.stderr.count("\n") == 1, done.stderr
    return done.stderr


def family_of(pid: int) -> list[int]:
    """Children and grandchildren; the kernel lists the children of each thread."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(FileNotFoundError, ProcessLookupError):  # it ended meanwhile
            found += map(int, task.read_text().split())
    return found + [grandchild for child in found for grandchild in family_of(child)]


@pytest.fixture
def engines() -> Iterator[dict[str, str]]:
    """None in embedded mode; otherwise the Redis of this run and a new, empty database beside its own."""
    url = os.environ.get("DATABASE_URL")
    if not url:
        yield {}
        return
    name = f"serve_{uuid.uuid4().hex}"
    real = {
        "DATABASE_URL": migrated.create_database(url, name, migrated.NAME),
        "REDIS_URL": os.environ["REDIS_URL"],
    }
    yield {**services.PRODUCTION_SECRETS, **real}
    migrated.drop_database(url, name)


@pytest.fixture
def running(tmp_path: Path, engines: dict[str, str]) -> Iterator[tuple[subprocess.Popen[str], int]]:
    port, further = services.free_port(), {"METRICS_TOKEN": TOKEN, "WEB_WORKERS": "2"}
    data = migrated.data_folder(tmp_path / "data")
    stale = data / "metrics" / str(port) / "counter_1.db"
    stale.parent.mkdir(parents=True)
    stale.write_bytes(b"what an earlier run left behind")
    settings = services.environment(PORT=str(port), DATA_DIR=str(data), **{**engines, **further})
    process = subprocess.Popen(
        [*SERVE, "--migrate"], cwd=ROOT, env=settings, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        preexec_fn=die_with_parent,
    )  # fmt: skip
    try:
        yield process, port
    finally:
        process.kill()
        process.communicate()


def read_until(process: subprocess.Popen[str], words: str) -> str:
    said = ""
    assert process.stdout
    for line in process.stdout:
        said += line
        if words in line:
            return said
    raise AssertionError(said)


def get(port: int, path: str) -> int:
    connection = http.client.HTTPConnection("localhost", port, timeout=PATIENCE_SECONDS)
    connection.request("GET", path)
    status = connection.getresponse().status
    connection.close()
    return status


def test_it_serves_counts_is_back_when_it_is_killed_and_stops_without_leaving_anything_behind(running, tmp_path):
    process, port = running
    left = tmp_path / "data" / "metrics" / str(port) / "counter_1.db"
    said = read_until(process, "Ctrl-C")
    assert f"http://localhost:{port}/signup" in said
    assert (f"http://localhost:{port}/dev/mailbox" in said) == ("DATABASE_URL" not in os.environ)
    assert not left.exists(), "what an earlier run left behind"
    all_processes_are_measured_together(port)
    a_killed_web_server_is_back(process, port)
    everyone = family_of(process.pid)
    assert len(everyone) >= 4, "a web server with its two worker processes, and the mail worker"
    process.send_signal(signal.SIGTERM)
    rest, _ = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 0
    assert "Traceback" not in said + rest
    assert until(lambda: not any(alive(pid) for pid in everyone))


def all_processes_are_measured_together(port: int) -> None:
    assert get(port, "/healthz") == 200
    for _ in range(20):  # each over a connection of its own: the kernel spreads them over both processes
        assert get(port, "/signup") == 200
    counted = 'identity_cloud_request_seconds_count{face="hosted",status="2xx"} 20.0'
    assert [counted in scraped(port) for _ in range(8)] == [True] * 8, "whichever process is asked"


def scraped(port: int) -> str:
    """By an address that is no public name, as Prometheus asks."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
    connection.request("GET", "/metrics", headers={"Host": "10.0.0.11:8000", "Authorization": f"Bearer {TOKEN}"})
    answer = connection.getresponse().read().decode()
    connection.close()
    return answer


def a_killed_web_server_is_back(process: subprocess.Popen[str], port: int) -> None:
    web = [pid for pid in family_of(process.pid) if b"granian" in Path(f"/proc/{pid}/cmdline").read_bytes()]
    for pid in web:
        with suppress(ProcessLookupError):  # the parent takes down at once what is left of a family
            os.kill(pid, signal.SIGKILL)
    assert until(lambda: not any(alive(pid) for pid in web))

    def answers() -> bool:
        try:
            return get(port, "/healthz") == 200
        except OSError:
            return False

    assert until(answers)


def test_a_busy_port_is_refused_by_name(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        assert f"port {port} on 127.0.0.1 is in use" in refusal(PORT=port, DATA_DIR=str(tmp_path))


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"PORT": "eighty"}, "PORT must be a number"),
        ({"WEB_WORKERS": "many"}, "WEB_WORKERS must be a number"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY is too weak"),
        ({"KEY_ENCRYPTION_KEY": "bm90IDMyIGJ5dGVz"}, "KEY_ENCRYPTION_KEY must be 32 bytes"),
        ({"REDIS_URL": "memcached://localhost"}, "REDIS_URL must begin with"),
        ({"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"}, "SECRET_KEY is missing"),
        ({"IDENTITY_CLOUD_AUTH_URL": "auth.example.test"}, "IDENTITY_CLOUD_AUTH_URL must be scheme://host"),
    ],
)
def test_a_bad_setting_is_one_line_that_names_it(tmp_path, settings, reason):
    assert reason in refusal(**{"PORT": str(services.free_port()), "DATA_DIR": str(tmp_path), **settings})


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"DEBUG": "1"}, "DEBUG must not be on"),
        ({"SECRET_KEY": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}, "SECRET_KEY is too weak"),
        ({"IDENTITY_CLOUD_AUTH_URL": "http://auth.example.test"}, "IDENTITY_CLOUD_AUTH_URL must be https"),
        ({}, "the database of DATABASE_URL cannot be opened"),
    ],
)
def test_outside_embedded_mode_what_is_unsafe_or_unreachable_is_refused(tmp_path, settings, reason):
    production = {**services.PRODUCTION_SECRETS, "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"}
    own = {"PORT": str(services.free_port()), "DATA_DIR": str(tmp_path)}
    assert reason in refusal(**{**production, **own, **settings})
