"""An event as the contract writes it (contract/extensions.md §7). Pure."""

from typing import Any

from apps.core.times import rfc3339
from apps.events.models import Event


def event_json(event: Event) -> dict[str, Any]:
    return {
        "id": str(event.pk),
        "tenant_id": event.tenant_id,
        "realm_id": event.realm_id,
        "type": event.type,
        "version": event.version,
        "occurred_at": rfc3339(event.occurred_at),
        "recorded_at": rfc3339(event.recorded_at),
        "correlation_id": event.correlation_id,
        "outcome": event.outcome,
        "actor": {"type": event.actor_type, "id": event.actor_id, "display_name": event.actor_display_name},
        "targets": event.targets,
        "client": {"ip": event.client_ip, "user_agent": event.client_user_agent, "country": event.client_country},
        "data": event.data,
    }
