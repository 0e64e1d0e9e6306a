"""How the realm looks to the people it meets, and how it words its mails."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.console.forms.versioned import Difference, VersionedForm, read_version
from apps.realms.logos import address_of

FIELDS: Mapping[str, str] = {
    "theme.email_realm_name": "name",
    "theme.logo_url_light": "logo_light",
    "theme.logo_url_dark": "logo_dark",
    "theme.support_url": "support",
    "theme.button_color": "color",
    "theme.button_text_color": "text_color",
}
WORDS: Mapping[str, str] = {
    "email_template.subject": "subject",
    "email_template.body_html": "html",
    "email_template.body_text": "text",
}


LOGOS: Mapping[str, str] = {"logo_light": "logo_light_file", "logo_dark": "logo_dark_file"}
_PICTURES = {"accept": "image/png,image/jpeg,image/webp"}


class BrandingForm(VersionedForm):
    """`version` is that of the draft, `live_version` of what is published: to publish is to replace it, as it was seen."""

    live_version = forms.CharField(widget=forms.HiddenInput, required=False)
    name = forms.CharField(
        label=_("Organisation name"), max_length=64, help_text=_("Stands over the hosted pages and signs the mails.")
    )
    logo_light = forms.CharField(label=_("Logo"), required=False, max_length=2048)
    logo_light_file = forms.FileField(required=False, allow_empty_file=True, widget=forms.FileInput(attrs=_PICTURES))
    logo_dark = forms.CharField(label=_("Logo on dark"), required=False, max_length=2048)
    logo_dark_file = forms.FileField(required=False, allow_empty_file=True, widget=forms.FileInput(attrs=_PICTURES))
    support = forms.CharField(
        label=_("Support link"), required=False, max_length=2048, help_text=_("Where people get help. https.")
    )
    color = forms.CharField(label=_("Button colour"), widget=forms.TextInput(attrs={"type": "color"}))
    text_color = forms.CharField(label=_("Text on buttons"), widget=forms.TextInput(attrs={"type": "color"}))

    def __init__(
        self,
        data: Any = None,
        files: Any = None,
        *,
        stored: Mapping[str, Any],
        read_at: datetime,
        live_read_at: datetime | None = None,
    ) -> None:
        super().__init__(data, files, stored=stored, read_at=read_at)
        self.initial["live_version"] = live_read_at.isoformat() if live_read_at else ""

    @property
    def live_seen_at(self) -> datetime:
        return read_version(self.cleaned_data.get("live_version", ""))

    def show_both(self, stored: Mapping[str, Any], read_at: datetime, live_read_at: datetime | None = None) -> None:
        super().show_both(stored, read_at)
        data: Any = self.data  # a copy since a moment ago
        data["live_version"] = live_read_at.isoformat() if live_read_at else ""

    def set_logo(self, name: str, address: str) -> None:
        """As if it had been typed: a form that comes back shows it."""
        sent: Any = self.data
        self.data = data = sent.copy()
        data[name] = self.cleaned_data[name] = address

    def look(self) -> dict[str, str]:
        """As the verbs of themes take it."""
        given = self.cleaned_data
        return {path.removeprefix("theme."): given[field] for path, field in FIELDS.items()}


class WordingForm(VersionedForm):
    subject = forms.CharField(label=_("Subject"), max_length=200, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    html = forms.CharField(label=_("HTML"), widget=forms.Textarea(attrs={"rows": 14, "spellcheck": "false"}))
    text = forms.CharField(label=_("Text"), widget=forms.Textarea(attrs={"rows": 10, "spellcheck": "false"}))

    def changes(self) -> dict[str, str]:
        given = self.cleaned_data
        return {path.removeprefix("email_template."): given[field] for path, field in WORDS.items()}


def form_look(row: Any) -> dict[str, Any]:
    """A theme or a draft in the form's own terms."""
    look = {field: getattr(row, path.removeprefix("theme.")) for path, field in FIELDS.items()}
    return {**look, **{name: address_of(look[name]) for name in LOGOS}}


def differences(live: Any, draft: Any) -> list[Difference]:
    """What is live where the draft says otherwise."""
    before, after = form_look(live), form_look(draft)
    fields: Mapping[str, Any] = BrandingForm.base_fields
    return [
        Difference(str(fields[name].label), before[name] or _now("nothing"))
        for name in before
        if before[name] != after[name]
    ]


def words_of(wording: Any) -> dict[str, Any]:
    return {field: getattr(wording, path.removeprefix("email_template.")) for path, field in WORDS.items()}
