"""What Celery runs, and what the embedded worker calls in its place: the same functions."""

from celery import shared_task

from apps.authentication import notices, sessions
from apps.core.context import system_context
from apps.tokens.services import devices, revocation


@shared_task
def forget_expired() -> int:
    """Clears flows, sessions, codes and tokens that are long over. Nothing depends on it: reading checks the time itself."""
    ctx = system_context()
    return sessions.forget(ctx) + revocation.forget(ctx) + devices.forget(ctx)


@shared_task
def send_logout_notices() -> int:
    """On a hint after commit, and as the sweep that finds what no hint reached. Returns to how many applications."""
    return notices.drain()
