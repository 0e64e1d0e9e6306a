from celery import shared_task

from apps.core.context import system_context
from apps.directory import counting


@shared_task
def add_up_people() -> int:
    """Keeps the rows few that say how many people a realm has. Returns for how many realms that was needed."""
    return counting.add_up(system_context())
