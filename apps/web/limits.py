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
FAILED_CLIENTS = Limit("failed-clients", 60, 60)


def spend(limit: Limit, subject: str) -> None:
    """Counts one request of `subject` (an address, a client id). Raises RateLimited when the window is used up."""
    now = int(time.time())
    window = now // limit.seconds
    key = f"limit:{limit.name}:{window}:{secrets.digest(subject)[:32]}"
    try:
        cache.add(key, 0, limit.seconds + 1)
        used = cache.incr(key)
    except Exception:  # noqa: BLE001 - any cache, any failure: serve
        return
    if used > limit.requests:
        raise RateLimited((window + 1) * limit.seconds - now)
