from celery import shared_task

from apps.core.context import system_context
from apps.web import idempotency


@shared_task
def forget_answers() -> int:
    """Clears kept answers that are over. Nothing depends on it: reading checks the time itself."""
    return idempotency.forget(system_context())
