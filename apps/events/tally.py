"""How many events the running thread has written: who answers a request sees by it whether the request left one."""

import threading


class _Tally(threading.local):
    written = 0


_tally = _Tally()


def written() -> int:
    return _tally.written


def add(events: int) -> None:
    _tally.written += events
