"""What an event holds, laid out for reading: facts with links to what still exists, and what changed."""

import json
from collections.abc import Collection
from typing import Any

from django.utils.translation import gettext as _

from apps.applications import selectors as applications
from apps.console.access import Desk
from apps.console.event_words import thing_label, thing_name
from apps.console.mail_titles import TITLES
from apps.console.recorded_words import reader_words
from apps.console.render import realm_url
from apps.core import ids
from apps.directory import selectors as directory
from apps.policy import selectors as policy
from apps.web.device_words import device_words

_KINDS = {
    "identity": "identities",
    "group": "groups",
    "application": "applications",
    "email_template": "mails",
    "policy_rule": "policy/rules",
}
_SCOPES = {"email_template": "themes:read", "policy_rule": "policy:update"}  # of the page, where it is not the path's


def facts_of(desk: Desk, event: Any) -> list[dict[str, Any]]:
    """Lines of templates/console/events/_facts.html: {label, and one of value, state, moment, things; is_copied, note}."""
    client = " · ".join(filter(None, (event.client_country, event.client_ip)))
    facts: list[dict[str, Any]] = [
        {"label": _("Type"), "value": event.type, "is_copied": True},
        {"label": _("Outcome"), "state": event.outcome},
        {"label": _("Reason"), "value": reader_words(event.data.get("reason") or event.data.get("problem") or "")},
        {"label": _("Happened"), "moment": event.occurred_at},
        {"label": _("Actor"), "things": _linked(desk, [_actor(event)])},
        {"label": _("Concerns"), "things": _linked(desk, event.targets)},
        {"label": _("Address"), "value": client, "is_copied": True},
        {"label": _("Browser"), "value": device_words(event.client_user_agent), "note": event.client_user_agent},
        {"label": _("Correlation id"), "value": event.correlation_id, "is_copied": True},
        {"label": _("Event id"), "value": str(event.pk), "is_copied": True},
    ]
    return [fact for fact in facts if any(fact.get(name) for name in ("value", "state", "moment", "things", "note"))]


def changes_of(event: Any) -> list[dict[str, str]]:
    """[{field, before, after}]: of things, then of the person, where those are kept apart."""
    personal = event.data.get("personal") or {}
    changed = {**(event.data.get("changes") or {}), **(personal.get("changes") or {})}
    return [
        {"field": field.replace("_", " "), "before": _shown(before), "after": _shown(after)}
        for field, (before, after) in changed.items()
    ]


def _actor(event: Any) -> dict[str, str]:
    name = event.actor_display_name or {"anonymous": _("Anonymous")}.get(event.actor_type, "")
    return {"type": event.actor_type, "id": event.actor_id, "display_name": name}


def _linked(desk: Desk, things: list[dict[str, str]]) -> list[dict[str, str]]:
    """Each with a link, if it is still there: what an event names may be gone, or be of another realm."""
    there = {kind: _existing(desk, kind, [thing["id"] for thing in things if thing["type"] == kind]) for kind in _KINDS}
    return [
        {
            "name": thing_name(thing),
            "kind": thing_label(thing["type"]),
            "url": realm_url(desk.realm, f"{_KINDS[kind]}/{thing['id']}") if thing["id"] in there.get(kind, ()) else "",
        }
        for thing in things
        if (kind := thing["type"])
    ]


def _existing(desk: Desk, kind: str, wanted: list[str]) -> Collection[str]:
    if not wanted or not desk.may(_SCOPES.get(kind, f"{_KINDS[kind]}:read")):
        return ()
    if kind == "email_template":
        return TITLES.keys()
    if kind == "policy_rule":
        return {rule["id"] for rule in (*policy.draft_of(desk.realm).rules, *policy.published(desk.realm).rules)}
    if kind == "application":
        found = applications.applications_in(desk.realm).filter(pk__in=[ids.parse_uuid(pk) for pk in wanted])
        return [str(pk) for pk in found.values_list("pk", flat=True)]
    rows: Any = directory.identities_in(desk.realm) if kind == "identity" else directory.groups_in(desk.realm)
    return list(rows.filter(pk__in=wanted).values_list("pk", flat=True))


def _shown(value: Any) -> str:
    if value is None or value == "":
        return "–"
    if isinstance(value, str):
        return value
    if isinstance(value, list) and value and isinstance(value[0], dict) and "action" in value[0]:
        return _("%(count)s rules") % {"count": len(value)}
    return json.dumps(value, ensure_ascii=False)
