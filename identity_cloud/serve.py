"""Serves Identity Cloud: `python -m identity_cloud.serve [--migrate] [--demo]`, which is what `make run` runs.

Reads the settings, has everything prepared, and stands as parent over the web server and the worker. In embedded mode
the tables are always brought up to date; with DATABASE_URL only when asked, for several hosts may share the database.
"""

import errno
import http.client
import os
import shutil
import socket
import sys
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from identity_cloud import configuration
from identity_cloud import demo as demonstration
from identity_cloud.parent import BASE_DIR, CannotStart, Child, Parent

READY_WITHIN_SECONDS = 120  # a machine that does much else has its time: what has died is seen at once
LANES, THREADS = 4, 256  # of one process of the web server
HEAD_BYTES = 65_536  # of a request: its line and headers
MANAGE = [sys.executable, str(BASE_DIR / "manage.py")]


@dataclass(frozen=True, slots=True)
class Listener:
    host: str
    port: int
    workers: int


def main(arguments: list[str]) -> int:
    """The exit status: 0 after an orderly stop, 2 when it cannot start, for one reason said in one line."""
    parent = Parent()
    parent.listen()
    demo = "--demo" in arguments
    try:
        settings = configuration.read(BASE_DIR)
        listener = read_listener(settings)
        refuse_busy(listener)
        for command in preparations(settings, migrate="--migrate" in arguments, demo=demo):
            if parent.run_to_end(command):
                return 0 if parent.told_to_stop else 2
        parent.start(family(settings, listener, demo=demo), lambda: answers(settings, listener), READY_WITHIN_SECONDS)
        if not parent.told_to_stop:
            print(welcome(settings, demo=demo), flush=True)
        parent.watch()
    except (ImproperlyConfigured, CannotStart) as problem:
        print(f"identity cloud: {problem}", file=sys.stderr, flush=True)
        return 2
    finally:
        parent.stop()
    return 0


def read_listener(settings: configuration.Configuration) -> Listener:
    """Embedded mode has one worker: its limits and caches live in the process, and SQLite takes one writer anyway."""
    default = 1 if settings.embedded else min(4, os.cpu_count() or 1)
    workers = os.environ.get("WEB_WORKERS") or str(default)
    if not workers.isdigit() or not 0 < int(workers) <= 64:
        raise ImproperlyConfigured(f"WEB_WORKERS must be a number from 1 to 64, not {workers!r}")
    return Listener(os.environ.get("HOST") or "127.0.0.1", int(os.environ.get("PORT") or 8000), int(workers))


def refuse_busy(listener: Listener) -> None:
    try:
        family, kind, *_, address = socket.getaddrinfo(listener.host, listener.port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as problem:
        busy = problem.errno == errno.EADDRINUSE
        reason = "is in use; choose another, for example PORT=8001" if busy else f"cannot be used: {problem.strerror}"
        raise CannotStart(f"port {listener.port} on {listener.host} {reason}") from None


def preparations(settings: configuration.Configuration, *, migrate: bool, demo: bool) -> list[list[str]]:
    """What runs to its end first. Each says for itself, in one line, why it cannot go on."""
    flags = ["--migrate"] if settings.embedded or migrate else []
    commands = [[sys.executable, "-m", "identity_cloud.preflight", *flags]]
    if demo and not settings.embedded:
        raise CannotStart("the demo is for embedded mode: leave DATABASE_URL out")
    return [*commands, demonstration.SEED] if demo else commands


def family(settings: configuration.Configuration, listener: Listener, *, demo: bool) -> list[Child]:
    common = common_counts(settings, listener)
    children = [
        Child("web server", web_server(listener, settings.trusted_proxies > 0), common),
        Child("worker", worker(settings), common),
    ]
    if demo:
        shown = demonstration.read(settings)
        refuse_busy(Listener("127.0.0.1", shown.port, 1))
        children.append(shown.relying_party())
    return children


def common_counts(settings: configuration.Configuration, listener: Listener) -> dict[str, str]:
    """Where the processes leave their counts for /metrics, under the name that prometheus_client asks for. Emptied at every
    start, as counters begin anew then; a child that is started again goes on beside what the dead one left."""
    if not settings.metrics_token:
        return {}
    folder = settings.data_dir / "metrics" / str(listener.port)
    try:
        if folder.exists():
            shutil.rmtree(folder)
        folder.mkdir(mode=0o700, parents=True)
    except OSError as problem:
        raise CannotStart(f"{folder} cannot be used: {problem.strerror}") from None
    return {"PROMETHEUS_MULTIPROC_DIR": str(folder)}


def web_server(listener: Listener, behind_proxy: bool) -> list[str]:
    """WSGI by threads, of which few work at a time, for each of those holds a database connection: some work while others
    wait for a durable commit. A proxy takes in whole requests before it passes them on; without one, further threads wait
    for clients (see apps.web.arriving, apps.web.lanes)."""
    options = {
        "--interface": "wsgi",
        "--http": "1",
        "--host": listener.host,
        "--port": listener.port,
        "--workers": listener.workers,
        "--blocking-threads": LANES if behind_proxy else THREADS,
        "--blocking-threads-idle-timeout": 600,
        "--backpressure": 512,
        "--http1-buffer-size": HEAD_BYTES,
        "--http1-header-read-timeout": 10_000,
        "--workers-kill-timeout": 3,
        "--log-level": "warning",
    }
    words = [str(word) for option in options.items() for word in option]
    granian = [sys.executable, "-m", "granian", *words, "--no-ws", "--respawn-failed-workers"]
    return [*granian, "identity_cloud.wsgi:application" if behind_proxy else "identity_cloud.wsgi:exposed"]


def worker(settings: configuration.Configuration) -> list[str]:
    """The same tasks either way: from the outbox alone, or hinted at through the broker."""
    if not settings.redis_url:
        return [*MANAGE, "work"]
    # Its warning against running as root is for pickled tasks; ours are JSON, and in a container root is the custom.
    python = [sys.executable, "-W", "ignore:You're running the worker with superuser"]
    celery = [*python, "-m", "celery", "--app", "identity_cloud", "--quiet", "worker", "--beat"]
    return [
        *celery,
        "--schedule",
        str(settings.data_dir / "beat"),
        "--concurrency",
        "2",
        "--loglevel",
        "WARNING",
    ]


def answers(settings: configuration.Configuration, listener: Listener) -> bool:
    connection = http.client.HTTPConnection(listener.host, listener.port, timeout=2)
    try:
        connection.request("GET", "/healthz", headers={"Host": urlsplit(settings.api_url).netloc})
        return connection.getresponse().status < 500
    except OSError:
        return False
    finally:
        connection.close()


def welcome(settings: configuration.Configuration, *, demo: bool) -> str:
    shown_here = settings.embedded and not os.environ.get("EMAIL_URL")
    lines = [
        f"{settings.brand_name} is ready: {settings.console_url}",
        f"  Sign up   {settings.console_url}/signup",
        f"  Console   {settings.console_url}/console/",
        f"  Mail      {settings.console_url}/dev/mailbox (kept here, nothing is sent)"
        if shown_here
        else f"  Mail      sent through {settings.email.get('EMAIL_HOST')}",
        f"  Data      {settings.data_dir}" if settings.embedded else "  Data      in the database of DATABASE_URL",
    ]
    if demo:
        lines += demonstration.read(settings).lines()
    return "\n".join([*lines, "Ctrl-C stops it."])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
