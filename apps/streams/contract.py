"""Event streams as the contract writes and reads them (contract/extensions.md §7). Pure.

Secrets go in and never come out: an answer names those that are stored.
"""

from collections.abc import Mapping
from typing import Any

from apps.core import names
from apps.core.errors import Invalid, Violation, checked_fields, told
from apps.core.times import rfc3339
from apps.events import outcomes
from apps.events.types import EventType
from apps.streams.kinds import KINDS
from apps.streams.models import Delivery, EventStream
from apps.streams.selectors import Health
from apps.streams.targets import Told

_ROOT = "event_stream"
_READ_ONLY = frozenset({"id", "realm_id", "tenant_id", "create_time", "update_time", "stored_secrets", "health"})
_FILTER_LENGTH = 200


def event_stream_json(stream: EventStream) -> dict[str, Any]:
    """What is configured: how it fares is told beside it, and is no part of the version that If-Match names."""
    return {
        "id": str(stream.pk),
        "realm_id": stream.realm_id,
        "tenant_id": stream.tenant_id,
        "display_name": stream.display_name,
        "type": stream.type,
        "settings": stream.settings,
        "stored_secrets": stream.secret_names,
        "filter": {"types": stream.types, "outcomes": stream.outcomes, "alerts_only": stream.alerts_only},
        "enabled": stream.enabled,
        "create_time": rfc3339(stream.created_at),
        "update_time": rfc3339(stream.updated_at),
    }


def health_json(health: Health) -> dict[str, Any]:
    return {
        "state": health.state,
        "failing_since_time": rfc3339(health.failing_since),
        "last_delivery_time": rfc3339(health.last_delivered_at),
        "error": health.problem,
        "waiting_deliveries": health.waiting,
        "dead_deliveries": health.dead,
    }


def delivery_json(delivery: Delivery) -> dict[str, Any]:
    return {
        "id": str(delivery.pk),
        "realm_id": delivery.realm_id,
        "tenant_id": delivery.tenant_id,
        "event_stream_id": str(delivery.stream_id),
        "state": delivery.state,
        "event_count": delivery.event_count,
        "first_event_id": str(delivery.first_event_id),
        "last_event_id": str(delivery.last_event_id),
        "tries": delivery.tries,
        "status_code": delivery.status_code,
        "latency_ms": delivery.latency_ms,
        "error": delivery.problem,
        "create_time": rfc3339(delivery.created_at),
        "last_try_time": rfc3339(delivery.last_tried_at),
        "delivery_time": rfc3339(delivery.delivered_at),
    }


def test_json(told: Told) -> dict[str, Any]:
    return {
        "delivered": not told.problem,
        "status_code": told.status_code,
        "latency_ms": told.latency_ms,
        "error": told.problem,
    }


def parse_event_stream(given: Mapping[str, Any]) -> dict[str, Any]:
    """What `create_event_stream` takes. Raises Invalid with every violation."""
    checks = {"display_name": names.display_name, "type": _type, **_common()}
    required = ("display_name", "type", "settings")
    return _flat(checked_fields(given, checks, root=_ROOT, required=required, ignored=_READ_ONLY))


def parse_event_stream_changes(given: Mapping[str, Any], stream: EventStream) -> dict[str, Any]:
    """What `update_event_stream` takes. The type stays what it was: saying it again is no change. Raises Invalid."""

    def same_type(value: Any, *, field: str) -> str:
        if value != stream.type:
            raise Invalid(Violation(field, "cannot be changed"))
        return stream.type

    checks = {"display_name": names.display_name, "type": same_type, **_common()}
    found = checked_fields(given, checks, root=_ROOT, ignored=_READ_ONLY)
    found.pop("type", None)
    return _flat(found)


def _common() -> dict[str, Any]:
    return {"settings": _object, "filter": _filter, "enabled": _flag}


def _flat(found: dict[str, Any]) -> dict[str, Any]:
    chosen = found.pop("filter", {})
    return {**found, **chosen}


def _type(value: Any, *, field: str) -> str:
    if not isinstance(value, str) or value not in KINDS:
        raise Invalid(Violation(field, told("must be one of %(names)s", names=", ".join(KINDS))))
    return value


def _object(value: Any, *, field: str) -> Any:
    if not isinstance(value, Mapping):
        raise Invalid(Violation(field, "not an object"))
    return value


def _flag(value: Any, *, field: str) -> bool:
    if not isinstance(value, bool):
        raise Invalid(Violation(field, "not a boolean"))
    return value


def _filter(value: Any, *, field: str) -> dict[str, Any]:
    """A list that is left out, or empty, chooses all."""
    checks = {"types": _words(list(EventType)), "outcomes": _words(outcomes.known()), "alerts_only": _flag}
    return checked_fields(_object(value, field=field), checks, root=field)


def _words(known: list[Any]) -> Any:
    allowed = {str(word) for word in known}

    def check(value: Any, *, field: str) -> list[str]:
        if not isinstance(value, list):
            raise Invalid(Violation(field, "not a list"))
        if len(value) > _FILTER_LENGTH:
            raise Invalid(Violation(field, told("array exceeds %(count)s elements", count=_FILTER_LENGTH)))
        wrong = [i for i, each in enumerate(value) if not isinstance(each, str) or each not in allowed]
        if wrong:
            raise Invalid([Violation(f"{field}.{i}", "not one that there is") for i in wrong])
        return list(dict.fromkeys(value))

    return check
