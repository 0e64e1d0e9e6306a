from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.console.forms.versioned import read_version


class PublishForm(forms.Form):
    """`typed` is what must be typed where publishing is dangerous, "" elsewhere."""

    comment = forms.CharField(
        label=_("Comment"),
        required=False,
        max_length=300,
        help_text=_("Why, for whoever reads the history."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    confirmation = forms.CharField(
        label=_("Confirmation"),
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "off", "spellcheck": "false"}),
    )
    confirm_lockout = forms.BooleanField(label=_("Publish although they are shut out"), required=False)
    version = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, data: Any = None, *, read_at: datetime, typed: str) -> None:
        super().__init__(data, initial={"version": read_at.isoformat()}, auto_id="publish_%s")
        self.typed = typed

    @property
    def seen_at(self) -> datetime:
        return read_version(self.cleaned_data.get("version", ""))

    def clean_confirmation(self) -> str:
        given = self.cleaned_data["confirmation"].strip()
        if given != self.typed and self.typed:
            raise forms.ValidationError(_("What you typed is not the realm's name."))
        return given
