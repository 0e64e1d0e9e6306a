"""A worker is killed again and again while events flow: each arrives at least once, in order, none is lost.

The worker is the product's own process, `manage.py work`, on the tests' database. It is forked from one that has loaded the
product already, for what takes long is loading. KILLS and EVENTS in the environment make a longer run of it.
"""

import os
import random
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from apps.core.statements import insert
from apps.events.models import Event
from apps.streams import services
from apps.streams.models import Delivery
from identity_cloud.parent import die_with_parent
from tests import siems
from tests.waiting import PATIENCE_SECONDS, until
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)

ROOT = Path(__file__).resolve().parents[2]
KILLS = int(os.environ.get("KILLS", "6"))
EVENTS = int(os.environ.get("EVENTS", "2000"))
# One line in: another worker out, by its process id. Batches are small and leases short, for a kill to fall into each step.
NURSERY = """
    import os, sys
    from datetime import timedelta
    from django.conf import settings
    settings.DATABASES["default"]["NAME"] = sys.argv[1]
    settings.CELERY_BEAT_SCHEDULE["seal-events"]["schedule"] = 0.05
    import django
    django.setup()
    from django.core.management import call_command
    from apps.realms.management.commands import work
    from apps.streams import batches, delivering
    work._OFTEN["apps.streams.tasks.deliver_event_streams"] = 0.05
    batches.EVENTS = 20
    delivering.LEASE = timedelta(milliseconds=400)
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            call_command("work")
            os._exit(0)
        print(pid, flush=True)
        os.waitpid(pid, 0)
"""


@contextmanager
def nursery() -> Iterator[subprocess.Popen[str]]:
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "identity_cloud.settings",
        "EVENT_STREAM_ALLOW_PRIVATE": "true",
    }
    environment |= {"DATA_DIR": str(settings.DATA_DIR), "REDIS_URL": ""}
    name = str(connection.settings_dict["NAME"])
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(NURSERY), name],
        cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        preexec_fn=die_with_parent,
    )  # fmt: skip
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def next_worker(process: subprocess.Popen[str]) -> int:
    assert process.stdin
    assert process.stdout
    process.stdin.write("another\n")
    process.stdin.flush()
    line = process.stdout.readline()
    assert line, process.stderr.read() if process.stderr else ""
    return int(line)


def test_no_event_is_lost_by_whoever_is_killed(world: World, settings: Any) -> None:
    settings.EVENT_STREAM_ALLOW_PRIVATE = True
    with siems.listening("webhook") as siem, nursery() as workers:
        stream = services.create_event_stream(
            world.request, world.realm, display_name="Security", type="webhook", settings=siem.settings
        ).stream
        wanted: list[str] = []
        flow = threading.Thread(target=write_events, args=(world, wanted))
        flow.start()
        kill_again_and_again(siem, workers)
        last = next_worker(workers)
        flow.join()
        await_events(siem, EVENTS + 1)
        os.kill(last, signal.SIGKILL)
    arrived = list(dict.fromkeys(siem.ids))
    assert arrived[1:] == wanted  # the first is the stream's own creation
    assert siem.wrong == []
    twice = len(siem.ids) - len(arrived)
    sent = len(siem.batches)
    print(f"{KILLS} kills, {EVENTS} events: all arrived in order; {twice} of them twice, in {sent} requests")
    assert Delivery.objects.filter(stream=stream).count() <= sent


def write_events(world: World, wanted: list[str]) -> None:
    """As quickly as they are delivered, more or less, from this process."""
    try:
        for _ in range(EVENTS // 10):
            batch = [event(world) for _ in range(10)]
            insert(*batch)
            wanted += [str(each.pk) for each in batch]
            time.sleep(0.005)
    finally:
        connection.close()


def event(world: World) -> Event:
    now = world.ctx.now
    return Event(
        tenant_id=world.realm.tenant_id, realm_id=world.realm.pk, type="USERINFO_READ", occurred_at=now, recorded_at=now,
        correlation_id="flow", outcome="SUCCESS", actor_type="system",
    )  # fmt: skip


def kill_again_and_again(siem: siems.Siem, workers: subprocess.Popen[str]) -> None:
    chance = random.Random(7)  # noqa: S311 - when to kill
    for _ in range(KILLS):
        worker, before = next_worker(workers), siem.requests
        assert until(lambda before=before: siem.requests > before or len(siem.known) > EVENTS)
        time.sleep(chance.uniform(0.0, 0.12))
        os.kill(worker, signal.SIGKILL)


def await_events(siem: siems.Siem, count: int) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS + EVENTS / 10
    while len(siem.known) < count and time.monotonic() < deadline:
        time.sleep(0.05)
