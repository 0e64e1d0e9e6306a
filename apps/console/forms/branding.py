"""How the realm looks to the people it meets, and how it words its mails."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.console.forms.versioned import VersionedForm

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


class BrandingForm(VersionedForm):
    name = forms.CharField(
        label=_("Organisation name"), max_length=64, help_text=_("Stands over the hosted pages and signs the mails.")
    )
    logo_light = forms.CharField(
        label=_("Logo"), required=False, max_length=2048, help_text=_("An https address of a picture, for light pages.")
    )
    logo_dark = forms.CharField(label=_("Logo on dark"), required=False, max_length=2048)
    support = forms.CharField(
        label=_("Support link"), required=False, max_length=2048, help_text=_("Where people get help. https.")
    )
    color = forms.CharField(label=_("Button colour"), widget=forms.TextInput(attrs={"type": "color"}))
    text_color = forms.CharField(label=_("Text on buttons"), widget=forms.TextInput(attrs={"type": "color"}))

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


def look_of(theme: Any) -> dict[str, Any]:
    return {field: getattr(theme, path.removeprefix("theme.")) for path, field in FIELDS.items()}


def words_of(wording: Any) -> dict[str, Any]:
    return {field: getattr(wording, path.removeprefix("email_template.")) for path, field in WORDS.items()}
