"""The form that makes a token by hand."""

import secrets
from collections.abc import Collection, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.console.durations import duration_choices

FIELDS: Mapping[str, str] = {
    "token.display_name": "name",
    "token.scopes": "scopes",
    "token.expires_after": "expires_after",
}
_TO_BEGIN_WITH = 30 * 86_400


class TokenForm(forms.Form):
    """`once` makes one token of one form, however often it is sent."""

    once = forms.CharField(widget=forms.HiddenInput, max_length=64)
    name = forms.CharField(
        label=_("Name"),
        max_length=64,
        help_text=_("What the token is for, so that you know it later."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    scopes = forms.MultipleChoiceField(label=_("Scopes"), widget=forms.CheckboxSelectMultiple)
    expires_after = forms.TypedChoiceField(label=_("Expires after"), coerce=int)

    def __init__(self, data: Any = None, *, application: Any, offered: Collection[str]) -> None:
        """`offered` are the scopes to choose from, in the application's order."""
        longest = application.token_expires_after_seconds
        begin = min(_TO_BEGIN_WITH, longest)
        super().__init__(data, initial={"once": secrets.token_urlsafe(24), "expires_after": begin}, auto_id="token_%s")
        self._choose("expires_after", [each for each in duration_choices(longest) if each[0] <= longest])
        self._choose("scopes", [(scope, scope) for scope in application.allowed_scopes if scope in offered])
        if not application.allowed_scopes:
            del self.fields["scopes"]

    def clean(self) -> None:
        if "once" in self.errors:
            self.add_error(None, _("This form came back incomplete. Load the page again."))

    def wanted(self) -> dict[str, Any]:
        """What `create_token` takes."""
        given = self.cleaned_data
        return {
            "display_name": given["name"],
            "scopes": given.get("scopes", []),
            "expires_after": given["expires_after"],
            "once": given["once"],
        }

    def _choose(self, name: str, choices: list[tuple[Any, Any]]) -> None:
        field: Any = self.fields[name]
        field.choices = choices
