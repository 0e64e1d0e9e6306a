"""What is done by the clock, and how many seconds apart: by Celery's beat, or by the embedded worker."""

from typing import Any

SCHEDULE: dict[str, dict[str, Any]] = {
    "send-waiting-mail": {"task": "apps.realms.tasks.send_waiting_mail", "schedule": 5.0},
    "run-waiting-batches": {"task": "apps.credentials.tasks.run_waiting_batches", "schedule": 5.0},
    "run-waiting-bulk-jobs": {"task": "apps.bulk.tasks.run_waiting_jobs", "schedule": 5.0},
    "forget-bulk-jobs": {"task": "apps.bulk.tasks.forget_jobs", "schedule": 3600.0},
    "forget-links": {"task": "apps.credentials.tasks.forget_links", "schedule": 3600.0},
    "forget-history": {"task": "apps.credentials.tasks.forget_history", "schedule": 3600.0},
    "send-logout-notices": {"task": "apps.authentication.tasks.send_logout_notices", "schedule": 5.0},
    "maintain-signing-keys": {"task": "apps.tokens.tasks.maintain_signing_keys", "schedule": 60.0},
    "forget-expired": {"task": "apps.authentication.tasks.forget_expired", "schedule": 300.0},
    "deliver-event-streams": {"task": "apps.streams.tasks.deliver_event_streams", "schedule": 2.0},
    "forget-deliveries": {"task": "apps.streams.tasks.forget_deliveries", "schedule": 3600.0},
    "seal-events": {"task": "apps.events.tasks.seal_events", "schedule": 2.0},
    "add-up-people": {"task": "apps.directory.tasks.add_up_people", "schedule": 60.0},
    "keep-events-ahead": {"task": "apps.events.tasks.keep_events_ahead", "schedule": 3600.0},
    "purge-events": {"task": "apps.realms.tasks.purge_events", "schedule": 3600.0},
    "end-silent-exports": {"task": "apps.inquiries.tasks.end_silent_exports", "schedule": 300.0},
    "forget-answers": {"task": "apps.web.tasks.forget_answers", "schedule": 3600.0},
}
