"""The connection to the database that a thread works with.

Django keeps one for each thread, or for each task of a loop where a loop runs, and looks it up anew with every use: a dozen
times a sign-in, each as much work as a digest. No loop runs where requests are served.
"""

import threading
from asyncio import _get_running_loop
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections


class _Own(threading.local):
    found: Any = None


_own = _Own()


def work_with(connection: Any) -> None:
    """From here on, in this thread, both for Django and for whoever asks here."""
    connections[DEFAULT_DB_ALIAS] = _own.found = connection


def own_connection() -> Any:
    """Itself, not what stands for it in django.db."""
    if _get_running_loop() is not None:
        return connections[DEFAULT_DB_ALIAS]
    if _own.found is None:
        _own.found = connections[DEFAULT_DB_ALIAS]
    return _own.found
