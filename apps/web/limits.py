"""Rate limits: a fixed window counted in the cache (Redis in production, the process's memory when embedded).

The cache may be down; then nobody is limited rather than nobody served. What guards secrets (tries of a code) is counted
in the database instead, beside the thing it guards.
"""

import time
from dataclasses import dataclass

from django.core.cache import cache

from apps.core import secrets
from apps.core.errors import RateLimited


@dataclass(frozen=True, slots=True)
class Limit:
    name: str
    requests: int
    seconds: int


SIGN_UPS = Limit("sign-ups", 20, 3600)
SIGN_IN_STARTS = Limit("sign-in-starts", 300, 60)
PROOFS = Limit("proofs", 120, 60)
LINKS = Limit("links", 120, 60)
MAILED_SIGN_IN_LINKS = Limit("mailed-sign-in-links", 10, 3600)
TEST_MAILS = Limit("test-mails", 10, 3600)
FAILED_CLIENTS = Limit("failed-clients", 60, 60)
ARRIVALS = Limit("arriving-devices", 60, 600)
WRONG_DEVICE_CODES = Limit("wrong-device-codes", 20, 600)  # beside the five that end a device's own try
WRONG_USER_CODES = Limit("wrong-user-codes", 5, 600)  # as long as a device's code lives


@dataclass(frozen=True, slots=True)
class Spent:
    """Where a subject stands in its window after one request more. `used` is each time another number."""

    limit: Limit
    used: int
    reset_seconds: int

    @property
    def is_over(self) -> bool:
        return self.used > self.limit.requests

    @property
    def remaining(self) -> int:
        return max(0, self.limit.requests - self.used)


def count(limit: Limit, subject: str) -> Spent:
    """Counts one request of `subject` (an address, a client id). Of many at once each gets its own number."""
    now = _now()
    window = now // limit.seconds
    try:
        used = _incremented(_key(limit, window, subject), limit.seconds + 1)
    except Exception:  # noqa: BLE001 - any cache, any failure: serve
        used = 0
    return Spent(limit, used, (window + 1) * limit.seconds - now)


def spend(limit: Limit, subject: str) -> None:
    """The same for who only wants to go on. Raises RateLimited when the window is used up."""
    spent = count(limit, subject)
    if spent.is_over:
        raise RateLimited(spent.reset_seconds, requests=limit.requests)


def require_left(limit: Limit, subject: str) -> None:
    """Counts nothing: for what only failures use up. Raises RateLimited when they have."""
    now = _now()
    window = now // limit.seconds
    try:
        used = int(cache.get(_key(limit, window, subject)) or 0)
    except Exception:  # noqa: BLE001 - any cache, any failure: serve
        return
    if used >= limit.requests:
        raise RateLimited((window + 1) * limit.seconds - now, requests=limit.requests)


def _now() -> int:
    """Seconds since 1970."""
    return int(time.time())


def _key(limit: Limit, window: int, subject: str) -> str:
    return f"limit:{limit.name}:{window}:{secrets.digest(subject)[:32]}"


def _incremented(key: str, seconds: int) -> int:
    """Nearly everybody comes once in a window, so that is tried first; of two firsts at once one adds the key, and both
    count."""
    if cache.add(key, 1, seconds):
        return 1
    try:
        return int(cache.incr(key))
    except ValueError:  # it ended, or made room, between the two
        return 1
