"""What Celery runs, and what the embedded worker calls in its place: the same functions."""

from celery import shared_task
from django.conf import settings

from apps.core.context import system_context
from apps.tokens import key_rotation


@shared_task
def maintain_signing_keys() -> int:
    """Keeps a next key published everywhere and rotates on schedule. Returns how many realms were rotated."""
    return key_rotation.maintain_signing_keys(system_context(), rotation_days=settings.SIGNING_KEY_ROTATION_DAYS)
