"""What Celery runs, and what the embedded worker calls in its place: the same functions."""

from celery import shared_task

from apps.streams import delivering


@shared_task
def deliver_event_streams() -> int:
    """The sweep. Returns how many streams had something to send."""
    return delivering.drain()


@shared_task
def forget_deliveries() -> int:
    return delivering.forget()
