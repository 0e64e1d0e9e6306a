"""What Celery runs, and what the embedded worker calls in its place: the same functions."""

from celery import shared_task

from apps.bulk import running
from apps.bulk.services import jobs
from apps.core.context import system_context


@shared_task
def run_job(job_id: str) -> None:
    """A turn at a time, so that a long job neither outlives its claim nor keeps a worker from everything else."""
    if running.run(job_id):
        run_job.delay(job_id)


@shared_task
def run_waiting_jobs() -> int:
    """The sweep: a turn of whatever the hint did not reach. Returns how many jobs are not done."""
    return sum(running.run(job_id) for job_id in running.waiting_ids())


@shared_task
def forget_jobs() -> int:
    return jobs.forget(system_context())
