"""What is asked before several things are changed at once."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _


class SeveralForm(forms.Form):
    """What it is about is kept in `ids`, by commas; what the act does not ask for is left out. `typed` is the word to type
    before how many they are, "" for none."""

    ids = forms.CharField(widget=forms.HiddenInput)
    role = forms.ChoiceField(label=_("Role"))
    confirmation = forms.CharField(max_length=40, widget=forms.TextInput(attrs={"autocomplete": "off"}))

    def __init__(
        self, data: Any = None, *, ids: Sequence[str], typed: str, choices: Sequence[tuple[str, str]] | None
    ) -> None:
        super().__init__(data, initial={"ids": ",".join(ids)})
        self.typed = f"{typed} {len(ids)}"
        if choices is None:
            del self.fields["role"]
        else:
            role: Any = self.fields["role"]
            role.choices = [("", _now("Choose…")), *choices]  # none by itself: the first gives the most
        if typed:
            self.fields["confirmation"].label = _now("Type “%(text)s” to confirm") % {"text": self.typed}
        else:
            del self.fields["confirmation"]

    @property
    def questions(self) -> list[forms.BoundField]:
        return [field for field in self if not field.is_hidden]

    def clean_confirmation(self) -> str:
        given: str = self.cleaned_data["confirmation"].strip()
        if given != self.typed:
            raise forms.ValidationError(_now("What you typed is something else."))
        return given
