"""The form of the test bench: who, from where, with what, to which application. All of it stands in the address."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.console.rule_words import BINDING_WORDS, PLATFORM_WORDS
from apps.policy.attributes import ATTRIBUTES

_METHODS = {"hardware": "webauthn", "synced": "webauthn", "software": "x509", "none": "otp"}
# attribute of the rules: field of the form, where what is typed is the fact itself
_TYPED = {
    "request.ip": "ip",
    "request.country": "country",
    "device.platform": "platform",
    "browser.name": "browser",
    "binding.reason": "reason",
}


class TrialForm(forms.Form):
    type = forms.ChoiceField(
        label=_("Somebody"),
        choices=[
            ("authentication", _("signs in")),
            ("credential_binding", _("makes a passkey")),
            ("add_device", _("adds a device")),
        ],
    )
    person = forms.CharField(
        label=_("Who"),
        required=False,
        max_length=64,
        help_text=_("Username or id; groups, passkeys and history are looked up. Nobody: a stranger."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    application = forms.ChoiceField(label=_("Application"), required=False)
    passkey = forms.ChoiceField(
        label=_("With"),
        required=False,
        choices=[("", _("anything")), *((name, BINDING_WORDS[name]) for name in ("hardware", "synced", "software"))]
        + [("none", _("a one-time code"))],
    )
    platform = forms.ChoiceField(label=_("On"), required=False, choices=[("", _("anything")), *PLATFORM_WORDS.items()])
    browser = forms.ChoiceField(
        label=_("Browser"),
        required=False,
        choices=[("", _("anything")), *((name, name) for name in sorted(ATTRIBUTES["browser.name"].values))],
    )
    ip = forms.GenericIPAddressField(label=_("Address"), required=False)
    country = forms.CharField(label=_("Country"), required=False, max_length=2, min_length=2)
    time = forms.DateTimeField(
        label=_("When (UTC)"), required=False, widget=forms.DateTimeInput(attrs={"type": "datetime-local"})
    )
    reason = forms.ChoiceField(
        label=_("The passkey is"),
        required=False,
        choices=[("", "—")] + [(each, each) for each in sorted(ATTRIBUTES["binding.reason"].values)],
    )
    version = forms.ChoiceField(
        label=_("Asked of"), required=False, choices=[("draft", _("the draft")), ("published", _("what is published"))]
    )

    def __init__(self, data: Any = None, *, applications: Iterable[tuple[str, str]]) -> None:
        super().__init__(data, auto_id="try_%s")
        field: Any = self.fields["application"]
        field.choices = [("", _("any")), *applications]

    def transaction(self, identity_id: str) -> dict[str, Any]:
        """As the contract describes one (extensions.md §10)."""
        given = self.cleaned_data
        facts: dict[str, Any] = {attribute: given[field] for attribute, field in _TYPED.items() if given.get(field)}
        if given.get("country"):
            facts["request.country"] = given["country"].upper()
        if given.get("time"):
            facts["request.time"] = given["time"].isoformat()
        if binding := given.get("passkey"):
            facts |= {
                "credential.binding": binding,
                "credential.method": _METHODS[binding],
                "credential.user_verified": binding != "none",
            }
        if given["type"] == "add_device":
            facts["add_device.role"] = "source"
        named = {"identity_id": identity_id, "application_id": given.get("application", "")}
        told = {name: value for name, value in named.items() if value}
        return {"type": given["type"], **told, **({"attributes": facts} if facts else {})}
