"""A parent of processes: starts them, starts a dead one again, and takes them all down together.

It loads no Django application, so it stays small and is not taken down by what it watches over.
"""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent
TICK_SECONDS = 0.2
LONGEST_PAUSE_SECONDS = 30
STOP_WITHIN_SECONDS = 8

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


class CannotStart(Exception):
    """Said in one line on the terminal."""


@dataclass
class Child:
    name: str
    command: list[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    start_again_at: float = 0.0
    pause_seconds: float = 0.0

    def start(self) -> None:
        self.started_at = time.monotonic()
        self.process = spawn(self.command, self.environment)

    def died(self) -> bool:
        return self.process is not None and self.process.poll() is not None

    def look_after(self) -> None:
        """Starts a dead process again: after one second, and ever later while it keeps dying."""
        if self.process is not None and self.process.poll() is not None:
            steady = time.monotonic() - self.started_at > LONGEST_PAUSE_SECONDS
            self.pause_seconds = 1 if steady else min(max(1, self.pause_seconds * 2), LONGEST_PAUSE_SECONDS)
            self.start_again_at = time.monotonic() + self.pause_seconds
            status = self.process.returncode
            print(f"{self.name} stopped ({status}), starting it again in {self.pause_seconds:.0f} s", flush=True)
            sweep(self.process)
            self.process = None
        if self.process is None and time.monotonic() >= self.start_again_at:
            self.start()


@dataclass
class Parent:
    children: list[Child] = field(default_factory=list)
    told_to_stop: bool = False

    def listen(self) -> None:
        def stop(*_: object) -> None:
            self.told_to_stop = True

        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, stop)

    def run_to_end(self, command: list[str]) -> int:
        """The exit status; a stop asked for meanwhile is passed on."""
        process = spawn(command)
        try:
            while process.poll() is None and not self.told_to_stop:
                time.sleep(TICK_SECONDS / 10)
        finally:
            take_down([process])
        return process.returncode

    def start(self, children: list[Child], ready: Callable[[], bool], within_seconds: float) -> None:
        """Raises CannotStart if one dies, or none answers, before all is ready: then trying again is no cure."""
        self.children = children
        for child in children:
            child.start()
        deadline = time.monotonic() + within_seconds
        while not self.told_to_stop and not ready():
            for child in children:
                if child.died():
                    raise CannotStart(f"the {child.name} stopped at once; what it said stands above")
            if time.monotonic() > deadline:
                raise CannotStart(f"nothing answered within {within_seconds:.0f} seconds")
            time.sleep(TICK_SECONDS / 2)

    def watch(self) -> None:
        while not self.told_to_stop:
            for child in self.children:
                child.look_after()
            time.sleep(TICK_SECONDS)

    def stop(self) -> None:
        take_down([child.process for child in self.children if child.process is not None])


def spawn(command: list[str], environment: Mapping[str, str] | None = None) -> subprocess.Popen[bytes]:
    """An own session: Ctrl-C reaches only the parent, and the whole family can be signalled by its group."""
    return subprocess.Popen(  # noqa: S603 - the commands are our own
        command,
        cwd=BASE_DIR,
        env={**os.environ, **(environment or {})},
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=die_with_parent,
    )


def die_with_parent() -> None:
    if _libc is not None:  # even kill -9 of the parent leaves nobody holding the port
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def take_down(processes: list[subprocess.Popen[bytes]]) -> None:
    """Asks all at once, waits for each, and kills what does not listen."""
    for process in processes:
        if process.poll() is None:
            process.terminate()
    deadline = time.monotonic() + STOP_WITHIN_SECONDS
    for process in processes:
        with suppress(subprocess.TimeoutExpired):
            process.wait(max(0.0, deadline - time.monotonic()))
        sweep(process)


def sweep(process: subprocess.Popen[bytes]) -> None:
    """Kills whatever is left of a child's own session, grandchildren included."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
