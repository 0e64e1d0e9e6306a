"""Waiting for what is certain to come, on however busy a machine: only what never comes runs into the end of it."""

import time
from collections.abc import Callable
from typing import Any

PATIENCE_SECONDS = 120


def until(condition: Callable[[], Any]) -> bool:
    """Waits for what another thread, process or browser is about to bring about; False when it never did."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (met := bool(condition())) and time.monotonic() < deadline:
        time.sleep(0.01)
    return met
