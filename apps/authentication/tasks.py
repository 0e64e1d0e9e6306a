from celery import shared_task

from apps.authentication import sessions
from apps.core.context import system_context


@shared_task
def forget_expired() -> int:
    """Clears flows and sessions that are long over. Nothing depends on it: reading checks the time itself."""
    return sessions.forget(system_context())
