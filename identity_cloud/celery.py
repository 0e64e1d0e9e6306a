"""The Celery application. Without REDIS_URL no broker is ever contacted: the embedded worker drains the same outbox."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "identity_cloud.settings")

app = Celery("identity_cloud")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
