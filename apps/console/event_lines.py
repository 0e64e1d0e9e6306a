"""Events as lines that a person reads: the sentence, how it ended, and what stands beside both."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from apps.console.sentences import sentence_of
from apps.events.types import EventType
from apps.policy import selectors as policy
from apps.web.device_words import device_words

_BELOW_REALM = re.compile(r"^/v1/tenants/[^/]*(/realms/[^/]*)?")
_ASKED_LENGTH = 80


@dataclass(frozen=True, slots=True)
class Told:
    """What components/_event.html and _timeline_item.html show of an event. `outcome` is a code of the badge table."""

    id: str
    sentence: SafeString
    outcome: str
    meta: str
    moment: datetime
    event: Any
    url: str = ""
    current: bool = False


def tell(realm: Any, events: Iterable[Any], *, base_url: str = "", current_id: str = "") -> list[Told]:
    """Sentences for events of one realm, in their order. One query at most: for the names of rules they speak of."""
    events = list(events)
    asked = {event.data.get("policy_version", 0) for event in events if event.type == EventType.POLICY_EVALUATION}
    rule_names = policy.rule_names(realm, asked) if asked else {}
    return [
        Told(
            id=str(event.pk),
            sentence=sentence_of(event),
            outcome=outcome_of(event),
            meta=_meta(event, rule_names),
            moment=event.occurred_at,
            event=event,
            url=f"{base_url}{event.pk}" if base_url else "",
            current=str(event.pk) == current_id,
        )
        for event in events
    ]


def outcome_of(event: Any) -> str:
    """The event's own; a mail that was given up is no success for whom it was for."""
    if event.data.get("action") in ("FAILED_TO_SEND", "FAIL"):
        return "FAILED_TO_SEND"
    return str(event.outcome)


def _meta(event: Any, rule_names: dict[tuple[int, str], str]) -> str:
    if event.type == EventType.POLICY_EVALUATION:
        return _rule_words(event, rule_names)
    place = " · ".join(filter(None, (event.client_country, event.client_ip)))
    return " · ".join(filter(None, (*_asked(event), place, device_words(event.client_user_agent))))


def _asked(event: Any) -> Iterator[str]:
    """What a request that was refused at the door wanted, below the realm, and what was wrong with it first."""
    if event.type != EventType.API_REQUEST_DENIED or "path" not in event.data:
        return
    yield f"{event.data.get('method', '')} {_BELOW_REALM.sub('', event.data['path'])}"[:_ASKED_LENGTH]
    for wrong in event.data.get("violations", [])[:1]:
        yield f"{wrong['field']}: {wrong['description']}"


def _rule_words(event: Any, rule_names: dict[tuple[int, str], str]) -> str:
    version = event.data.get("policy_version", 0)
    rule_id = (event.data.get("decision") or {}).get("matched_rule_id", "")
    if rule_id == "default":
        return _("No rule matched, version %(version)s") % {"version": version}
    name = rule_names.get((version, rule_id)) or rule_id
    return _("Rule “%(name)s”, version %(version)s") % {"name": name, "version": version}
