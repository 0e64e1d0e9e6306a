"""The embedded worker: does by the clock what Celery and its beat do in production, with the same task functions."""

import logging
import signal
import threading
import time
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import OperationalError, close_old_connections

from identity_cloud.celery import app

logger = logging.getLogger(__name__)

# Without a broker nobody tells us of new work.
_OFTEN = {
    "apps.realms.tasks.send_waiting_mail": 0.5,
    "apps.credentials.tasks.run_waiting_batches": 0.5,
    "apps.bulk.tasks.run_waiting_jobs": 0.5,
    "apps.authentication.tasks.send_logout_notices": 0.5,
    "apps.streams.tasks.deliver_event_streams": 0.5,
}


class Command(BaseCommand):
    help = "Sends waiting mail and does maintenance, without a broker. Stops on SIGTERM and Ctrl-C."

    def handle(self, *args: object, **options: object) -> None:
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        app.loader.import_default_modules()
        schedule: Iterable[dict[str, Any]] = settings.CELERY_BEAT_SCHEDULE.values()
        tasks = {str(entry["task"]): float(entry["schedule"]) for entry in schedule}
        tasks |= _OFTEN
        due = dict.fromkeys(tasks, 0.0)
        while not stop.is_set():
            now = time.monotonic()
            for name in [task for task, moment in due.items() if moment <= now]:
                self._run(name)
                due[name] = time.monotonic() + tasks[name]
            stop.wait(max(0.05, min(due.values()) - time.monotonic()))

    def _run(self, name: str) -> None:
        try:
            app.tasks[name]()
        except OperationalError:
            logger.warning("%s: the database is not answering; trying again", name)
            close_old_connections()
        except Exception:
            logger.exception("%s failed", name)
