from celery import shared_task

from apps.authentication import sessions
from apps.core.context import system_context
from apps.tokens.services import access


@shared_task
def forget_expired() -> int:
    """Clears flows, sessions, codes and tokens that are long over. Nothing depends on it: reading checks the time itself."""
    ctx = system_context()
    return sessions.forget(ctx) + access.forget(ctx)
