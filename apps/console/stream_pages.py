"""What pages of event streams show of one: words for its health, its target, its deliveries."""

from typing import Any
from urllib.parse import urlsplit

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from apps.console.access import Desk
from apps.console.forms.streams import KIND_CARDS
from apps.console.render import realm_url
from apps.streams.kinds import KINDS
from apps.streams.selectors import Health

# (word, tone)
HEALTH = {
    "HEALTHY": (gettext_lazy("Healthy"), "ok"),
    "FAILING": (gettext_lazy("Failing"), "danger"),
    "PAUSED": (gettext_lazy("Paused"), "warn"),
    "WAITING": (gettext_lazy("Waiting for events"), "neutral"),
}
DELIVERIES = {
    "DELIVERED": (gettext_lazy("Delivered"), "ok"),
    "PENDING": (gettext_lazy("Under way"), "info"),
    "FAILED": (gettext_lazy("Trying again"), "warn"),
    "DEAD": (gettext_lazy("Given up"), "danger"),
}


def stream_line(desk: Desk, stream: Any, health: Health) -> dict[str, Any]:
    word, tone = HEALTH[health.state]
    return {
        "id": stream.pk,
        "name": stream.display_name,
        "kind": KIND_CARDS[stream.type][0],
        "host": host_of(stream),
        "health": health,
        "state": word,
        "tone": tone,
        "url": stream_url(desk, stream),
    }


def delivery_line(delivery: Any) -> dict[str, Any]:
    word, tone = DELIVERIES[delivery.state]
    count = delivery.event_count
    return {
        "events": ngettext("%(count)d event", "%(count)d events", count) % {"count": count},
        "state": word,
        "tone": tone,
        "answer": delivery.problem or (str(delivery.status_code) if delivery.status_code else ""),
        "tries": delivery.tries,
        "latency": _("%(ms)d ms") % {"ms": delivery.latency_ms} if delivery.latency_ms is not None else "",
        "moment": delivery.last_tried_at or delivery.created_at,
    }


def target_of(stream: Any) -> str:
    target = KINDS[stream.type].target(stream.settings)
    return target if isinstance(target, str) else f"{target[0]}:{target[1]}"


def host_of(stream: Any) -> str:
    """The target's name alone, for a list."""
    target = KINDS[stream.type].target(stream.settings)
    return (urlsplit(target).hostname or "") if isinstance(target, str) else target[0]


def stream_url(desk: Desk, stream: Any, path: str = "") -> str:
    return realm_url(desk.realm, f"streams/{stream.pk}{f'/{path}' if path else ''}")


def streams_crumb(desk: Desk) -> dict[str, str]:
    return {"label": _("Streams"), "url": realm_url(desk.realm, "streams")}
