"""How long until a started product shows its first page, and how much memory it takes.

`python benchmarks/start.py` starts `make run`'s own command twice on a new data directory: first start, with an empty
database, and second. Memory is of the parent and everything below it, from /proc: the peak each process ever had
(VmHWM, summed, so pages they share are counted more than once), and what they truly hold together (Pss) after some use.
"""

import http.client
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests import services  # noqa: E402

SERVE = [sys.executable, "-m", "identity_cloud.serve", "--migrate"]
PAGES = 200


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="identity-cloud-start-") as folder:
        for which in ("first", "second"):
            began = time.perf_counter()
            port = services.free_port()
            environment = services.environment(PORT=str(port), DATA_DIR=folder)
            process = subprocess.Popen(SERVE, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)  # noqa: S603
            try:
                await_page(port, process)
                ready = time.perf_counter() - began
                for _ in range(PAGES):
                    page(port, "/signup")
                describe(which, ready, family_of(process.pid))
            finally:
                process.send_signal(signal.SIGTERM)
                process.wait(15)


def await_page(port: int, process: subprocess.Popen[bytes]) -> None:
    while process.poll() is None:
        try:
            if page(port, "/signup") == 200:
                return
        except OSError:
            time.sleep(0.02)
    raise SystemExit("it did not start; what it said stands above")


def page(port: int, path: str) -> int:
    connection = http.client.HTTPConnection("localhost", port, timeout=10)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        response.read()
        return response.status
    finally:
        connection.close()


def family_of(pid: int) -> list[int]:
    children = [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return [pid, *(each for child in children for each in family_of(child))]


def describe(which: str, ready: float, family: list[int]) -> None:
    peak = sum(kilobytes(pid, "status", "VmHWM") for pid in family)
    held = sum(kilobytes(pid, "smaps_rollup", "Pss") for pid in family)
    print(
        f"{which} start: first page after {ready:.1f} s; {len(family)} processes, peak {peak / 1024:.0f} MB summed, "
        f"{held / 1024:.0f} MB held after {PAGES} pages"
    )


def kilobytes(pid: int, file: str, field: str) -> int:
    for line in Path(f"/proc/{pid}/{file}").read_text().splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1])
    return 0


if __name__ == "__main__":
    os.chdir(ROOT)
    main()
