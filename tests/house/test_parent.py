"""The parent of processes: a dead child comes back, and none is left behind."""

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from identity_cloud.parent import CannotStart, Child, Parent
from tests.waiting import PATIENCE_SECONDS, until

SLEEPER = [sys.executable, "-c", "import time; time.sleep(600)"]


def alive(pid: int) -> bool:
    """A zombie that waits for its parent is dead."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_a_child_that_dies_is_started_again_after_a_pause():
    child = Child("sleeper", SLEEPER)
    parent = Parent([child])
    child.start()
    assert child.process
    first = child.process.pid
    try:
        os.kill(first, signal.SIGKILL)
        assert until(child.died)
        child.look_after()
        assert child.process is None, "it is not started again at once: that would burn the machine"
        child.start_again_at = 0
        child.look_after()
        assert child.process
        assert child.process.pid != first
    finally:
        parent.stop()


def test_the_pause_grows_while_it_keeps_dying_and_stays_bounded():
    child = Child("broken", [sys.executable, "-c", "raise SystemExit(3)"])
    pauses = []
    for _ in range(7):
        child.start_again_at = 0
        child.look_after()
        assert until(child.died)
        child.look_after()
        pauses.append(child.pause_seconds)
    assert pauses == [1, 2, 4, 8, 16, 30, 30]


def test_stopping_takes_grandchildren_down_even_when_they_do_not_listen(tmp_path):
    noted = tmp_path / "pid"
    family = f"""
        import signal, subprocess, sys, time
        deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"
        grandchild = subprocess.Popen([sys.executable, "-c", deaf])
        open({str(noted)!r}, "w").write(str(grandchild.pid))
        time.sleep(600)
    """
    child = Child("family", [sys.executable, "-c", textwrap.dedent(family)])
    child.start()
    assert child.process
    assert until(lambda: noted.exists() and noted.read_text() != "")
    Parent([child]).stop()
    assert not alive(child.process.pid)
    assert until(lambda: not alive(int(noted.read_text())))


def test_a_child_that_dies_before_all_is_ready_ends_the_start():
    broken = Child("web server", [sys.executable, "-c", "raise SystemExit(1)"])
    with pytest.raises(CannotStart, match="the web server stopped at once"):
        Parent().start([broken], ready=lambda: False, within_seconds=PATIENCE_SECONDS)


def test_children_die_with_a_parent_that_is_killed_outright(tmp_path):
    noted = tmp_path / "pid"
    program = f"""
        import time
        from identity_cloud.parent import Child
        child = Child("sleeper", {SLEEPER!r})
        child.start()
        open({str(noted)!r}, "w").write(str(child.process.pid))
        time.sleep(600)
    """
    parent = subprocess.Popen([sys.executable, "-c", textwrap.dedent(program)])
    assert until(lambda: noted.exists() and noted.read_text() != "")
    parent.kill()
    parent.wait()
    assert until(lambda: not alive(int(noted.read_text())))
