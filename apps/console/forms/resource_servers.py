"""Forms of resource servers. Scopes are typed one a line; what a scope may be, the verb knows."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.console.forms.fields import LinesField
from apps.console.forms.versioned import VersionedForm

FIELDS: Mapping[str, str] = {
    "resource_server.display_name": "name",
    "resource_server.identifier": "identifier",
    "resource_server.scopes": "scopes",
}


class _Described(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=64, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    scopes = LinesField(
        rows=6, label=_("Scopes"), required=False, help_text=_("What may be done there, one a line: invoices:read")
    )

    def clean_scopes(self) -> list[str]:
        return " ".join(self.cleaned_data["scopes"]).split()


class NewResourceServerForm(_Described):
    identifier = forms.CharField(
        label=_("Identifier"),
        max_length=256,
        help_text=_("The audience of its tokens, usually its address: https://api.example.com. It never changes."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    field_order = ("name", "identifier", "scopes")


class ResourceServerForm(_Described, VersionedForm):
    pass


def stored_in(server: Any) -> dict[str, Any]:
    return {"name": server.display_name, "scopes": list(server.scopes)}
