"""An event as one line that a person reads: who did what to whom, and how it ended.

Names come from outside and are escaped where they enter a sentence; only our own words are markup.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.console.phrases import CHANGES, NOUNS
from apps.console.recorded_words import reader_words
from apps.core.context import ActorType
from apps.events.types import EventType
from apps.policy import selectors as policy
from apps.web.device_words import device_words

_WELL = frozenset({"SUCCESS", "ACCEPTED", "ALLOW", "START"})
_BELOW_REALM = re.compile(r"^/v1/tenants/[^/]*(/realms/[^/]*)?")
_ASKED_LENGTH = 80
_KINDS = {
    "hardware": gettext_lazy("a hardware passkey"),
    "synced": gettext_lazy("a synced passkey"),
    "software": gettext_lazy("a software passkey"),
}


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


def sentence_of(event: Any) -> SafeString:
    return _SPECIAL.get(event.type, _changed)(event, _names(event))


def outcome_of(event: Any) -> str:
    """The event's outcome, where a badge knows it; a mail that was given up is no success for whom it was for."""
    if event.data.get("action") in ("FAILED_TO_SEND", "FAIL"):
        return "FAILED_TO_SEND"
    return "ALLOW" if event.outcome.startswith("ALLOW_WITH") else event.outcome


def _names(event: Any) -> dict[str, Any]:
    """Every name a sentence may use, marked and escaped."""
    names: dict[str, Any] = {name: str(noun) for name, noun in NOUNS.items()}
    if event.actor_type == ActorType.SYSTEM or event.actor_display_name or event.actor_id:
        names["actor"] = _strong(event.actor_display_name or event.actor_id or NOUNS["actor"])
    for target in reversed(event.targets):  # so that the first of a kind names it
        if label := target["display_name"] or ("" if target["type"] == "credential_binding_job" else target["id"]):
            names[target["type"]] = _strong(label)
    if recipient := (event.data.get("personal") or {}).get("recipient"):
        names["recipient"] = _strong(recipient)
    names["people"] = _many(event, names["identity"], _("{} people"), "identity")
    names["holders"] = _many(event, names["identity"], _("{} people and groups"), "identity", "group")
    return names


def _many(event: Any, nobody: Any, counted: str, *kinds: str) -> Any:
    """The one target of these kinds by name, or how many there are."""
    found = [target["display_name"] or target["id"] for target in event.targets if target["type"] in kinds]
    if len(found) > 1:
        return format_html(counted, len(found))
    return _strong(found[0]) if found else nobody


def _strong(name: Any) -> SafeString:
    return format_html("<strong>{}</strong>", name)


def _because(event: Any, said: SafeString) -> SafeString:
    reason = event.data.get("reason") or event.data.get("error") or event.data.get("problem")
    return format_html(_("{said}: {reason}"), said=said, reason=reader_words(str(reason))) if reason else said


# --- what is told in its own way ----------------------------------------------------------------------------------------


def _authorize(event: Any, names: dict[str, Any]) -> SafeString:
    if event.outcome in _WELL and event.data.get("action") == "REHEARSE":
        return format_html(_("{actor} began to try the sign-in of {application}"), **names)
    if event.outcome in _WELL:
        return format_html(_("{application} asked somebody to sign in"), **names)
    return _because(event, format_html(_("A sign-in request of {application} was refused"), **names))


def _authentication(event: Any, names: dict[str, Any]) -> SafeString:
    data = event.data
    match event.outcome:
        case "START":
            return format_html(_("A sign-in to {application} began"), **names)
        case "ALLOW" if data.get("by") == "session":
            return format_html(_("{actor} signed in to {application}, still signed in from before"), **names)
        case "ALLOW":
            kind = _KINDS.get(data.get("binding", ""), _("a passkey"))
            return format_html(_("{actor} signed in to {application} with {kind}"), kind=kind, **names)
        case "DENY" if "code" not in data:
            return _denied(_("{actor} was denied {application}"), event, names)
        case "PROVE":
            return format_html(_("{actor} was asked to verify it is them, for {application}"), **names)
    if event.actor_id:
        return _because(event, format_html(_("{actor} could not sign in to {application}"), **names))
    return _because(event, format_html(_("A sign-in to {application} failed"), **names))


def _denied(words: str, event: Any, names: dict[str, Any]) -> SafeString:
    said = format_html(words, **names)
    return format_html(_("{said}: “{reason}”"), said=said, reason=event.data.get("reason", ""))


# What was asked for: (let, let once verified, not let).
_ASKED = {
    "authentication": (
        gettext_lazy("The policy let {actor} sign in"),
        gettext_lazy("The policy let {actor} sign in, once verified by the device"),
        gettext_lazy("The policy did not let {actor} sign in"),
    ),
    "credential_binding": (
        gettext_lazy("The policy let {actor} make a passkey"),
        gettext_lazy("The policy let {actor} make a passkey, once verified by the device"),
        gettext_lazy("The policy did not let {actor} make a passkey"),
    ),
    "add_device": (
        gettext_lazy("The policy let {actor} add a device"),
        gettext_lazy("The policy let {actor} add a device, once verified by the device"),
        gettext_lazy("The policy did not let {actor} add a device"),
    ),
    "": (
        gettext_lazy("The policy let {actor} go on"),
        gettext_lazy("The policy let {actor} go on, once verified by the device"),
        gettext_lazy("The policy did not let {actor} go on"),
    ),
}


def _policy(event: Any, names: dict[str, Any]) -> SafeString:
    asked = (event.data.get("input") or {}).get("type", "")
    let, verified, refused = _ASKED.get(asked, _ASKED[""])
    words = refused if event.outcome == "DENY" else verified if event.outcome.startswith("ALLOW_WITH") else let
    return format_html(str(words), **names)


def _token(event: Any, names: dict[str, Any]) -> SafeString:
    if event.outcome not in _WELL:
        return _because(event, format_html(_("{application} was refused tokens"), **names))
    if event.data.get("rehearsal"):
        return format_html(_("{actor} tried the sign-in of {application} as {identity}"), **names)
    if event.actor_type == ActorType.IDENTITY:
        return format_html(_("{application} got tokens for {actor}"), **names)
    return format_html(_("{application} got a token of its own"), **names)


def _userinfo(event: Any, names: dict[str, Any]) -> SafeString:
    if event.outcome in _WELL:
        return format_html(_("{application} read the profile of {actor}"), **names)
    return _because(event, format_html(_("{application} was refused a profile"), **names))


def _link(event: Any, names: dict[str, Any]) -> SafeString:
    if event.data.get("action") != "CREATE":
        return _changed(event, names)
    if event.outcome not in _WELL:
        return _because(event, format_html(_("{actor} could not make a link for {identity}"), **names))
    if event.data.get("delivery_method") == "EMAIL":
        return format_html(_("{actor} mailed {identity} a link to make a passkey"), **names)
    return format_html(_("{actor} made a link for {identity} to make a passkey"), **names)


def _changed(event: Any, names: dict[str, Any]) -> SafeString:
    """By the table; a change that it does not know is told by its type and action."""
    action = str(event.data.get("action", ""))
    phrases = CHANGES.get((event.type, action))
    if phrases is None:
        what = f"{event.type} {action}".strip().replace("_", " ").lower()
        return format_html(_("{actor}: {what}"), actor=names["actor"], what=what)
    went_well = event.outcome in _WELL
    said = format_html(str(phrases[0 if went_well else 1]), **names)
    return said if went_well else _because(event, said)


_SPECIAL: dict[str, Callable[[Any, dict[str, Any]], SafeString]] = {
    EventType.AUTHORIZE_REQUEST: _authorize,
    EventType.AUTHENTICATION_TRANSACTION: _authentication,
    EventType.POLICY_EVALUATION: _policy,
    EventType.TOKEN_REQUEST: _token,
    EventType.USERINFO_READ: _userinfo,
    EventType.CREDENTIAL_BINDING_JOB_CHANGE: _link,
}


# --- what stands beside it ----------------------------------------------------------------------------------------------


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
