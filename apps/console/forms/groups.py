from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.console.forms.versioned import VersionedForm

FIELDS: Mapping[str, str] = {"group.display_name": "name", "group.description": "description"}


class _Named(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=64, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    description = forms.CharField(
        label=_("Description"),
        required=False,
        max_length=300,
        help_text=_("Who belongs here, for whoever comes after you."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class NewGroupForm(_Named):
    pass


class GroupForm(_Named, VersionedForm):
    pass


def stored_in(group: Any) -> dict[str, Any]:
    return {"name": group.display_name, "description": group.description}
