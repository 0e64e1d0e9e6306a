"""What a realm's home draws: sign-ins and denials over time, passkeys by kind, and what somebody should look at.

Nothing here costs more in a realm of a million than in one of ten thousand.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from apps.console.access import Desk
from apps.console.event_chart import chart_of
from apps.console.event_queries import PERIODS as LENGTHS
from apps.console.event_queries import Query
from apps.console.figures import figure
from apps.console.listing import address
from apps.console.render import realm_url
from apps.credentials import selectors as credentials
from apps.events.types import EventType
from apps.policy import selectors as policy
from apps.streams import selectors as streams
from apps.tokens import keys

PERIODS = {"24h": gettext_lazy("24 hours"), "7d": gettext_lazy("7 days"), "90d": gettext_lazy("90 days")}
_KINDS = {
    "hardware": gettext_lazy("Bound to a device"),
    "synced": gettext_lazy("Synced"),
    "software": gettext_lazy("Software"),
}
_WIDTH = 960


def drawn(desk: Desk, period: str) -> dict[str, Any]:
    """The context of templates/console/realms/_activity.html."""
    home, url = realm_url(desk.realm), realm_url(desk.realm, "activity")
    asked = _sign_ins(period)
    chart = chart_of(desk.realm, asked, asked.wanted(desk.realm), realm_url(desk.realm, "events"))
    counts = chart["counts"]
    return {
        "chart": chart,
        "signed_in": _about(counts["ALLOW"], chart["is_estimated"]),
        "denied": _about(counts["DENY"], chart["is_estimated"]),
        "periods": [
            {
                "label": label,
                "url": address(home, last=name),
                "fragment_url": address(url, last=name),
                "current": name == period,
            }
            for name, label in PERIODS.items()
        ],
        **(_passkeys(desk) if desk.may("credentials:read") else {}),
        **(_keys(desk) if desk.may("realms:read") else {}),
    }


def asked(desk: Desk) -> dict[str, Any]:
    """What `realms.told_of` is to tell for `attention`."""
    return {"has_draft": policy.unpublished_changes(desk.realm)} if desk.may("policy:read") else {}


def attention(desk: Desk, told: Mapping[str, Any]) -> list[dict[str, str]]:
    """What will not mend itself, as far as the administrator may see it: {text, label, url, icon, tone}."""
    return [*_streams(desk), *_draft(desk, told)]


def _sign_ins(period: str) -> Query:
    given: dict[str, Any] = {
        "q": "", "type": [str(EventType.AUTHENTICATION_TRANSACTION)], "outcome": ["ALLOW", "DENY"], "actor": "",
        "target": "", "correlation_id": "", "ip": "", "last": period, "from": "", "to": "",
    }  # fmt: skip
    now = timezone.now()
    return Query(given, now - LENGTHS[period][0], None, now)


def _passkeys(desk: Desk) -> dict[str, Any]:
    """Shares of a bar, the widest kind first; nothing while there are none."""
    counted = credentials.active_kinds(desk.realm)
    total, x = sum(counted.values()), 0.0
    kinds = []
    for name, count in sorted(counted.items(), key=lambda each: -each[1]):
        width = count / total * _WIDTH
        kinds.append(
            {
                "name": name,
                "label": str(_KINDS[name]),
                "count": figure(count),
                "share": f"{count / total:.0%}",
                "x": round(x, 1),
                "width": round(width, 1),
            }
        )
        x += width
    most = credentials.KINDS_COUNTED
    note = _("of the newest %(count)s") % {"count": figure(most)} if total >= most else ""
    return {"kinds": kinds, "kinds_note": note}


def _keys(desk: Desk) -> dict[str, Any]:
    """What signs today, and since when."""
    signing = keys.published_keys(desk.realm).filter(state="current").order_by("algorithm")
    return {
        "keys": list(signing),
        "keys_url": realm_url(desk.realm, "settings/signing-keys"),
    }


def _streams(desk: Desk) -> Iterator[dict[str, str]]:
    if not desk.may("event-streams:read"):
        return
    failing = list(streams.failing_in(desk.realm)[:10])
    if failing:
        told = ngettext(
            "The event stream %(names)s is failing.", "%(count)s event streams are failing: %(names)s.", len(failing)
        )
        names = ", ".join(f"“{each.display_name}”" for each in failing[:3])
        text = told % {"names": names, "count": len(failing)}
        url = realm_url(desk.realm, f"streams/{failing[0].pk}" if len(failing) == 1 else "streams")
        yield {"text": text, "label": _("Look at it"), "url": url, "icon": "send", "tone": "danger"}


def _draft(desk: Desk, told: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    if told.get("has_draft"):
        text = _("The policy has a draft. Until it is published, it decides nothing.")
        url = realm_url(desk.realm, "policy")
        yield {"text": text, "label": _("Open policy"), "url": url, "icon": "shield-check", "tone": ""}


def _about(count: int, is_estimated: bool) -> str:
    return _("about %(count)s") % {"count": figure(count)} if is_estimated else figure(count)
