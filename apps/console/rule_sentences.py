"""A policy rule as a sentence: When anyone in Contractors signs in to Payroll → Deny “Payroll is closed”.

Names and values come from outside and are escaped where they enter; only our own words are markup.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.applications import selectors as applications
from apps.console.country_names import country_names
from apps.console.rule_parts import split
from apps.console.rule_words import (
    BINDING_WORDS,
    PLATFORM_WORDS,
    VALUE_WORDS,
    attribute_words,
    either,
    operator_words,
    window_words,
)
from apps.core import ids
from apps.directory import selectors as directory

ACTIONS = {
    "allow": (gettext_lazy("Allow"), "ok"),
    "allow_with_os_verification": (gettext_lazy("Allow, once the device has verified them"), "ok"),
    "allow_with_biometric": (gettext_lazy("Allow, once a fingerprint or face has verified them"), "ok"),
    "monitor": (gettext_lazy("Note it and go on"), "neutral"),
    "deny": (gettext_lazy("Deny"), "danger"),
}
# Whole sentences, so that each language orders them as it must; what a rule does not say is left out (see _sentence).
_WHEN = {
    "authentication": gettext_lazy("When {who} signs in {to} {by} {on}"),
    "credential_binding": gettext_lazy("When {who} makes a passkey {to} {by} {on}"),
    "add_device": gettext_lazy("When {who} adds a device {to} {by} {on}"),
    "any": gettext_lazy("When {who} signs in, makes a passkey or adds a device {to} {by} {on}"),
}
_SPACES = re.compile(r" {2,}")


@dataclass(frozen=True, slots=True)
class Names:
    """What ids in conditions are called today."""

    groups: Mapping[str, str] = field(default_factory=dict)
    applications: Mapping[str, str] = field(default_factory=dict)
    identities: Mapping[str, str] = field(default_factory=dict)

    def of(self, attribute: str, value: Any) -> str:
        match attribute:
            case "identity.group_ids":
                return self.groups.get(value) or _("a deleted group")
            case "application.id":
                return self.applications.get(value) or _("a deleted application")
            case "identity.id":
                return self.identities.get(value) or _("a deleted person")
            case "request.country":
                return country_names().get(str(value).upper()) or str(value)
        return str(VALUE_WORDS.get(attribute, {}).get(value, value))


def names_in(realm: Any, rules: Iterable[Any], facts: Mapping[str, Any] = MappingProxyType({})) -> Names:
    """Three queries at most, for what the rules, and the facts they are asked about, speak of and nothing more."""
    spoken: dict[str, set[str]] = {"identity.group_ids": set(), "application.id": set(), "identity.id": set()}
    for rule in rules:
        _collect(rule.get("condition", {}), spoken)
    for name in spoken.keys() & facts.keys():
        _collect({"attribute": name, "value": facts[name]}, spoken)
    groups, clients, people = (spoken[name] for name in ("identity.group_ids", "application.id", "identity.id"))
    uuids = [ids.parse_uuid(pk) for pk in clients]
    return Names(
        dict(directory.groups_in(realm).filter(pk__in=groups).values_list("pk", "display_name")) if groups else {},
        {
            str(pk): name
            for pk, name in applications.applications_in(realm).filter(pk__in=uuids).values_list("pk", "display_name")
        }
        if clients
        else {},
        dict(directory.identities_in(realm).filter(pk__in=people).values_list("pk", "display_name")) if people else {},
    )


def sentence_of(rule: Mapping[str, Any], names: Names) -> SafeString:
    """Without the action: see `action_of`."""
    parts = split(rule.get("condition", {}))
    transaction = rule["transaction"]
    pieces = {"who": _who(parts.picked.get("groups"), names), "to": "", "by": "", "on": ""}
    if chosen := parts.picked.get("applications"):
        named = _strong(either([names.of("application.id", pk) for pk in chosen]))
        words = _("to {applications}") if transaction == "authentication" else _("for {applications}")
        pieces["to"] = format_html(words, applications=named)
    if chosen := parts.picked.get("bindings"):
        pieces["by"] = format_html(
            _("with {passkeys}"), passkeys=_strong(either([BINDING_WORDS[each] for each in chosen]))
        )
    if chosen := parts.picked.get("platforms"):
        pieces["on"] = format_html(
            _("on {systems}"), systems=_strong(either([PLATFORM_WORDS[each] for each in chosen]))
        )
    said = _sentence(str(_WHEN.get(transaction, _WHEN["any"])), pieces)
    if not parts.further:
        return said
    joined = format_html_join(_(" and "), "{}", ((condition_words(item, names),) for item in parts.further))
    return format_html(_("{sentence}, and {conditions}"), sentence=said, conditions=joined)


def _sentence(words: str, pieces: Mapping[str, Any]) -> SafeString:
    """Without the gaps that absent pieces leave."""
    for name, piece in pieces.items():
        words = words if piece else words.replace(f"{{{name}}}", "")
    return format_html(_SPACES.sub(" ", words).strip(), **pieces)


def action_of(rule: Mapping[str, Any]) -> dict[str, str]:
    """{words, tone, message, tells}: "Deny", danger, what the person is told, and that others are: by mail, by an alert."""
    words, tone = ACTIONS[rule["action"]["type"]]
    message = rule["action"].get("message") or ""
    return {"words": str(words), "tone": tone, "message": message, "tells": _tells(rule.get("notify") or {})}


def _tells(notify: Mapping[str, Any]) -> str:
    people = ", ".join(notify.get("emails") or ())
    if people and notify.get("alert"):
        return _("alerts, and mails %(people)s") % {"people": people}
    if notify.get("alert"):
        return _("alerts")
    return _("mails %(people)s") % {"people": people} if people else ""


def condition_words(condition: Mapping[str, Any], names: Names) -> SafeString:
    """Any condition, in brackets where it holds others."""
    if "attribute" in condition:
        return _leaf(condition, names)
    if "not" in condition:
        inner = condition["not"]
        if inner.get("operator") == "within":
            return format_html(_("outside {hours}"), hours=_strong(window_words(inner["value"])))
        return format_html(_("not ({condition})"), condition=condition_words(inner, names))
    kind, glue = ("all", _(" and ")) if "all" in condition else ("any", _(" or "))
    parts = ((condition_words(item, names),) for item in condition.get(kind, []))
    return format_html("({})", format_html_join(glue, "{}", parts))


def _who(groups: Iterable[str] | None, names: Names) -> SafeString:
    if not groups:
        return format_html("{}", _("anyone"))
    named = either([names.of("identity.group_ids", pk) for pk in groups])
    return format_html(_("anyone in {groups}"), groups=_strong(named))


def _leaf(leaf: Mapping[str, Any], names: Names) -> SafeString:
    attribute, operator, value = leaf["attribute"], leaf["operator"], leaf["value"]
    if operator == "within":
        return format_html(_("within {hours}"), hours=_strong(window_words(value)))
    if operator == "is":
        return format_html("{fact}" if value else _("not: {fact}"), fact=attribute_words(attribute))
    values = value if isinstance(value, list) else [value]
    shown = _strong(either([names.of(attribute, each) for each in values]))
    verb = operator_words(attribute, operator)
    words = _("{attribute} {operator} {value}") if verb else _("{attribute} {value}")
    return format_html(words, attribute=attribute_words(attribute), operator=verb, value=shown)


def _strong(words: Any) -> SafeString:
    return format_html("<strong>{}</strong>", words)


def _collect(condition: Mapping[str, Any], spoken: dict[str, set[str]]) -> None:
    """Engine limits bound the depth."""
    if condition.get("attribute") in spoken:
        value = condition["value"]
        spoken[condition["attribute"]].update([value] if isinstance(value, str) else value)
    for kind in ("all", "any"):
        for item in condition.get(kind, []):
            _collect(item, spoken)
    if "not" in condition:
        _collect(condition["not"], spoken)
