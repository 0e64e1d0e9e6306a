"""What Celery runs, and what the embedded worker calls in its place: the same functions."""

from celery import shared_task

from apps.core.context import system_context
from apps.credentials import history
from apps.credentials.services import batches


@shared_task
def run_batch(batch_id: str) -> None:
    """A slice at a time, so that a long batch neither outlives its claim nor keeps a worker from everything else."""
    if batches.run(batch_id):
        run_batch.delay(batch_id)


@shared_task
def run_waiting_batches() -> int:
    """The sweep: a slice of whatever the hint did not reach. Returns how many batches are not done."""
    return sum(batches.run(batch_id) for batch_id in batches.waiting_ids())


@shared_task
def forget_links() -> int:
    return batches.forget_links(system_context())


@shared_task
def forget_history() -> int:
    return history.forget(system_context())
