"""What Celery runs, and what the embedded worker calls in its place: the same functions."""

from celery import shared_task

from apps.core.context import system_context
from apps.events import retention
from apps.realms import mail, selectors


@shared_task
def send_mail(mail_id: str) -> bool:
    return mail.send(mail_id)


@shared_task
def send_waiting_mail() -> int:
    """The sweep: whatever the hint after commit did not reach. Returns how many left."""
    return sum(mail.send(mail_id) for mail_id in mail.waiting_ids())


@shared_task
def purge_events() -> int:
    """Returns how many events were past their realm's time and are gone."""
    return retention.purge(system_context(), selectors.event_retention_of_all())
