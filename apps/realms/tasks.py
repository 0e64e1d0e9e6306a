"""What Celery runs, and what the embedded worker calls in its place: the same functions."""

from celery import shared_task

from apps.realms import mail


@shared_task
def send_mail(mail_id: str) -> bool:
    return mail.send(mail_id)


@shared_task
def send_waiting_mail() -> int:
    """The sweep: whatever the hint after commit did not reach. Returns how many left."""
    return sum(mail.send(mail_id) for mail_id in mail.waiting_ids())
