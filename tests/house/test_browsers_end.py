"""A run of tests ends, whatever becomes of its browser: Playwright would wait without end for what is stuck."""

import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tests.waiting import PATIENCE_SECONDS

ROOT = Path(__file__).resolve().parents[2]

# In a process of its own: the tests' own thread may have a browser open already.
STUCK = """
import os, signal, sys
from pathlib import Path
from tests import browser

def processes(words):
    for each in Path("/proc").glob("[0-9]*"):
        try:
            ours = os.environ["STUCK"].encode() in (each / "environ").read_bytes() and each.name != str(os.getpid())
            if ours and words in (each / "cmdline").read_bytes():
                yield int(each.name)
        except OSError:
            pass

with browser.opened(patience_seconds=float(sys.argv[2])) as opened:
    opened.new_context().new_page().goto("about:blank")
    stuck = list(processes(sys.argv[1].encode()))
    assert stuck, "nothing to hold still"
    for pid in stuck:
        os.kill(pid, signal.SIGSTOP)
print("over")
for pid in processes(b""):
    os.kill(pid, signal.SIGKILL)
"""


@pytest.mark.parametrize(
    ("stuck", "patience"),
    [("chrome_crashpad_handler", 9 * PATIENCE_SECONDS), ("run-driver", 1)],
    ids=["a crash handler of Chromium's", "Playwright's own process"],
)
def test_what_is_stuck_holds_nobody_up(stuck: str, patience: float) -> None:
    with tempfile.TemporaryDirectory() as own:  # a socket of Chromium's lies in it, which allows no long name (unix(7))
        done = subprocess.run(
            [sys.executable, "-c", STUCK, stuck, str(patience)],
            cwd=ROOT, env={"PATH": "/usr/bin:/bin", "HOME": own, "TMPDIR": own, "STUCK": own},
            capture_output=True, text=True, check=False, timeout=PATIENCE_SECONDS,
        )  # fmt: skip
    assert done.stdout == "over\n", done.stderr
