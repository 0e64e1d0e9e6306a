"""Ids of the contract (contract/extensions.md §3). Never reused, ordered by time, not guessable into being.

Short ids are 16 lower hex: 42 bits of milliseconds, then 22 random bits. Tenant ids begin 0001: 24 bits of minutes,
24 random. UUIDs are version 7 (RFC 9562 §5.7).
"""

import secrets
import threading
import time
import uuid

import uuid_utils.compat

_TENANT_EPOCH_MINUTES = 1_735_689_600 // 60  # 2025-01-01
_lock = threading.Lock()
_last = 0


def short_id() -> str:
    """16 lower hex. Strictly increasing within a process, so rows made together keep their order."""
    global _last
    value = (int(time.time() * 1000) << 22) | secrets.randbits(22)
    with _lock:
        _last = value = value if value > _last else _last + 1 + secrets.randbits(10)
    return f"{value & (2**64 - 1):016x}"


def tenant_id() -> str:
    minutes = int(time.time()) // 60 - _TENANT_EPOCH_MINUTES
    return f"0001{minutes & 0xFFFFFF:06x}{secrets.randbits(24):06x}"


def uuid7() -> uuid.UUID:
    return uuid_utils.compat.uuid7()


def parse_uuid(text: str) -> uuid.UUID:
    """An id as a request brought it. What is none becomes the nil UUID, which no row has: unknown, like any other."""
    try:
        return uuid.UUID(text)
    except (ValueError, TypeError, AttributeError):
        return uuid.UUID(int=0)
