"""What Celery runs, and what the embedded worker calls in its place: the same functions."""

from celery import shared_task

from apps.authentication import device_additions, notices, one_time_codes, wrong_codes
from apps.authentication.services import sessions
from apps.core.context import system_context
from apps.tokens import used_once
from apps.tokens.services import devices, pushed_requests, rehearsals, revocation


@shared_task
def forget_expired() -> int:
    """Clears flows, sessions, requests, codes, tokens and proofs that are long over. Nothing depends on it: reading checks
    the time itself."""
    ctx = system_context()
    forgotten = sessions.forget(ctx) + revocation.forget(ctx) + devices.forget(ctx)
    forgotten += one_time_codes.forget(ctx) + wrong_codes.forget(ctx) + device_additions.forget(ctx)
    return forgotten + pushed_requests.forget(ctx) + rehearsals.forget(ctx) + used_once.forget(ctx)


@shared_task
def send_logout_notices() -> int:
    """On a hint after commit, and as the sweep that finds what no hint reached. Returns to how many applications."""
    return notices.drain()
