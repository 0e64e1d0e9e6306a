"""An event as one sentence that a person reads: who did what to whom, and why not.

Names come from outside and are escaped where they enter a sentence; only our own words are markup.
"""

from collections.abc import Callable
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.console.phrases import CHANGES, NOUNS
from apps.console.recorded_words import reader_words
from apps.core.context import ActorType
from apps.events.types import EventType

_WELL = frozenset({"SUCCESS", "ACCEPTED", "ALLOW", "START"})
_KINDS = {
    "hardware": gettext_lazy("a hardware passkey"),
    "synced": gettext_lazy("a synced passkey"),
    "software": gettext_lazy("a software passkey"),
}


def sentence_of(event: Any) -> SafeString:
    return _SPECIAL.get(event.type, _changed)(event, _names(event))


def _names(event: Any) -> dict[str, Any]:
    """Every name a sentence may use, marked and escaped."""
    names: dict[str, Any] = {name: str(noun) for name, noun in NOUNS.items()}
    for target in reversed(event.targets):  # so that the first of a kind names it
        if label := target["display_name"] or ("" if target["type"] == "credential_binding_job" else target["id"]):
            names[target["type"]] = _strong(label)
    names["actor"] = _actor(event, names)
    if recipient := (event.data.get("personal") or {}).get("recipient"):
        names["recipient"] = _strong(recipient)
    names["people"] = _many(event, names["identity"], _("{} people"), "identity")
    names["holders"] = _many(event, names["identity"], _("{} people and groups"), "identity", "group")
    return names


def _actor(event: Any, names: dict[str, Any]) -> Any:
    """Older records of the console's own sign-in name who it was as their target alone."""
    if event.actor_type == ActorType.SYSTEM or event.actor_display_name or event.actor_id:
        return _strong(event.actor_display_name or event.actor_id or NOUNS["actor"])
    came = event.type == EventType.CONSOLE_SIGN_IN and any(target["type"] == "identity" for target in event.targets)
    return names["identity"] if came else names["actor"]


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
    said, reason = format_html(words, **names), event.data.get("reason")
    return format_html(_("{said}: “{reason}”"), said=said, reason=reason) if reason else said


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
    if event.actor_type == ActorType.SYSTEM and event.data.get("delivery_method"):
        return format_html(_("{identity} was invited to make a passkey"), **names)
    if event.data.get("delivery_method") == "EMAIL":
        return format_html(_("{actor} mailed {identity} a link to make a passkey"), **names)
    return format_html(_("{actor} made a link for {identity} to make a passkey"), **names)


def _code(event: Any, names: dict[str, Any]) -> SafeString:
    """An address that nobody has gets no mail, and the answer that everybody gets: the record alone tells."""
    if event.outcome in _WELL and event.data.get("sent") is False:
        words = {
            "ISSUE": _("A one-time code for {application} was asked for and sent to nobody"),
            "MAIL_RECOVERY_LINK": _("A way back in was asked for, and no mail was sent"),
        }
        if said := words.get(event.data.get("action", "")):
            return _because(event, format_html(said, **names))
    return _changed(event, names)


def _opened(event: Any, names: dict[str, Any]) -> SafeString:
    """Whoever signs up has proven no name yet; for whom it was is known."""
    for_somebody = any(target["type"] == "identity" for target in event.targets)
    if event.data.get("action") == "CREATE" and event.outcome in _WELL and for_somebody:
        return format_html(_("The tenant {tenant} was opened for {identity}"), **names)
    return _changed(event, names)


def _passkey(event: Any, names: dict[str, Any]) -> SafeString:
    if event.data.get("action") == "REVOKE" and event.outcome in _WELL and _is_own(event):
        return format_html(_("{actor} revoked {credential}, a passkey of their own"), **names)
    return _changed(event, names)


def _consent(event: Any, names: dict[str, Any]) -> SafeString:
    if event.data.get("action") == "REVOKE" and event.outcome in _WELL and _is_own(event):
        return format_html(_("{actor} ended what {application} may do for them"), **names)
    return _changed(event, names)


def _is_own(event: Any) -> bool:
    theirs = [target["id"] for target in event.targets if target["type"] == "identity"]
    return event.actor_type == ActorType.IDENTITY and theirs == [event.actor_id]


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
    EventType.CREDENTIAL_CHANGE: _passkey,
    EventType.CONSENT_CHANGE: _consent,
    EventType.OTP_CHALLENGE: _code,
    EventType.TENANT_CHANGE: _opened,
}
