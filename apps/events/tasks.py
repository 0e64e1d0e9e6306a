"""What Celery runs, and what the embedded worker calls in its place: the same functions."""

from celery import shared_task

from apps.core.context import system_context
from apps.events import retention, sealing


@shared_task
def seal_events() -> int:
    """Returns how many events got their place in a log."""
    return sealing.run()


@shared_task
def keep_events_ahead() -> int:
    """Returns how many partitions were made for the weeks to come."""
    return retention.keep_ahead(system_context())
