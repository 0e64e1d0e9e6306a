"""The project: settings, URL roots, and the processes that serve them."""

from identity_cloud.celery import app as celery_app

__all__ = ["celery_app"]
