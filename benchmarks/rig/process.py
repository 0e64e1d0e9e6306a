"""Servers as child processes: started, awaited, taken down whatever happens."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from identity_cloud.parent import die_with_parent, sweep

ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def serving(command: Sequence[str], port: int, environment: Mapping[str, str], folder: Path) -> Iterator[int]:
    """Yields the process's id once its port answers. What it says goes to a log in the folder."""
    log = folder / f"server-{port}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            preexec_fn=die_with_parent,
        )
    try:
        await_port(port, process, log)
        yield process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            pass
        sweep(process)


def await_port(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise SystemExit(f"a server did not start:\n{log.read_text(errors='replace')[-3000:]}")


def output_of(command: Sequence[str], environment: Mapping[str, str]) -> str:
    """The last line that a program says. Raises SystemExit with what it said when it fails."""
    ran = subprocess.run(command, cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True)
    if ran.returncode:
        raise SystemExit(f"{' '.join(command[:4])} failed:\n{ran.stdout[-1000:]}{ran.stderr[-3000:]}")
    return ran.stdout.strip().splitlines()[-1] if ran.stdout.strip() else ""


def processor_seconds(pid: int) -> float:
    """What a process and everything below it have used of the processor so far."""
    try:
        words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except FileNotFoundError:
        return 0.0
    own = (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")
    return own + sum(processor_seconds(int(child)) for child in children)


def parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
